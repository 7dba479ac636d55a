// The demo bank on MariaDB: the same answers to the twenty questions as on SQLite.
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "demo/bank.hpp"
#include "demo/mariadb_database.hpp"
#include "integration/demo_answers.hpp"
#include "integration/demo_files.hpp"
#include "servers/mariadb_server.hpp"
#include "servers/scratch.hpp"

namespace penstock {
namespace {

// The demo's own configurations, and a user who may do no more than the demo's.
TEST(DemoOnMariadb, GivesTheAnswersThatSqliteGives) {
  PENSTOCK_NEEDS_MARIADB();
  const test::ScratchFolder folder("penstock-demo-");
  demo_test::write_bank(folder.path());
  const test::MariadbServer server(
      {.settings = {{"innodb-buffer-pool-size", "192M"}, {"innodb-log-file-size", "96M"}}, .files = {}});
  const demo::MariadbPtr writer = demo::connect_mariadb(server.socket().string());
  for (const demo::Database& database : demo::bank_databases())
    demo::write_mariadb_database(database, writer.get(), demo::kBankVersion);
  server.run("CREATE USER penstock_read@localhost");
  for (const std::string_view name : demo_test::kBankDatabases) {
    EXPECT_TRUE(demo::has_version(writer.get(), name, demo::kBankVersion));
    EXPECT_FALSE(demo::has_version(writer.get(), name, demo::kBankVersion + 1));
    server.run("GRANT SELECT, SHOW VIEW ON " + std::string(name) + ".* TO penstock_read@localhost");
  }
  const auto data = (folder.path() / "data").string();
  const auto market = (folder.path() / "market").string();
  const auto sqlite = demo_test::load("config", {{"DEMO_BANK_PATH", data}, {"MARKET_DATA_PATH", market}});
  const auto mariadb = demo_test::load(
      "demo/mariadb", {{"DEMO_BANK_SOCKET", server.socket().string()}, {"MARKET_DATA_PATH", market}});
  demo_test::expect_answers_of_sqlite(*sqlite, *mariadb);
}

}  // namespace
}  // namespace penstock
