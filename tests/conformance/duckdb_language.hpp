// The suite's statements in DuckDB's words.
#pragma once

#include <memory>

#include "conformance/sql_language.hpp"

namespace penstock::conformance {

[[nodiscard]] std::shared_ptr<const SqlLanguage> duckdb_language();

}  // namespace penstock::conformance
