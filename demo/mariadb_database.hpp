// Writes a described database to a MariaDB server.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <mysql.h>

#include "demo/database.hpp"

namespace penstock::demo {

struct CloseMariadb {
  void operator()(MYSQL* server) const noexcept { mysql_close(server); }
};
using MariadbPtr = std::unique_ptr<MYSQL, CloseMariadb>;

/// Connects to a server on this machine by its unix socket, as `root`. Throws std::runtime_error.
[[nodiscard]] MariadbPtr connect_mariadb(const std::string& socket);

/// Writes `database` under its name; what was there under that name goes. Its comment has the `version` once
/// all of it is there. Text is compared byte by byte. Throws std::runtime_error.
RowCounts write_mariadb_database(const Database& database, MYSQL* server, int version);

/// Whether the database is there in this version. Throws std::runtime_error.
[[nodiscard]] bool has_version(MYSQL* server, std::string_view database, int version);

}  // namespace penstock::demo
