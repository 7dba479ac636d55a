// The demo bank in five engines at once: each question has the answer that it has on SQLite, or is refused as
// one that joins across engines.
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "demo/bank.hpp"
#include "demo/duckdb_file.hpp"
#include "demo/mariadb_database.hpp"
#include "demo/mongodb_database.hpp"
#include "demo/postgresql_schema.hpp"
#include "integration/demo_answers.hpp"
#include "integration/demo_files.hpp"
#include "servers/mariadb_server.hpp"
#include "servers/mongo_servers.hpp"
#include "servers/postgresql_cluster.hpp"
#include "servers/scratch.hpp"

namespace penstock {
namespace {

demo::Database bank_database(std::string_view name) {
  for (demo::Database& database : demo::bank_databases()) {
    if (database.name == name) return std::move(database);
  }
  throw std::runtime_error("the demo bank has no database " + std::string(name));
}

void write_people(const test::PostgresqlCluster& cluster) {
  cluster.run("CREATE DATABASE demo_bank; ");
  cluster.run("CREATE ROLE penstock_read LOGIN");
  const demo::ServerPtr server = demo::connect_postgresql(cluster.conninfo("demo_bank"));
  for (const std::string name : {"customer_db", "employees_db"}) {
    demo::write_postgresql_schema(bank_database(name), server.get(), demo::kBankVersion);
    cluster.run("GRANT USAGE ON SCHEMA " + name + " TO penstock_read; GRANT SELECT ON ALL TABLES IN SCHEMA " +
                    name + " TO penstock_read",
                "demo_bank");
  }
}

void write_loans(const test::MariadbServer& server) {
  const demo::MariadbPtr writer = demo::connect_mariadb(server.socket().string());
  demo::write_mariadb_database(bank_database("loans_db"), writer.get(), demo::kBankVersion);
  server.run("CREATE USER penstock_read@localhost");
  server.run("GRANT SELECT, SHOW VIEW ON loans_db.* TO penstock_read@localhost");
}

// How many questions have the same answer; the others must be refused for what they join.
int ask_all(DataSourceManager& mixed, DataSourceManager& sqlite) {
  int answered = 0;
  for (const demo_test::Question& question : demo_test::questions()) {
    SCOPED_TRACE(question.id);
    const std::vector<std::string_view> databases(question.databases.begin(), question.databases.end());
    if (!mixed.validate_databases(databases).valid) {
      // MongoDB's SQL has no joins, whatever they are of.
      const ErrorCode refusal =
          question.database == "compliance_db" ? ErrorCode::unsupported : ErrorCode::cross_datasource;
      EXPECT_EQ(mixed.execute_query(question.sql, question.database).code, refusal);
      continue;
    }
    EXPECT_EQ(demo_test::ask(mixed, question.database, question.sql),
              demo_test::ask(sqlite, question.database, question.sql));
    ++answered;
  }
  return answered;
}

// The demo's own configuration, which names the datasource of each database.
TEST(DemoInSeveralEngines, GivesTheAnswersThatSqliteGives) {
  PENSTOCK_NEEDS_POSTGRESQL();
  PENSTOCK_NEEDS_MARIADB();
  if (const std::string missing = test::MongoServer::missing(); !missing.empty()) GTEST_SKIP() << missing;
  const auto registry = DataSourceRegistry::with_builtin_types();
  if (!registry.find("duckdb")->create) GTEST_SKIP() << registry.find("duckdb")->missing_driver;
  const test::ScratchFolder folder("penstock-demo-");
  demo_test::write_bank(folder.path());
  const test::PostgresqlCluster cluster;
  write_people(cluster);
  const test::MariadbServer server;
  write_loans(server);
  const test::MongoServer mongodb;
  const std::string mongodb_port = std::to_string(mongodb.port());
  demo::write_mongodb_database(
      bank_database("compliance_db"),
      demo::connect_mongodb("mongodb://127.0.0.1:" + mongodb_port + "/?directConnection=true").get());
  const auto file = folder.path() / "bank.duckdb";
  demo::write_duckdb_file({bank_database("accounts_db")}, file, demo::kBankVersion,
                          [](const auto&, const auto&) {});
  demo::write_parquet_folder(demo::rates_db(), folder.path() / "lake" / "rates_db");

  const auto data = (folder.path() / "data").string();
  const auto market = (folder.path() / "market").string();
  const auto sqlite = demo_test::load("config", {{"DEMO_BANK_PATH", data}, {"MARKET_DATA_PATH", market}});
  const auto mixed = demo_test::load("demo/mixed", {{"DEMO_BANK_HOST", "127.0.0.1"},
                                                    {"DEMO_BANK_PORT", std::to_string(cluster.port())},
                                                    {"DEMO_BANK_SOCKET", server.socket().string()},
                                                    {"DEMO_BANK_MONGODB_PORT", mongodb_port},
                                                    {"DEMO_BANK_FILE", file.string()},
                                                    {"DEMO_BANK_PATH", data},
                                                    {"MARKET_DATA_PATH", (folder.path() / "lake").string()}});
  EXPECT_EQ(ask_all(*mixed, *sqlite), 14);
  const std::string staff =
      "SELECT e.name, COUNT(*) AS customers FROM customers c "
      "JOIN employees_db.employees e ON e.employee_id = c.relationship_manager_id "
      "GROUP BY e.name ORDER BY customers DESC, e.name";
  EXPECT_EQ(demo_test::ask(*mixed, "customer_db", staff), demo_test::ask(*sqlite, "customer_db", staff));
  const std::string ratings =
      "SELECT rating, COUNT(*) AS customers FROM risk_ratings GROUP BY rating ORDER BY rating";
  EXPECT_EQ(demo_test::ask(*mixed, "compliance_db", ratings),
            demo_test::ask(*sqlite, "compliance_db", ratings));
  const std::string rates =
      "SELECT currency, quoted_on, rate FROM exchange_rates ORDER BY currency, quoted_on";
  EXPECT_EQ(demo_test::ask(*mixed, "rates_db", rates), demo_test::ask(*sqlite, "rates_db", rates));
  for (const DataSourceInfo& source : mixed->datasources())
    EXPECT_EQ(source.state, DataSourceState::up) << source.name;
}

}  // namespace
}  // namespace penstock
