// Statements that differ in their literals alone run as one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "manager/known_statement.hpp"
#include "unit/manager_fixture.hpp"

namespace penstock {
namespace {

using ::testing::ElementsAre;
using testing::numbers;

class ManagerParameterize : public Manager {
 protected:
  // "SELECT 7" is "SELECT $1" with 7.
  void SetUp() override {
    script_->parameterize = [](std::string_view sql) -> std::optional<ParameterizedStatement> {
      if (!sql.starts_with("SELECT ") || sql.ends_with("$1")) return std::nullopt;
      return ParameterizedStatement{"SELECT $1", Params{std::string(sql.substr(7))}};
    };
    script_->execute = [this](const Execution& execution) -> Result<std::vector<RecordBatch>> {
      ran_.emplace_back(execution.sql);
      if (!execution.params.empty()) ran_.back() += " with " + execution.params[0].to_text();
      if (refuses_parameters_ && !execution.params.empty()) {
        return fail(ErrorCode::invalid_argument, "the server cannot tell the parameter's type");
      }
      return std::vector<RecordBatch>{numbers(0, 1)};
    };
    load();
  }
  [[nodiscard]] QueryResult ask(std::string_view sql, const Params& params = {}) {
    return manager_->execute_query(sql, "customer_db", params);
  }

  std::vector<std::string> ran_;
  bool refuses_parameters_ = false;
};

TEST_F(ManagerParameterize, OneAnalysisServesAllThatDifferInLiterals) {
  for (const char* sql : {"SELECT 1", "SELECT 2", "SELECT 1"})
    EXPECT_TRUE(ask(sql).success);
  EXPECT_THAT(ran_, ElementsAre("SELECT $1 with 1", "SELECT $1 with 2", "SELECT $1 with 1"));
  EXPECT_EQ(script_->analyses, 1);
}

TEST_F(ManagerParameterize, AStatementWithParametersOfItsOwnStaysAsItIs) {
  EXPECT_TRUE(ask("SELECT 1", {Value(5)}).success);
  EXPECT_THAT(ran_, ElementsAre("SELECT 1 with 5"));
}

TEST_F(ManagerParameterize, WhatFailsWithParametersRunsAsItWasWritten) {
  refuses_parameters_ = true;
  EXPECT_TRUE(ask("SELECT 1").success);
  EXPECT_THAT(ran_, ElementsAre("SELECT $1 with 1", "SELECT 1"));
  ran_.clear();
  EXPECT_TRUE(ask("SELECT 2").success) << "and is not tried again for a while";
  EXPECT_THAT(ran_, ElementsAre("SELECT 2"));
}

TEST_F(ManagerParameterize, TheWaitForAConnectionBeginsAnewForTheTextAsItWasWritten) {
  load(
      "datasources: {bank: {type: scripted, connection: {acquire_timeout: 500ms}, "
      "databases: [customer_db]}}");
  script_->execute = [](const Execution& execution) -> Result<std::vector<RecordBatch>> {
    if (execution.params.empty()) return std::vector<RecordBatch>{numbers(0, 1)};
    const Deadline passed = Deadline::after(std::chrono::milliseconds(500));
    while (!passed.expired())
      std::this_thread::yield();
    return fail(ErrorCode::invalid_argument, "the server cannot tell the parameter's type");
  };
  const QueryResult result = ask("SELECT 1");
  EXPECT_TRUE(result.success) << result.error;
}

TEST_F(ManagerParameterize, TheErrorIsThatOfTheTextAsItWasWritten) {
  script_->execute = [](const Execution& execution) -> Result<std::vector<RecordBatch>> {
    return fail(ErrorCode::syntax_error, "wrong: " + std::string(execution.sql));
  };
  EXPECT_EQ(ask("SELECT 1").error, "wrong: SELECT 1");
}

TEST_F(ManagerParameterize, AFaultThatIsNotTheStatementsIsNotTriedTwice) {
  script_->execute = [this](const Execution& execution) -> Result<std::vector<RecordBatch>> {
    ran_.emplace_back(execution.sql);
    return fail(ErrorCode::timeout, "late");
  };
  EXPECT_EQ(ask("SELECT 1").code, ErrorCode::timeout);
  EXPECT_THAT(ran_, ElementsAre("SELECT $1"));
}

TEST_F(ManagerParameterize, AWriteRunsAsItWasWritten) {
  script_->analyze = [](const AnalysisRequest& request) {
    const bool writes = request.sql.find("$1") != std::string_view::npos;
    return Result<Analysis>(Analysis{.kind = StatementKind::select, .may_write = writes});
  };
  EXPECT_TRUE(ask("SELECT 1").success);
  EXPECT_THAT(ran_, ElementsAre("SELECT 1"));
}

TEST_F(ManagerParameterize, WhatWasQuickForOneLiteralMayBeSharedForAnother) {
  script_->execute_together = [](std::span<const Execution> executions) {
    return std::vector<SharedOutcome>(executions.size());
  };
  EXPECT_FALSE(manager_->placement("SELECT 1", "customer_db")->may_share);
  for (const char* sql : {"SELECT 1", "SELECT 2"})
    EXPECT_TRUE(ask(sql).success);
  EXPECT_TRUE(manager_->placement("SELECT 3", "customer_db")->may_share);
  refuses_parameters_ = true;
  EXPECT_TRUE(ask("SELECT 4").success);
  EXPECT_FALSE(manager_->placement("SELECT 5", "customer_db")->may_share) << "it runs as it was written now";
}

TEST_F(ManagerParameterize, AnErrorBesideOthersIsAskedForAgainAlone) {
  script_->execute_together = [](std::span<const Execution> executions) {
    std::vector<SharedOutcome> outcomes;
    for (std::size_t i = 0; i < executions.size(); ++i)
      outcomes.emplace_back(std::unexpected(fail(ErrorCode::invalid_data, "with parameters").error()));
    return outcomes;
  };
  for (const char* sql : {"SELECT 1", "SELECT 2"})
    EXPECT_TRUE(ask(sql).success);
  const Params params;
  const QueryOptions options;
  const std::vector<QueryRequest> requests{
      {.sql = "SELECT 3", .database = "customer_db", .params = params, .options = options}};
  const auto answers = manager_->query_together(requests);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_FALSE(answers[0].has_value());
}

TEST(Parameterization, PausesAfterSlowRunsInARow) {
  Parameterization parameterization;
  const auto now = Parameterization::Clock::now();
  for (const bool quick : {false, false, true, false, false})
    parameterization.ran(quick, now);
  EXPECT_TRUE(parameterization.is_in_use(now));
  parameterization.ran(false, now);
  EXPECT_FALSE(parameterization.is_in_use(now));
  EXPECT_TRUE(parameterization.is_in_use(now + Parameterization::kPause));
}

}  // namespace
}  // namespace penstock
