// libpq's handles, owned. libpq makes the session (hosts, TLS, authentication, service and password files)
// and cancels what runs in it; what is said in between is session.hpp's.
#pragma once

#include <memory>

#include <libpq-fe.h>

namespace penstock::postgresql {

struct LibpqDeleter {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
  void operator()(PGcancel* cancel) const noexcept { PQfreeCancel(cancel); }
};
using ConnectionHandle = std::unique_ptr<PGconn, LibpqDeleter>;
using CancelHandle = std::unique_ptr<PGcancel, LibpqDeleter>;

}  // namespace penstock::postgresql
