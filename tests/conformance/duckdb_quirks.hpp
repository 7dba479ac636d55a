// DuckDB, as the conformance suite sees it.
#pragma once

#include "conformance/engine.hpp"

namespace penstock::conformance {

[[nodiscard]] Engine duckdb_engine();

}  // namespace penstock::conformance
