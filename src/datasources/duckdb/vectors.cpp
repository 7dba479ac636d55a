#include "datasources/duckdb/vectors.hpp"

#include <utility>

#include "datasources/duckdb/own_statements.hpp"
#include "datasources/duckdb/vector_reader.hpp"

namespace penstock::duckdb {

namespace {

constexpr std::int64_t kBatchBytes = 1 << 20;

bool has_text(const ColumnType& type) noexcept {
  return type.id == DUCKDB_TYPE_VARCHAR || type.id == DUCKDB_TYPE_BLOB;
}

struct Texts {
  const duckdb_string_t* values;
  const std::uint64_t* validity;

  [[nodiscard]] std::int64_t length(std::int64_t row) const noexcept {
    const auto at = static_cast<std::uint64_t>(row);
    if (validity != nullptr && ((validity[at / 64] >> (at % 64)) & 1U) == 0) return 0;
    return values[row].value.inlined.length;
  }
};

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
  std::vector<Texts> columns;
  for (std::size_t column = 0; column < columns_->types.size(); ++column) {
    if (!has_text(columns_->types[column])) continue;
    duckdb_vector vector = api_->data_chunk_get_vector(chunk, column);
    columns.push_back({static_cast<const duckdb_string_t*>(api_->vector_get_data(vector)),
                       api_->vector_get_validity(vector)});
  }
  std::int64_t total = 0;
  for (const Texts& column : columns) {
    for (std::int64_t row = first; row < size; ++row)
      total += column.length(row);
  }
  if (total <= kBatchBytes) return size - first;
  total = 0;
  for (std::int64_t row = first; row < size; ++row) {
    for (const Texts& column : columns)
      total += column.length(row);
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
