// The demo bank on PostgreSQL: the same content, and the same answers to the twenty questions, as on SQLite.
#include <cstdlib>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "demo/bank.hpp"
#include "demo/postgresql_schema.hpp"
#include "integration/demo_answers.hpp"
#include "integration/demo_files.hpp"
#include "servers/postgresql_cluster.hpp"
#include "servers/scratch.hpp"

namespace penstock {
namespace {

using test::PostgresqlCluster;

void write_schemas(const PostgresqlCluster& cluster, std::string_view name = "postgres") {
  const demo::ServerPtr server = demo::connect_postgresql(cluster.conninfo(name));
  for (const demo::Database& database : demo::bank_databases())
    demo::write_postgresql_schema(database, server.get(), demo::kBankVersion);
}

// The demo's own configurations, and a user who may do no more than the demo's.
TEST(DemoOnPostgresql, GivesTheAnswersThatSqliteGives) {
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
  const auto sqlite = demo_test::load("config", {{"DEMO_BANK_PATH", data}, {"MARKET_DATA_PATH", market}});
  const auto postgresql =
      demo_test::load("demo/postgresql", {{"DEMO_BANK_HOST", "127.0.0.1"},
                                          {"DEMO_BANK_PORT", std::to_string(cluster.port())},
                                          {"MARKET_DATA_PATH", market}});
  demo_test::expect_answers_of_sqlite(*sqlite, *postgresql);
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
  EXPECT_THAT(cluster.run("SELECT note FROM shop.things ORDER BY id"),
              testing::ElementsAre(testing::ElementsAre("tab\tline\nreturn\rback\\slash \\N \\."),
                                   testing::ElementsAre(std::nullopt)));
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
