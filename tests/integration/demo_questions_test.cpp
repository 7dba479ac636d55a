// The twenty questions of demo/questions.yaml, asked through the manager with the configuration in config/.
#include <filesystem>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "penstock/manager.hpp"

#include "integration/demo_files.hpp"
#include "servers/scratch.hpp"

namespace penstock {
namespace {

const std::filesystem::path kProject = std::filesystem::path(__FILE__).parent_path() / "../..";

std::unique_ptr<DataSourceManager> open_bank(const std::filesystem::path& folder) {
  ManagerOptions options;
  options.environment = {{"DEMO_BANK_PATH", (folder / "data").string()},
                         {"MARKET_DATA_PATH", (folder / "market").string()}};
  auto manager = DataSourceManager::load(kProject / "config", std::move(options));
  if (!manager) throw std::runtime_error(manager.error().message);
  return std::move(*manager);
}

TEST(DemoQuestions, AreTwentyThatDiffer) {
  const YAML::Node questions = YAML::LoadFile((kProject / "demo/questions.yaml").string())["questions"];
  std::set<std::string> ids;
  for (const YAML::Node& question : questions) {
    ids.insert(question["id"].as<std::string>());
    EXPECT_FALSE(question["question"].as<std::string>().empty());
  }
  EXPECT_EQ(questions.size(), 20U);
  EXPECT_EQ(ids.size(), 20U);
}

TEST(DemoQuestions, AllHaveAnAnswerAndTheSameOneTwice) {
  const test::ScratchFolder folder("penstock-demo-");
  demo_test::write_bank(folder.path());
  const auto manager = open_bank(folder.path());
  const YAML::Node questions = YAML::LoadFile((kProject / "demo/questions.yaml").string())["questions"];
  for (const YAML::Node& question : questions) {
    SCOPED_TRACE(question["id"].as<std::string>());
    const auto sql = question["sql"].as<std::string>();
    const auto database = question["database"].as<std::string>();
    const QueryResult result = manager->execute_query(sql, database);
    ASSERT_TRUE(result.success) << result.error;
    EXPECT_GT(result.row_count, 0);
    EXPECT_FALSE(result.truncated);
    const QueryResult again = manager->execute_query(sql, database);
    ASSERT_EQ(again.row_count, result.row_count);
    auto row = again.data.begin();
    for (const auto expected : result.data) {
      for (std::size_t i = 0; i < expected.size(); ++i)
        EXPECT_EQ((*row)[i].to_text(), expected[i].to_text());
      ++row;
    }
  }

  // What the demo shows besides: a comment of the schema, a refused write, a refusal across datasources.
  const auto schema = manager->schema("loans_db", "repayments");
  ASSERT_TRUE(schema) << schema.error().message;
  ASSERT_EQ(schema->tables.size(), 1U);
  EXPECT_NE(schema->tables[0].comment.find("Instalments that fell due"), std::string::npos);
  EXPECT_EQ(schema->tables[0].columns[3].name, "paid_on");
  EXPECT_EQ(schema->tables[0].columns[3].comment, "Day it was paid; NULL when it was not");
  EXPECT_EQ(manager->execute_query("UPDATE accounts SET balance = 0", "accounts_db").code,
            ErrorCode::read_only);
  const QueryResult across = manager->execute_query(
      "SELECT * FROM accounts a JOIN rates_db.exchange_rates r ON r.currency = a.currency", "accounts_db");
  EXPECT_EQ(across.code, ErrorCode::cross_datasource);
  EXPECT_TRUE(across.error.starts_with("Cannot query across different datasources")) << across.error;
}

}  // namespace
}  // namespace penstock
