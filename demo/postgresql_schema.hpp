// Writes a described database as a schema of a PostgreSQL database.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <libpq-fe.h>

#include "demo/database.hpp"

namespace penstock::demo {

struct CloseServer {
  void operator()(PGconn* server) const noexcept { PQfinish(server); }
};
using ServerPtr = std::unique_ptr<PGconn, CloseServer>;

/// Connects as a libpq connection string says. Throws std::runtime_error.
[[nodiscard]] ServerPtr connect_postgresql(const std::string& conninfo);

/// Writes `database` as the schema of its name, whole or not at all; what was there under that name goes.
/// Comments are PostgreSQL's own. `version` is noted in the comment of the schema. Throws std::runtime_error.
RowCounts write_postgresql_schema(const Database& database, PGconn* server, int version);

/// Whether the schema is there in this version. Throws std::runtime_error.
[[nodiscard]] bool has_version(PGconn* server, std::string_view schema, int version);

}  // namespace penstock::demo
