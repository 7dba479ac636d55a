// The values bound to a statement's parameters.
#pragma once

#include "penstock/query.hpp"

#include "datasources/duckdb/handles.hpp"

namespace penstock::duckdb {

/// Binds every value, each as its own type. Errors: `invalid_argument`, which names the parameter: a wrong
/// number of values, a name that is missing or too much, a value that DuckDB has no type for.
[[nodiscard]] Result<void> bind(const Api& api, duckdb_prepared_statement statement, const Params& params);

}  // namespace penstock::duckdb
