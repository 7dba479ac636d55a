#include "integration/demo_answers.hpp"

#include <stdexcept>

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "integration/demo_files.hpp"

namespace penstock::demo_test {

namespace {

const std::filesystem::path kProject = std::filesystem::path(__FILE__).parent_path() / "../..";

}  // namespace

std::vector<Question> questions() {
  std::vector<Question> out;
  for (const YAML::Node& node : YAML::LoadFile((kProject / "demo/questions.yaml").string())["questions"]) {
    Question question{.id = node["id"].as<std::string>(),
                      .database = node["database"].as<std::string>(),
                      .sql = node["sql"].as<std::string>(),
                      .databases = {node["database"].as<std::string>()}};
    for (const std::string_view name : kBankDatabases) {
      if (question.sql.find(std::string(name) + ".") != std::string::npos)
        question.databases.emplace_back(name);
    }
    out.push_back(std::move(question));
  }
  return out;
}

std::unique_ptr<DataSourceManager> load(const std::filesystem::path& configuration,
                                        std::map<std::string, std::string> environment) {
  ManagerOptions options;
  options.environment = std::move(environment);
  auto manager = DataSourceManager::load(kProject / configuration, std::move(options));
  if (!manager) throw std::runtime_error(manager.error().message);
  return std::move(*manager);
}

std::string comparable(std::string text) {
  if (text == "true") return "1";
  if (text == "false") return "0";
  if (text.empty() || text.find_first_not_of("-0123456789.") != std::string::npos) return text;
  if (text.find('.') == std::string::npos || text.find('-', 1) != std::string::npos) return text;
  text.resize(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
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

void expect_answers_of_sqlite(DataSourceManager& sqlite, DataSourceManager& manager) {
  const auto asked = questions();
  EXPECT_EQ(asked.size(), 20U);
  for (const Question& question : asked) {
    SCOPED_TRACE(question.id);
    const Texts expected = ask(sqlite, question.database, question.sql);
    EXPECT_FALSE(expected.empty());
    EXPECT_EQ(ask(manager, question.database, question.sql), expected);
  }
}

}  // namespace penstock::demo_test
