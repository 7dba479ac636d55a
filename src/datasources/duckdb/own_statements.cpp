#include "datasources/duckdb/own_statements.hpp"

namespace penstock::duckdb {

namespace {

std::unexpected<Failure> failed(const char* message) {
  return std::unexpected(Failure{message == nullptr ? "DuckDB does not say why" : message});
}

}  // namespace

std::expected<void, Failure> run_own(const Api& api, duckdb_connection connection, const std::string& sql) {
  ResultHandle result(api);
  if (api.query(connection, sql.c_str(), &result.get()) == DuckDBSuccess) return {};
  return failed(api.result_error(&result.get()));
}

std::expected<std::vector<TextRow>, Failure> read_own(const Api& api, duckdb_connection connection,
                                                      const std::string& sql) {
  ResultHandle result(api);
  if (api.query(connection, sql.c_str(), &result.get()) != DuckDBSuccess)
    return failed(api.result_error(&result.get()));
  const idx_t columns = api.column_count(&result.get());
  std::vector<TextRow> rows;
  while (true) {
    const ChunkHandle chunk(api, api.fetch_chunk(result.get()));
    if (!chunk) break;
    const idx_t count = api.data_chunk_get_size(chunk.get());
    if (count == 0) break;
    const std::size_t first = rows.size();
    rows.resize(first + count, TextRow(columns));
    for (idx_t column = 0; column < columns; ++column) {
      duckdb_vector vector = api.data_chunk_get_vector(chunk.get(), column);
      const auto* values = static_cast<const duckdb_string_t*>(api.vector_get_data(vector));
      const std::uint64_t* validity = api.vector_get_validity(vector);
      for (idx_t i = 0; i < count; ++i) {
        const bool valid = validity == nullptr || ((validity[i / 64] >> (i % 64)) & 1U) != 0;
        if (valid) rows[first + i][column] = std::string(text_of(values[i]));
      }
    }
  }
  return rows;
}

}  // namespace penstock::duckdb
