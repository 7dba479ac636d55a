// libmariadb's handle, owned. The library makes the session (TLS, authentication); what is said in it is
// session.hpp's.
#pragma once

#include <memory>

#include <mysql.h>

namespace penstock::mysql {

struct ClientDeleter {
  void operator()(MYSQL* client) const noexcept { mysql_close(client); }
};
using ClientHandle = std::unique_ptr<MYSQL, ClientDeleter>;

}  // namespace penstock::mysql
