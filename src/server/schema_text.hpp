// Tables of a schema as programs and models read them.
#pragma once

#include <string>
#include <string_view>

#include "server/schema_search.hpp"

namespace penstock::server {

/// One object on one line; `database` is the table's own.
[[nodiscard]] std::string table_as_json(const TableInfo& table, std::string_view database,
                                        SchemaDetail detail);

/// The table on a line, and its columns, keys and indexes on lines of their own, two spaces in. Names and
/// comments come from the database: line ends and controls in them become spaces, so that none looks like
/// another line.
[[nodiscard]] std::string table_as_text(const TableInfo& table, SchemaDetail detail);

}  // namespace penstock::server
