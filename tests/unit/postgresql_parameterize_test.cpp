#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datasources/postgresql/parameterize.hpp"

namespace penstock::postgresql::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string text_of(std::string_view sql) {
  const auto form = parameterize(sql);
  return form ? form->sql : "as it is";
}

TEST(PostgresqlParameterize, TakesOutWhatIsComparedWith) {
  const auto form = parameterize("SELECT name FROM t WHERE id = 42 AND city='It''s' AND total >= 5000000000");
  ASSERT_TRUE(form);
  EXPECT_EQ(form->sql, "SELECT name FROM t WHERE id = $1::integer AND city=$2 AND total >= $3::bigint");
  EXPECT_THAT(form->params.values(),
              ElementsAre(Value(42), Value("It's"), Value(std::int64_t{5'000'000'000})));
}

TEST(PostgresqlParameterize, GivesIntegersTheTypeTheyHaveAsLiterals) {
  EXPECT_EQ(text_of("SELECT a = 2147483647"), "SELECT a = $1::integer");
  EXPECT_EQ(text_of("SELECT a = 2147483648"), "SELECT a = $1::bigint");
  EXPECT_EQ(text_of("SELECT a = 9223372036854775807"), "SELECT a = $1::bigint");
  EXPECT_EQ(text_of("SELECT a = 9223372036854775808"), "as it is");  // numeric
}

TEST(PostgresqlParameterize, KnowsEachOperator) {
  for (const char* op : {"=", "<>", "!=", "<", ">", "<=", ">="}) {
    EXPECT_EQ(text_of(std::string("SELECT a ") + op + "1"), std::string("SELECT a ") + op + "$1::integer")
        << op;
  }
  for (const char* op :
       {"+", "-", "*", "/", "||", "->", "->>", "@>", "~", "=>", ":=", "==", "<->", "=-", "&&", "%"}) {
    EXPECT_EQ(text_of(std::string("SELECT a ") + op + " 1"), "as it is") << op;
  }
}

TEST(PostgresqlParameterize, LeavesWhatIsNoValueOfItsOwn) {
  for (const char* sql : {"SELECT 1",
                          "SELECT a FROM t ORDER BY 1",
                          "SELECT a FROM t LIMIT 5 OFFSET 10",
                          "SELECT a::numeric(10, 2) FROM t",
                          "SELECT a FROM t WHERE b IN (1, 2)",
                          "SELECT a FROM t WHERE b BETWEEN 1 AND 2",
                          "SELECT a[1] FROM t",
                          "SELECT a FROM t WHERE b = 1.5",
                          "SELECT a FROM t WHERE b = .5",
                          "SELECT a FROM t WHERE b = -1",
                          "SELECT f(a => 1)",
                          "SELECT f(a := 'x')",
                          "SELECT a FROM t WHERE b = ANY ('{1,2}')",
                          "SELECT a FROM t WHERE b = date '2024-01-01'",
                          "SELECT a FROM t WHERE b LIKE 'x%'",
                          "SELECT \"a = 1\" FROM t",
                          "SELECT 'a = 1'",
                          "SELECT 'it''s = 1'",
                          "SELECT a[1:2] = b FROM t",
                          "",
                          " ",
                          "="}) {
    EXPECT_EQ(text_of(sql), "as it is") << sql;
  }
}

TEST(PostgresqlParameterize, LeavesWhatCouldBeReadOtherwise) {
  for (const char* sql : {"SELECT a = 1 -- comment",
                          "SELECT a = 1 /* comment */",
                          "SELECT a = $1 AND b = 1",
                          "SELECT a = $$x$$ AND b = 1",
                          "SELECT a = E'x\\'' AND b = 1",
                          "SELECT a = e'x' AND b = 1",
                          "SELECT a = B'101' AND b = 1",
                          "SELECT a = N'x' AND b = 1",
                          "SELECT a = 'x'\n'y' AND b = 1",
                          "SELECT a = 'x\\' AND b = 1",
                          "SELECT a = 'x",
                          "SELECT \"a = 1",
                          "SELECT a = 1abc",
                          "SELECT a = 0x1F",
                          "SELECT a = 1_000",
                          "SELECT a = 1e5",
                          "SELECT a = 1$1",
                          "SELECT a$b'x' = 1",
                          "SELECT a = 1 \\ 2",
                          "SELECT a = 1 {",
                          "SELECT a = '\xff'"}) {
    EXPECT_EQ(text_of(sql), "as it is") << sql;
  }
  EXPECT_EQ(text_of(std::string_view("SELECT a = 'x\0y'", 16)), "as it is");
}

// `a = 1` in the select list is what GROUP BY names: with two parameters the server would not know.
TEST(PostgresqlParameterize, KeepsEqualLiteralsWhereTheyMayHaveToMatch) {
  EXPECT_EQ(text_of("SELECT a = 1 FROM t GROUP BY a = 1"), "as it is");
  EXPECT_EQ(text_of("SELECT DISTINCT a = 'x' FROM t ORDER BY a = 'x'"), "as it is");
  EXPECT_EQ(text_of("SELECT a FROM t WHERE b = 1 AND c = 2 GROUP BY a"),
            "SELECT a FROM t WHERE b = $1::integer AND c = $2::integer GROUP BY a");
  EXPECT_EQ(text_of("SELECT a FROM t WHERE b = 1 OR c = 1"),
            "SELECT a FROM t WHERE b = $1::integer OR c = $2::integer");
}

TEST(PostgresqlParameterize, HasBounds) {
  std::string many = "SELECT 1";
  for (std::size_t i = 0; i < kMaxLiterals; ++i)
    many += " OR a = " + std::to_string(i);
  EXPECT_THAT(text_of(many), HasSubstr("$64::integer"));
  EXPECT_EQ(text_of(many + " OR a = 7"), "as it is");
  const std::string longest = "SELECT a = 1" + std::string(kMaxParameterizedBytes - 12, ' ');
  EXPECT_THAT(text_of(longest), Not("as it is"));
  EXPECT_EQ(text_of(longest + " "), "as it is");
}

TEST(PostgresqlParameterize, KeepsEveryOtherByte) {
  EXPECT_EQ(text_of("\tSELECT größe,\n \"Ü\"\"\" FROM été\r\nWHERE é='ß' ;"),
            "\tSELECT größe,\n \"Ü\"\"\" FROM été\r\nWHERE é=$1 ;");
}

}  // namespace
}  // namespace penstock::postgresql::test
