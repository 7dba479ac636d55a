// The suite's statements in DuckDB's words.
#pragma once

#include <memory>

#include "conformance/engine.hpp"
#include "conformance/sql_language.hpp"
#if PENSTOCK_WITH_DUCKDB
#include "demo/duckdb_writer.hpp"
#endif

namespace penstock::conformance {

[[nodiscard]] std::shared_ptr<const SqlLanguage> duckdb_language();

/// What a database file and a folder of files have in common.
[[nodiscard]] Quirks duckdb_common_quirks();

#if PENSTOCK_WITH_DUCKDB
/// One for all tests, as to make an instance of DuckDB takes longer than what most of them do.
[[nodiscard]] demo::DuckDbWriter& duckdb_writer();
#endif

}  // namespace penstock::conformance
