// The demo bank on PostgreSQL: the same content, and the same answers to the twenty questions, as on SQLite.
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "penstock/manager.hpp"

#include "demo/bank.hpp"
#include "demo/postgresql_schema.hpp"
#include "integration/demo_files.hpp"
#include "servers/postgresql_cluster.hpp"
#include "servers/scratch.hpp"

namespace penstock {
namespace {

using demo_test::PlainFile;
using test::PostgresqlCluster;
using Texts = std::vector<std::vector<std::string>>;

const std::filesystem::path kProject = std::filesystem::path(__FILE__).parent_path() / "../..";

/// A number as both engines can be brought to write it: 12.50 and 12.5 are one; anything else as it is.
std::string comparable(const std::string& text) {
  if (text.empty() || text.find_first_not_of("-0123456789.") != std::string::npos) return text;
  if (text.find('.') == std::string::npos || text.find('-', 1) != std::string::npos) return text;
  std::string trimmed = text.substr(0, text.find_last_not_of('0') + 1);
  if (trimmed.back() == '.') trimmed.pop_back();
  return trimmed;
}

Texts comparable(Texts rows) {
  for (auto& row : rows) {
    for (std::string& value : row)
      value = comparable(value);
  }
  return rows;
}

Texts ask(const PostgresqlCluster& cluster, const std::string& database, const std::string& sql) {
  Texts rows;
  for (const auto& row : cluster.run("SET search_path = " + database + "; " + sql)) {
    auto& texts = rows.emplace_back();
    for (const auto& value : row)
      texts.push_back(value.value_or("NULL"));
  }
  return rows;
}

/// A query's own database as the main file, so that names without a schema mean it, and the others attached.
PlainFile open_file(const std::filesystem::path& data, const std::string& database) {
  PlainFile file(data / (database + ".sqlite"));
  for (const std::string_view other : demo_test::kBankDatabases) {
    if (other != database) file.attach(data / (std::string(other) + ".sqlite"), std::string(other));
  }
  return file;
}

void write_schemas(const PostgresqlCluster& cluster, std::string_view name = "postgres") {
  const demo::ServerPtr server = demo::connect_postgresql(cluster.conninfo(name));
  for (const demo::Database& database : demo::bank_databases())
    demo::write_postgresql_schema(database, server.get(), demo::kBankVersion);
}

TEST(DemoOnPostgresql, GivesTheAnswersThatSqliteGives) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const test::ScratchFolder folder("penstock-demo-");
  demo_test::write_bank(folder.path());
  const PostgresqlCluster cluster;
  write_schemas(cluster);
  const YAML::Node questions = YAML::LoadFile((kProject / "demo/questions.yaml").string())["questions"];
  for (const YAML::Node& question : questions) {
    SCOPED_TRACE(question["id"].as<std::string>());
    const auto sql = question["sql"].as<std::string>();
    const auto database = question["database"].as<std::string>();
    const Texts expected = comparable(open_file(folder.path() / "data", database).rows(sql));
    EXPECT_FALSE(expected.empty());
    EXPECT_EQ(comparable(ask(cluster, database, sql)), expected);
  }
  EXPECT_EQ(questions.size(), 20U);
}

/// The manager of one of the project's own configurations.
std::unique_ptr<DataSourceManager> load(const std::filesystem::path& configuration,
                                        std::map<std::string, std::string> environment) {
  ManagerOptions options;
  options.environment = std::move(environment);
  auto manager = DataSourceManager::load(kProject / configuration, std::move(options));
  if (!manager) throw std::runtime_error(manager.error().message);
  return std::move(*manager);
}

Texts ask(DataSourceManager& manager, const std::string& database, const std::string& sql) {
  const QueryResult result = manager.execute_query(sql, database);
  EXPECT_TRUE(result.success) << result.error;
  Texts rows;
  for (const Row row : result.data) {
    auto& texts = rows.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i)
      texts.push_back(row[i].to_text());
  }
  return rows;
}

// The demo's own configurations, and a user who may do no more than the demo's.
TEST(DemoOnPostgresql, GivesTheSameAnswersThroughTheManager) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const test::ScratchFolder folder("penstock-demo-");
  demo_test::write_bank(folder.path());
  const PostgresqlCluster cluster;
  cluster.run("CREATE DATABASE demo_bank");
  write_schemas(cluster, "demo_bank");
  cluster.run("CREATE ROLE penstock_read LOGIN");
  for (const std::string_view schema : demo_test::kBankDatabases) {
    cluster.run(fmt::format("GRANT USAGE ON SCHEMA {0} TO penstock_read; "
                            "GRANT SELECT ON ALL TABLES IN SCHEMA {0} TO penstock_read",
                            schema),
                "demo_bank");
  }
  const auto data = (folder.path() / "data").string();
  const auto market = (folder.path() / "market").string();
  const auto sqlite = load("config", {{"DEMO_BANK_PATH", data}, {"MARKET_DATA_PATH", market}});
  const auto postgresql = load("demo/postgresql", {{"DEMO_BANK_HOST", "127.0.0.1"},
                                                   {"DEMO_BANK_PORT", std::to_string(cluster.port())},
                                                   {"MARKET_DATA_PATH", market}});
  const YAML::Node questions = YAML::LoadFile((kProject / "demo/questions.yaml").string())["questions"];
  ASSERT_EQ(questions.size(), 20U);
  for (const YAML::Node& question : questions) {
    SCOPED_TRACE(question["id"].as<std::string>());
    const auto sql = question["sql"].as<std::string>();
    const auto database = question["database"].as<std::string>();
    const Texts expected = comparable(ask(*sqlite, database, sql));
    EXPECT_FALSE(expected.empty());
    EXPECT_EQ(comparable(ask(*postgresql, database, sql)), expected);
  }
}

TEST(DemoOnPostgresql, IsWrittenWholeOrNotAtAll) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const PostgresqlCluster cluster;
  const demo::ServerPtr server = demo::connect_postgresql(cluster.conninfo());
  demo::Database shop{"shop", {}, {}};
  demo::Table table{"things", "What there is", {}, {"id"}, {}, {}, {}};
  table.columns = {demo::required("id", demo::integer(), "Number"),
                   demo::optional("note", demo::text(), "It's what was said")};
  table.rows = [](demo::RowSink& sink) {
    sink.add({std::int64_t{1}, std::string("tab\tline\nreturn\rback\\slash \\N \\.")});
    sink.add({std::int64_t{2}, nullptr});
  };
  shop.tables = {table};
  const auto counts = demo::write_postgresql_schema(shop, server.get(), 7);
  EXPECT_THAT(counts, testing::ElementsAre(testing::Pair("things", 2)));
  EXPECT_TRUE(demo::has_version(server.get(), "shop", 7));
  EXPECT_FALSE(demo::has_version(server.get(), "shop", 8));
  EXPECT_FALSE(demo::has_version(server.get(), "other", 7));
  EXPECT_THAT(ask(cluster, "shop", "SELECT note FROM things ORDER BY id"),
              testing::ElementsAre(testing::ElementsAre("tab\tline\nreturn\rback\\slash \\N \\."),
                                   testing::ElementsAre("NULL")));
  EXPECT_EQ(cluster.value("SELECT col_description('shop.things'::regclass, 2)"), "It's what was said");

  shop.tables[0].rows = [](demo::RowSink& sink) {
    sink.add({std::int64_t{3}, nullptr});
    sink.add({std::int64_t{3}, nullptr});
  };
  EXPECT_THROW(demo::write_postgresql_schema(shop, server.get(), 8), std::runtime_error);
  EXPECT_TRUE(demo::has_version(demo::connect_postgresql(cluster.conninfo()).get(), "shop", 7));
  EXPECT_EQ(cluster.value("SELECT count(*) FROM shop.things"), "2");
  // The connection is fit for the next.
  shop.tables[0].rows = [](demo::RowSink& sink) { sink.add({std::int64_t{4}, nullptr}); };
  EXPECT_NO_THROW(demo::write_postgresql_schema(shop, server.get(), 9));
  EXPECT_EQ(cluster.value("SELECT sum(id) FROM shop.things"), "4");
}

}  // namespace
}  // namespace penstock
