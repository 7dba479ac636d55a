// What the driver needs of an analysis to run the statement.
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "unit/postgresql_analysis_fixture.hpp"

namespace penstock::postgresql::test {
namespace {

TEST(PostgresqlAnalysis, CountsParameters) {
  EXPECT_EQ(analyze("SELECT 1")->parameters, 0U);
  EXPECT_EQ(analyze("SELECT $2, $1 WHERE a = $2")->parameters, 2U);
  EXPECT_EQ(analyze("SELECT '$7', \"$8\" /* $9 */ LIMIT $65535")->parameters, 65'535U);
}

TEST(PostgresqlAnalysis, SaysWhichPartOfTheTextMayBeASubquery) {
  const auto part = [](std::string_view sql, Access access = Access::read_only) {
    const auto analysis = analyze(sql, access);
    if (!analysis) return outcome(analysis);
    return std::string(sql.substr(analysis->subquery.offset, analysis->subquery.size));
  };
  EXPECT_EQ(part("SELECT 1"), "SELECT 1");
  EXPECT_EQ(part("SELECT 1 -- one"), "SELECT 1 -- one");
  EXPECT_EQ(part("SELECT ';' ; -- one"), "SELECT ';' ");
  EXPECT_EQ(part(";; /* a */ SELECT 'é', 1 ;;"), " /* a */ SELECT 'é', 1 ");
  EXPECT_EQ(part("(TABLE t)"), "(TABLE t)");
  EXPECT_EQ(part("VALUES (1), (2);"), "VALUES (1), (2)");
  EXPECT_EQ(part("WITH x AS (SELECT 1) SELECT * FROM x ORDER BY 1 LIMIT 1"),
            "WITH x AS (SELECT 1) SELECT * FROM x ORDER BY 1 LIMIT 1");
  for (const std::string_view sql : {"SHOW timezone", "EXPLAIN SELECT 1"})
    EXPECT_EQ(part(sql), "") << sql;
  for (const std::string_view sql :
       {"SELECT * FROM t FOR UPDATE", "SELECT 1 INTO x", "WITH x AS (DELETE FROM t RETURNING *) TABLE x",
        "DELETE FROM t RETURNING *"})
    EXPECT_EQ(part(sql, Access::read_write), "") << sql;
}

}  // namespace
}  // namespace penstock::postgresql::test
