#include "conformance/conformance_test.hpp"

#include <algorithm>

namespace penstock::conformance {

TableSpec people(const Engine& engine, std::string name) {
  TableSpec table =
      text_table(std::move(name), {"id", "name", "city"},
                 {{"p1", "Ada", "London"}, {"p2", "Grace", "New York"}, {"p3", "Edsger", nullptr}});
  if (!engine.quirks.without.contains(Feature::primary_keys)) table.primary_key = {"id"};
  if (!engine.quirks.without.contains(Feature::not_null))
    table.columns[0].nullable = table.columns[1].nullable = false;
  return table;
}

TableSpec text_table(std::string name, const std::vector<std::string>& columns,
                     std::vector<std::vector<Value>> rows) {
  TableSpec table{.name = std::move(name), .columns = {}};
  for (const std::string& column : columns)
    table.columns.push_back({.name = column});
  table.rows = std::move(rows);
  return table;
}

std::vector<std::string> lines(const Rows& rows) {
  std::vector<std::string> out;
  for (const Row row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += (i == 0 ? "" : "|") + row[i].to_text();
    out.push_back(std::move(line));
  }
  return out;
}

Drained drain(ResultStream& stream) {
  Drained drained;
  while (true) {
    auto batch = stream.next();
    if (!batch) drained.error = std::move(batch.error());
    if (!batch || !*batch) return drained;
    drained.rows += (*batch)->num_rows();
    ++drained.batches;
  }
}

const std::vector<std::string> EngineFixture::kPeople{"p1|Ada|London", "p2|Grace|New York", "p3|Edsger|NULL"};

EngineFixture::EngineFixture(const Engine& engine) : engine_(&engine), site_(engine) {
  // Read by the count of executed tests, see main.cpp.
  testing::Test::RecordProperty("engine", engine.name);
  here().create_table("customer_db", people(engine));
}

const Exclusion* EngineFixture::exclusion(Feature feature) const {
  const auto found = quirks().without.find(feature);
  return found == quirks().without.end() ? nullptr : &found->second;
}

QueryResult EngineFixture::query(std::string_view sql, const Params& params, const QueryOptions& options,
                                 std::string_view database) {
  return manager().execute_query(sql, database, params, options);
}

std::vector<std::string> EngineFixture::people_lines() {
  const QueryResult result = query(language().rows("people"));
  EXPECT_TRUE(result.success) << result.error;
  std::vector<std::string> out = lines(result.data);
  std::ranges::sort(out);
  return out;
}

PoolStatistics EngineFixture::pool() {
  for (const DataSourceInfo& datasource : manager().datasources()) {
    if (datasource.name == "here" && !datasource.pools.empty()) return datasource.pools.front().second;
  }
  return {};
}

}  // namespace penstock::conformance
