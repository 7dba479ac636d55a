// DuckDB's vectors as arrays of a batch: column-wise, without a look at each value where none is needed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "penstock/batch.hpp"
#include "penstock/builder.hpp"

#include "datasources/duckdb/columns.hpp"

namespace penstock::duckdb {

/// The columns of a statement's result.
struct ResultColumns {
  SchemaPtr schema;
  std::vector<ColumnType> types;
};
/// Errors: `unsupported`.
[[nodiscard]] Result<ResultColumns> read_columns(const Api& api, duckdb_result& result);

/// Makes batches of one data chunk after another. One thread at a time.
class ChunkReader {
 public:
  /// All must outlive it.
  ChunkReader(const Api& api, const ResultColumns& columns, std::int64_t max_value_bytes) noexcept
      : api_(&api), columns_(&columns), max_value_bytes_(max_value_bytes) {}

  /// Rows of the chunk from `first` on: all there are, or as many as make about a mebibyte. Errors:
  /// `limit_exceeded` (a value of more than max_value_bytes), `invalid_data` (a value that the batch's type
  /// cannot hold); both name the column.
  [[nodiscard]] Result<RecordBatch> read(duckdb_data_chunk chunk, std::int64_t first);

 private:
  [[nodiscard]] std::int64_t rows_that_fit(duckdb_data_chunk chunk, std::int64_t first,
                                           std::int64_t size) const;

  const Api* api_;
  const ResultColumns* columns_;
  std::int64_t max_value_bytes_;
};

}  // namespace penstock::duckdb
