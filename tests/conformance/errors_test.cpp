// Failures have the right code, say what to do, and harm nothing.
#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"

namespace penstock::conformance {
namespace {

class ErrorsTest : public ConformanceTest {
 protected:
  ErrorsTest() { configure({.connection = {{"max_pool_size", "1"}, {"min_pool_size", "0"}}}); }

  // Message and hint together, as a caller reads them.
  static std::string words(const QueryResult& result) { return result.error + " " + result.hint; }
  void expect_error(const QueryResult& result, ErrorCode code) {
    EXPECT_FALSE(result.success);
    EXPECT_EQ(result.code, code) << result.error;
    EXPECT_FALSE(result.error.empty());
    EXPECT_TRUE(result.data.empty());
    EXPECT_TRUE(result.columns.empty());
    EXPECT_EQ(result.row_count, 0);
    EXPECT_EQ(people_lines(), kPeople);
  }
};

TEST_P(ErrorsTest, StatementThatCannotBeParsed) {
  expect_error(query(language().nonsense()), ErrorCode::syntax_error);
}

TEST_P(ErrorsTest, MissingTableNamesTheNearest) {
  const QueryResult result = query(language().rows("peeple"));
  expect_error(result, ErrorCode::not_found);
  EXPECT_NE(words(result).find("peeple"), std::string::npos) << words(result);
  EXPECT_NE(words(result).find("people"), std::string::npos) << words(result);
}

TEST_P(ErrorsTest, MissingColumnIsNamed) {
  const QueryResult result = query(language().rows_equal("people", "nmae"), {"Ada"});
  expect_error(result, ErrorCode::not_found);
  EXPECT_NE(words(result).find("nmae"), std::string::npos) << words(result);
}

TEST_P(ErrorsTest, UnknownDatabaseNamesTheNearest) {
  const QueryResult result = query(language().rows("people"), {}, {}, "custmer_db");
  expect_error(result, ErrorCode::not_found);
  EXPECT_NE(words(result).find("custmer_db"), std::string::npos) << words(result);
  EXPECT_NE(words(result).find("customer_db"), std::string::npos) << words(result);
}

TEST_P(ErrorsTest, DisabledDatasourceIsSaidToBe) {
  const QueryResult result = query(language().rows("people"), {}, {}, "insurance_db");
  expect_error(result, ErrorCode::unavailable);
  EXPECT_NE(words(result).find("enabled: false"), std::string::npos) << words(result);
}

TEST_P(ErrorsTest, EmptyStatementIsRefused) {
  for (const char* sql : {"", "   ", "\n\t", ";", " ; "}) {
    SCOPED_TRACE(testing::PrintToString(sql));
    expect_error(query(sql), ErrorCode::invalid_argument);
  }
}

TEST_P(ErrorsTest, CommentAloneIsRefused) {
  PENSTOCK_NEEDS(Feature::comments_in_sql);
  for (const char* sql : {"-- nothing here", "/* nor */", "/* a */ -- b\n ; "}) {
    SCOPED_TRACE(sql);
    expect_error(query(sql), ErrorCode::invalid_argument);
  }
}

TEST_P(ErrorsTest, CommentsWithinAStatementAreNoHarm) {
  PENSTOCK_NEEDS(Feature::comments_in_sql);
  const QueryResult result = query(language().commented(language().rows("people")));
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_EQ(result.row_count, 3);
}

TEST_P(ErrorsTest, TwoStatementsAreRefused) {
  const QueryResult result = query(quirks().two_statements);
  EXPECT_FALSE(result.success);
  EXPECT_TRUE(result.code == ErrorCode::invalid_argument || result.code == ErrorCode::syntax_error)
      << result.error;
  EXPECT_EQ(people_lines(), kPeople);
}

TEST_P(ErrorsTest, TrailingSemicolonIsFine) {
  for (const char* tail : {";", " ;\n", ";  "}) {
    const QueryResult result = query(language().rows("people") + tail);
    EXPECT_TRUE(result.success) << result.error;
    EXPECT_EQ(result.row_count, 3);
  }
}

TEST_P(ErrorsTest, BrokenConstraintWritesNothing) {
  PENSTOCK_NEEDS(Feature::writes);
  PENSTOCK_NEEDS(Feature::constraints);
  configure({.access = Access::read_write});
  expect_error(query(language().insert("people", 3), {"p1", "Barbara", nullptr}), ErrorCode::constraint);
  expect_error(query(language().insert("people", 3), {"p4", nullptr, nullptr}), ErrorCode::constraint);
}

TEST_P(ErrorsTest, WhatTheUserMayNotReadIsForbidden) {
  PENSTOCK_NEEDS(Feature::permissions);
  here().create_table("customer_db", text_table("forbidden_notes", {"note"}, {{"n1"}}));
  configure({.connection = here().connection_without("customer_db", "forbidden_notes")});
  for (int i = 0; i < 2; ++i) {
    const QueryResult result = query(language().rows("forbidden_notes"));
    expect_error(result, ErrorCode::forbidden);
    EXPECT_FALSE(result.retryable);
  }
  EXPECT_EQ(pool().connects, 1U);
}

TEST_P(ErrorsTest, LeaveTheSameConnectionFit) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(query(language().nonsense()).success);
    EXPECT_FALSE(query(language().rows("peeple")).success);
    ASSERT_EQ(people_lines(), kPeople);
  }
  EXPECT_EQ(pool().connects, 1U);
  EXPECT_EQ(pool().leased, 0);
}

TEST_P(ErrorsTest, OfAStreamComeBeforeItStarts) {
  const auto stream = manager().stream_query(language().rows("peeple"), "customer_db");
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, ErrorCode::not_found);
}

PENSTOCK_CONFORMANCE_SUITE(ErrorsTest);

}  // namespace
}  // namespace penstock::conformance
