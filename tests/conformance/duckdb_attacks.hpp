// Statements that try to leave a database of DuckDB, or to change something.
#pragma once

#include <vector>

#include "conformance/engine.hpp"

namespace penstock::conformance {

[[nodiscard]] std::vector<Attack> duckdb_attacks();
[[nodiscard]] std::vector<Leak> duckdb_leaks();

}  // namespace penstock::conformance
