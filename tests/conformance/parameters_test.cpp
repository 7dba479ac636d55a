// Values bound to statements: in number, by name, of types that fit, and never as text of the statement.
#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"

namespace penstock::conformance {
namespace {

class ParametersTest : public ConformanceTest {
 protected:
  void expect_refused(const QueryResult& result) {
    EXPECT_FALSE(result.success);
    EXPECT_EQ(result.code, ErrorCode::invalid_argument) << result.error;
    EXPECT_FALSE(result.error.empty());
    EXPECT_TRUE(result.data.empty());
    EXPECT_EQ(people_lines(), kPeople);
  }
};

TEST_P(ParametersTest, FindTheirRow) {
  const QueryResult result = query(language().rows_equal("people", "id"), {"p2"});
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_EQ(lines(result.data), std::vector<std::string>{"p2|Grace|New York"});
}

TEST_P(ParametersTest, AreBoundAnewEachTime) {
  for (int round = 0; round < 3; ++round) {
    for (const std::string& line : kPeople) {
      const QueryResult result = query(language().rows_equal("people", "id"), {line.substr(0, 2)});
      ASSERT_TRUE(result.success) << result.error;
      EXPECT_EQ(lines(result.data), std::vector<std::string>{line});
    }
  }
}

TEST_P(ParametersTest, AreNeverPartOfTheStatement) {
  for (const char* text :
       {"p1' OR '1'='1", "p1; DROP TABLE people; --", "\" OR \"\"=\"", "' || (SELECT 1) || '", "%"}) {
    const QueryResult result = query(language().rows_equal("people", "id"), {text});
    ASSERT_TRUE(result.success) << result.error;
    EXPECT_EQ(result.row_count, 0) << text;
  }
  EXPECT_EQ(people_lines(), kPeople);
}

TEST_P(ParametersTest, TooFewAreRefused) {
  expect_refused(query(language().rows_equal("people", "id")));
}

TEST_P(ParametersTest, TooManyAreRefused) {
  expect_refused(query(language().rows_equal("people", "id"), {"p1", "p2"}));
}

TEST_P(ParametersTest, ForAStatementWithoutAnyAreRefused) {
  expect_refused(query(language().rows("people"), {"p1"}));
}

TEST_P(ParametersTest, OfATypeThatTheEngineLacksAreRefused) {
  const QueryResult result =
      query(language().rows_equal("people", "id"), {Value::List{"p1", Value::List{"p2"}}});
  EXPECT_FALSE(result.success);
  EXPECT_TRUE(result.code == ErrorCode::invalid_argument || result.code == ErrorCode::unsupported)
      << result.error;
  EXPECT_EQ(people_lines(), kPeople);
}

TEST_P(ParametersTest, AreFoundByName) {
  PENSTOCK_NEEDS(Feature::named_parameters);
  const QueryResult result =
      query(language().rows_equal_named("people", "id", "who"), Params::named({{"who", "p3"}}));
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_EQ(lines(result.data), std::vector<std::string>{"p3|Edsger|NULL"});
}

TEST_P(ParametersTest, OfAnotherNameAreRefused) {
  PENSTOCK_NEEDS(Feature::named_parameters);
  const QueryResult result =
      query(language().rows_equal_named("people", "id", "who"), Params::named({{"whom", "p3"}}));
  expect_refused(result);
  EXPECT_NE((result.error + result.hint).find("who"), std::string::npos) << result.error;
}

TEST_P(ParametersTest, NamedButNotAskedForAreRefused) {
  PENSTOCK_NEEDS(Feature::named_parameters);
  expect_refused(query(language().rows_equal_named("people", "id", "who"),
                       Params::named({{"who", "p3"}, {"when", "p1"}})));
}

TEST_P(ParametersTest, GivenTwiceByNameAreRefused) {
  expect_refused(query(language().rows_equal("people", "id"), Params::named({{"who", "p1"}, {"who", "p2"}})));
}

TEST_P(ParametersTest, ByNameWhereTheNameIsUnknownAreRefusedByEveryEngine) {
  expect_refused(query(language().rows_equal("people", "id"), Params::named({{"who", "p1"}})));
}

PENSTOCK_CONFORMANCE_SUITE(ParametersTest);

}  // namespace
}  // namespace penstock::conformance
