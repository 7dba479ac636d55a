// The schema of a database for a person and for a program.
#pragma once

#include <string>

#include "penstock/catalog.hpp"

#include "cli/console.hpp"

namespace penstock::cli {

/// Everything, as one JSON object with `success`.
[[nodiscard]] std::string schema_as_json(const DatabaseSchema& schema, bool pretty);
/// One line a table: kind, columns, estimated rows, comment.
[[nodiscard]] std::string schema_overview(const DatabaseSchema& schema, const Console& console);
/// Every table with its columns, keys and indexes.
[[nodiscard]] std::string schema_in_full(const DatabaseSchema& schema, const Console& console);

}  // namespace penstock::cli
