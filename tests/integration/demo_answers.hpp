// The twenty questions of demo/questions.yaml, and the answers of the demo bank on one engine as on another.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "penstock/manager.hpp"

namespace penstock::demo_test {

struct Question {
  std::string id;
  std::string database;
  std::string sql;
  std::vector<std::string> databases;  ///< all that the statement names, `database` first
};

/// In the file's order. Throws when it cannot be read.
[[nodiscard]] std::vector<Question> questions();

/// The manager of one of the project's own configurations, such as "demo/postgresql". Throws
/// std::runtime_error.
[[nodiscard]] std::unique_ptr<DataSourceManager> load(const std::filesystem::path& configuration,
                                                      std::map<std::string, std::string> environment);

using Texts = std::vector<std::vector<std::string>>;

/// A value as every engine can be brought to write it: 12.50 and 12.5 are one, and so are true and 1.
[[nodiscard]] std::string comparable(std::string text);

/// The rows of an answer, comparable; a failed query is a test's failure.
[[nodiscard]] Texts ask(DataSourceManager& manager, const std::string& database, const std::string& sql);

/// All twenty, of databases that lie in one datasource of `manager`.
void expect_answers_of_sqlite(DataSourceManager& sqlite, DataSourceManager& manager);

}  // namespace penstock::demo_test
