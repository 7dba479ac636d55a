#include "datasources/duckdb/plan_lines.hpp"

#include "penstock/builder.hpp"

#include "datasources/duckdb/own_statements.hpp"

namespace penstock::duckdb {

PlanLines::PlanLines()
    : schema_(std::make_shared<const Schema>(
          std::vector<Field>{{.name = "explain_value", .type = TypeId::string, .native_type = "VARCHAR"}})) {}

void PlanLines::add(const Api& api, duckdb_data_chunk chunk) {
  constexpr idx_t kPlanColumn = 1;  // behind explain_key
  const auto* values =
      static_cast<const duckdb_string_t*>(api.vector_get_data(api.data_chunk_get_vector(chunk, kPlanColumn)));
  for (idx_t i = 0; i < api.data_chunk_get_size(chunk); ++i) {
    std::string_view text = text_of(values[i]);
    if (text.starts_with('[') || text.starts_with('{')) {
      lines_.emplace_back(text);
      continue;
    }
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      lines_.emplace_back(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }
}

std::optional<RecordBatch> PlanLines::next() {
  if (lines_.empty()) return std::nullopt;
  BatchBuilder batch(schema_);
  for (const std::string& line : lines_)
    batch.column(0).append_string(line);
  lines_.clear();
  return batch.finish();
}

}  // namespace penstock::duckdb
