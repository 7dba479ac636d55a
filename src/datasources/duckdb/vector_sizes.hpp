// How many bytes the values of a vector take, so that a batch can be bounded before it is copied.
#pragma once

#include <cstdint>

#include "datasources/duckdb/columns.hpp"

namespace penstock::duckdb {

/// About the bytes that `count` values from `from` on take in a batch, with all that lies within them and the
/// names that their JSON repeats. Text that JSON must escape takes up to six times as much. Stops soon after
/// it is past `enough`, so that it looks at no more than a batch takes; of values without text or elements it
/// is a look at the type alone.
[[nodiscard]] std::int64_t size_of(const Api& api, const ColumnType& type, duckdb_vector vector,
                                   std::int64_t from, std::int64_t count, std::int64_t enough);

}  // namespace penstock::duckdb
