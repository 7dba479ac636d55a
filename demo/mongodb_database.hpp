// Writes a described database to a MongoDB server.
#pragma once

#include <memory>
#include <string>

#include <mongoc/mongoc.h>

#include "demo/database.hpp"

namespace penstock::demo {

struct CloseMongodb {
  void operator()(mongoc_client_t* server) const noexcept { mongoc_client_destroy(server); }
};
using MongodbPtr = std::unique_ptr<mongoc_client_t, CloseMongodb>;

/// By a connection string, `mongodb://...`. Throws std::runtime_error.
[[nodiscard]] MongodbPtr connect_mongodb(const std::string& uri);

/// Writes `database` under its name, each table as a collection and each row as a document; what was there
/// under that name goes. A key of one column is the document's `_id` too. Views, which are SQL, are left out.
/// Throws std::runtime_error.
RowCounts write_mongodb_database(const Database& database, mongoc_client_t* server);

}  // namespace penstock::demo
