// What an instance holds: tables, columns, keys, indexes and comments of a logical database.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "penstock/catalog.hpp"

#include "datasources/duckdb/instance.hpp"

namespace penstock::duckdb {

/// The tables and views of the database that the connection's unqualified names lead to.
[[nodiscard]] Result<std::vector<std::string>> table_names(const Api& api, duckdb_connection connection,
                                                           const LogicalDatabase& database);

/// See Connection::introspect(). Of a folder, its files are tables, though DuckDB has views of them.
[[nodiscard]] Result<DatabaseSchema> read_catalogue(const Api& api, duckdb_connection connection,
                                                    const LogicalDatabase& database, bool is_file,
                                                    std::string_view table);

}  // namespace penstock::duckdb
