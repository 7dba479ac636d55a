// The answer of EXPLAIN: one column, a line of the plan a row, or a JSON text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "penstock/batch.hpp"

#include "datasources/duckdb/handles.hpp"

namespace penstock::duckdb {

/// DuckDB answers with a key and a text of many lines. One thread at a time.
class PlanLines {
 public:
  PlanLines();
  [[nodiscard]] const SchemaPtr& schema() const noexcept { return schema_; }
  /// A chunk of the answer.
  void add(const Api& api, duckdb_data_chunk chunk);
  /// All lines at once; then nothing.
  [[nodiscard]] std::optional<RecordBatch> next();

 private:
  SchemaPtr schema_;
  std::vector<std::string> lines_;
};

}  // namespace penstock::duckdb
