// The demo bank on MariaDB: the same answers to the twenty questions as on SQLite.
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "penstock/manager.hpp"

#include "demo/bank.hpp"
#include "demo/mariadb_database.hpp"
#include "integration/demo_files.hpp"
#include "servers/mariadb_server.hpp"
#include "servers/scratch.hpp"

namespace penstock {
namespace {

using Texts = std::vector<std::vector<std::string>>;

const std::filesystem::path kProject = std::filesystem::path(__FILE__).parent_path() / "../..";

/// A value as both engines can be brought to write it: 12.50 and 12.5 are one, and so are true and 1.
std::string comparable(const std::string& text) {
  if (text == "true") return "1";
  if (text == "false") return "0";
  if (text.empty() || text.find_first_not_of("-0123456789.") != std::string::npos) return text;
  if (text.find('.') == std::string::npos || text.find('-', 1) != std::string::npos) return text;
  std::string trimmed = text.substr(0, text.find_last_not_of('0') + 1);
  if (trimmed.back() == '.') trimmed.pop_back();
  return trimmed;
}

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
      texts.push_back(comparable(row[i].to_text()));
  }
  return rows;
}

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
  const auto sqlite = load("config", {{"DEMO_BANK_PATH", data}, {"MARKET_DATA_PATH", market}});
  const auto mariadb =
      load("demo/mariadb", {{"DEMO_BANK_SOCKET", server.socket().string()}, {"MARKET_DATA_PATH", market}});
  const YAML::Node questions = YAML::LoadFile((kProject / "demo/questions.yaml").string())["questions"];
  ASSERT_EQ(questions.size(), 20U);
  for (const YAML::Node& question : questions) {
    SCOPED_TRACE(question["id"].as<std::string>());
    const auto sql = question["sql"].as<std::string>();
    const auto database = question["database"].as<std::string>();
    const Texts expected = ask(*sqlite, database, sql);
    EXPECT_FALSE(expected.empty());
    EXPECT_EQ(ask(*mariadb, database, sql), expected);
  }
}

}  // namespace
}  // namespace penstock
