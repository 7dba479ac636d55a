// Plans of a real PostgreSQL, by the way of the server's explanations.
#include <future>
#include <string>
#include <utility>

#include <gmock/gmock.h>

#include "core/json_check.hpp"
#include "integration/postgresql_site.hpp"
#include "server/explain.hpp"
#include "unit/rest_fixture.hpp"

namespace penstock::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class PostgresqlExplain : public PostgresqlTest {
 protected:
  [[nodiscard]] Result<server::Plan> plan(std::string sql, const ExplainOptions& options = {},
                                          Params params = {}) {
    server::test::ThreadExecutor executor(manager());
    std::promise<Result<server::Plan>> answer;
    server::ExplainCall call{
        .query = {.database = "customer_db", .sql = std::move(sql), .params = std::move(params)},
        .analyze = options.analyze,
        .format = options.format};
    server::explain(manager(), executor, true, std::move(call),
                    [&answer](Result<server::Plan> made) { answer.set_value(std::move(made)); });
    return answer.get_future().get();
  }
  [[nodiscard]] std::string refusal(std::string sql, const ExplainOptions& options = {}) {
    const auto refused = plan(std::move(sql), options);
    return refused ? "no refusal: " + refused->plan : std::string(to_string(refused.error().code));
  }
};

TEST_F(PostgresqlExplain, ShowsPlansAsTextAndAsJson) {
  const auto text = plan("SELECT * FROM people WHERE id = $1", {}, {1});
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_THAT(text->plan, HasSubstr("people"));
  EXPECT_THAT(text->plan, HasSubstr("cost="));
  EXPECT_THAT(text->plan, Not(HasSubstr("actual time")));
  const auto json = plan("SELECT * FROM people", {.format = PlanFormat::json});
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_TRUE(is_json(json->plan)) << json->plan;
  EXPECT_THAT(json->plan, HasSubstr("\"Plan\""));
}

TEST_F(PostgresqlExplain, RunsAStatementOnlyWhenAskedTo) {
  const auto analyzed = plan("SELECT * FROM people -- to the end", {.analyze = true});
  ASSERT_TRUE(analyzed) << analyzed.error().message;
  EXPECT_THAT(analyzed->plan, HasSubstr("actual time"));
}

// Whatever a statement begins with, it gives no option to EXPLAIN, and no second statement.
TEST_F(PostgresqlExplain, NoStatementBreaksOutOfItsExplanation) {
  const std::string before = answer("SELECT count(*) FROM people");
  EXPECT_EQ(refusal("DELETE FROM people"), "read_only");
  EXPECT_EQ(refusal("ANALYZE SELECT 1"), "syntax_error");
  EXPECT_EQ(refusal("(ANALYZE) DELETE FROM people"), "syntax_error");
  EXPECT_EQ(refusal("SELECT 1; DELETE FROM people"), "invalid_argument");
  EXPECT_EQ(refusal("EXPLAIN SELECT 1"), "invalid_argument");
  EXPECT_EQ(refusal("WITH gone AS (DELETE FROM people RETURNING 1) SELECT * FROM gone"), "read_only");
  EXPECT_EQ(answer("SELECT count(*) FROM people"), before);
}

TEST_F(PostgresqlExplain, WhatMayWriteIsNeverAnalyzed) {
  configure({.connection = {{"max_pool_size", "1"}}, .datasource = {{"access", "read_write"}}});
  const auto planned = plan("DELETE FROM people");
  ASSERT_TRUE(planned) << planned.error().message;
  EXPECT_THAT(planned->plan, StartsWith("Delete on people"));
  EXPECT_EQ(refusal("DELETE FROM people", {.analyze = true}), "forbidden");
  EXPECT_EQ(answer("SELECT count(*) FROM people"), "3");
}

}  // namespace
}  // namespace penstock::test
