// Statements that try to leave a database of DuckDB, or to change something.
#pragma once

#include <vector>

#include "conformance/engine.hpp"

namespace penstock::conformance {

[[nodiscard]] std::vector<Attack> duckdb_attacks();
/// Those that reach for files and for what lies beyond the database: a folder has its own ways to both.
[[nodiscard]] std::vector<Attack> duckdb_folder_attacks();
[[nodiscard]] std::vector<Leak> duckdb_leaks();

}  // namespace penstock::conformance
