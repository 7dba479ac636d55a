// A manager of scripted datasources.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "scripted_source.hpp"

namespace penstock {

inline constexpr std::string_view kTwoSources = R"(
datasources:
  bank:
    type: scripted
    databases: [customer_db, accounts_db]
  market:
    type: scripted
    databases: [rates_db]
  attic:
    type: scripted
    enabled: false
    databases: [old_db]
)";

class Manager : public ::testing::Test {
 protected:
  void load(std::string_view datasources = kTwoSources) {
    folder_ = std::make_unique<testing::ConfigurationFolder>(datasources);
    auto manager = DataSourceManager::load(folder_->path(), testing::scripted_options(script_));
    ASSERT_TRUE(manager) << manager.error().message;
    manager_ = std::move(*manager);
  }
  void answer(std::vector<RecordBatch> batches) {
    script_->execute = [batches](const Execution&) { return Result<std::vector<RecordBatch>>(batches); };
  }
  void named_in_statement(std::vector<std::string> qualifiers) {
    script_->analyze = [qualifiers](const AnalysisRequest&) {
      return Result<Analysis>(
          Analysis{.kind = StatementKind::select, .may_write = false, .qualifiers = qualifiers});
    };
  }
  [[nodiscard]] QueryResult run(const QueryOptions& options = {}, std::string_view database = "customer_db") {
    return manager_->execute_query("SELECT", database, {}, options);
  }

  std::shared_ptr<testing::Script> script_ = std::make_shared<testing::Script>();
  std::unique_ptr<testing::ConfigurationFolder> folder_;
  std::unique_ptr<DataSourceManager> manager_;
};

}  // namespace penstock
