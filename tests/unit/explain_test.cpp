// Plans of statements, on SQLite and by the contract.
#include "server/explain.hpp"

#include <future>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sqlite_bank.hpp"
#include "unit/manager_fixture.hpp"
#include "unit/rest_fixture.hpp"

namespace penstock::server {
namespace {

using ::testing::StartsWith;

Result<Plan> ask(DataSourceManager& manager, ExplainCall call, bool analyze_allowed = false) {
  test::ThreadExecutor executor(manager);
  std::promise<Result<Plan>> answer;
  explain(manager, executor, analyze_allowed, std::move(call),
          [&answer](Result<Plan> plan) { answer.set_value(std::move(plan)); });
  return answer.get_future().get();
}

class Explain : public sqlite::SqliteBank {
 protected:
  Explain() {
    penstock::test::write_file(
        folder / "datasources.yaml",
        "datasources: {bank: {type: sqlite, connection: {path: .}, databases: [customer_db, "
        "accounts_db]}}\n");
    auto loaded = DataSourceManager::load(folder.path());
    if (loaded) manager_ = std::move(*loaded);
  }
  [[nodiscard]] Result<Plan> plan(std::string sql, PlanFormat format = PlanFormat::text, Params params = {}) {
    return ask(*manager_,
               {.query = {.database = "customer_db", .sql = std::move(sql), .params = std::move(params)},
                .format = format});
  }
  std::unique_ptr<DataSourceManager> manager_;
};

TEST_F(Explain, ShowsTheStepsOfSqlite) {
  const auto text = plan("SELECT * FROM customers WHERE id = ?", PlanFormat::text, Params{1});
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(text->plan, "SEARCH customers USING INTEGER PRIMARY KEY (rowid=?)");
  EXPECT_EQ(text->datasource, "bank");
  const auto nested = plan("SELECT id FROM customers UNION SELECT id FROM accounts_db.accounts");
  ASSERT_TRUE(nested) << nested.error().message;
  EXPECT_THAT(nested->plan, StartsWith("COMPOUND QUERY\n  LEFT-MOST SUBQUERY\n    SCAN customers\n"));
  const auto json = plan("SELECT * FROM customers", PlanFormat::json);
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(json->plan, R"([{"step":"SCAN customers","steps":[]}])");
}

TEST_F(Explain, GoesThroughTheSamePolicy) {
  for (const auto& [sql, code] : {std::pair("DELETE FROM customers", ErrorCode::read_only),
                                  std::pair("SELECT 1; SELECT 2", ErrorCode::invalid_argument),
                                  std::pair("SELECT * FROM nowhere", ErrorCode::not_found),
                                  std::pair("EXPLAIN QUERY PLAN SELECT 1", ErrorCode::invalid_argument),
                                  std::pair("SELECT FROM WHERE", ErrorCode::syntax_error)}) {
    const auto refused = plan(sql);
    ASSERT_FALSE(refused) << sql;
    EXPECT_EQ(refused.error().code, code) << sql << ": " << refused.error().message;
  }
}

TEST_F(Explain, NeverRunsAStatementUnlessAskedToAndAllowed) {
  ExplainCall call{.query = {.database = "customer_db", .sql = "SELECT 1"}, .analyze = true};
  const auto forbidden = ask(*manager_, {.query = call.query, .analyze = true});
  ASSERT_FALSE(forbidden);
  EXPECT_EQ(forbidden.error().code, ErrorCode::forbidden);
  const auto unsupported = ask(*manager_, std::move(call), true);
  ASSERT_FALSE(unsupported);
  EXPECT_EQ(unsupported.error().code, ErrorCode::unsupported);
}

class ExplainScripted : public Manager {};

TEST_F(ExplainScripted, IsUnsupportedByATypeThatSaysNothingOfIt) {
  load();
  const auto plan = ask(*manager_, {.query = {.database = "customer_db", .sql = "SELECT"}});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::unsupported);
}

}  // namespace
}  // namespace penstock::server
