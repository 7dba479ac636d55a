#include "datasources/duckdb/vectors.hpp"

#include <utility>

#include "datasources/duckdb/vector_reader.hpp"
#include "datasources/duckdb/vector_sizes.hpp"

namespace penstock::duckdb {

namespace {

constexpr std::int64_t kBatchBytes = 1 << 20;

}  // namespace

Result<ResultColumns> read_columns(const Api& api, duckdb_result& result) {
  ResultColumns out;
  std::vector<Field> fields;
  for (idx_t i = 0; i < api.column_count(&result); ++i) {
    const std::string name = api.column_name(&result, i);
    const TypeHandle logical(api, api.column_logical_type(&result, i));
    auto type = read_type(api, logical.get(), name);
    if (!type) return pass_error(type);
    fields.push_back({.name = name, .type = type->type, .native_type = type->name});
    out.types.push_back(std::move(*type));
  }
  out.schema = std::make_shared<const Schema>(std::move(fields));
  return out;
}

std::int64_t ChunkReader::rows_that_fit(duckdb_data_chunk chunk, std::int64_t first,
                                        std::int64_t size) const {
  // Each walk ends at the bound, so a chunk that makes many batches is not walked through for each of them.
  const auto size_of_rows = [&](std::int64_t from, std::int64_t count, std::int64_t enough) {
    std::int64_t total = 0;
    for (std::size_t column = 0; column < columns_->types.size() && total <= enough; ++column) {
      total += size_of(*api_, columns_->types[column], api_->data_chunk_get_vector(chunk, column), from,
                       count, enough - total);
    }
    return total;
  };
  if (size_of_rows(first, size - first, kBatchBytes) <= kBatchBytes) return size - first;
  std::int64_t total = 0;
  for (std::int64_t row = first; row < size; ++row) {
    total += size_of_rows(row, 1, kBatchBytes - total);
    if (total > kBatchBytes && row != first) return row - first;
  }
  return size - first;
}

Result<RecordBatch> ChunkReader::read(duckdb_data_chunk chunk, std::int64_t first) {
  const auto size = static_cast<std::int64_t>(api_->data_chunk_get_size(chunk));
  const std::int64_t count = rows_that_fit(chunk, first, size);
  auto storage = std::make_shared<std::vector<Buffer>>();
  std::vector<ArrayData> arrays;
  arrays.reserve(columns_->types.size());
  for (std::size_t column = 0; column < columns_->types.size(); ++column) {
    VectorReader reader(*api_, columns_->schema->field(column).name, max_value_bytes_, *storage);
    auto array =
        reader.read(columns_->types[column], api_->data_chunk_get_vector(chunk, column), first, count);
    if (!array) return pass_error(array);
    arrays.push_back(std::move(*array));
  }
  return RecordBatch(columns_->schema, count, std::move(arrays), std::move(storage));
}

}  // namespace penstock::duckdb
