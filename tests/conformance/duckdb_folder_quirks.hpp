// DuckDB over folders of files, as the conformance suite sees it.
#pragma once

#include "conformance/engine.hpp"

namespace penstock::conformance {

[[nodiscard]] Engine duckdb_folder_engine();

}  // namespace penstock::conformance
