// No rows, and no columns.
#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"

namespace penstock::conformance {
namespace {

class EmptyResultsTest : public ConformanceTest {
 protected:
  static void expect_empty_people(const QueryResult& result) {
    ASSERT_TRUE(result.success) << result.error;
    EXPECT_EQ(result.columns, (std::vector<std::string>{"id", "name", "city"}));
    EXPECT_EQ(result.row_count, 0);
    EXPECT_TRUE(result.data.empty());
    EXPECT_EQ(result.data.begin(), result.data.end());
    EXPECT_FALSE(result.truncated);
    EXPECT_EQ(result.affected_rows, std::nullopt);
    ASSERT_NE(result.schema, nullptr);
    for (const Field& field : result.schema->fields())
      EXPECT_EQ(field.type.id, TypeId::string);
  }
};

TEST_P(EmptyResultsTest, TableWithoutRowsHasItsColumns) {
  PENSTOCK_NEEDS(Feature::declared_columns);
  here().create_table("customer_db", text_table("nobody", {"id", "name", "city"}, {}));
  expect_empty_people(query(language().rows("nobody")));
}

TEST_P(EmptyResultsTest, ConditionThatNothingMeetsLeavesTheColumns) {
  expect_empty_people(query(language().rows_equal("people", "id"), {"nobody"}));
}

TEST_P(EmptyResultsTest, StreamEndsAtOnceAndStaysAtTheEnd) {
  auto stream = manager().stream_query(language().rows_equal("people", "id"), "customer_db", {"nobody"});
  ASSERT_TRUE(stream) << stream.error().message;
  EXPECT_EQ(stream->schema()->size(), 3U);
  for (int i = 0; i < 3; ++i) {
    const auto batch = stream->next();
    ASSERT_TRUE(batch) << batch.error().message;
    EXPECT_FALSE(*batch);
  }
  EXPECT_EQ(stream->summary().row_count, 0);
}

TEST_P(EmptyResultsTest, StatementWithoutRowsHasNoColumns) {
  PENSTOCK_NEEDS(Feature::writes);
  configure({.access = Access::read_write});
  const QueryResult result = query(language().insert("people", 3), {"p4", "Barbara", nullptr});
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_TRUE(result.columns.empty());
  EXPECT_EQ(result.schema->size(), 0U);
  EXPECT_EQ(result.row_count, 0);
  EXPECT_EQ(result.affected_rows, 1);
  EXPECT_EQ(people_lines().size(), 4U);
}

PENSTOCK_CONFORMANCE_SUITE(EmptyResultsTest);

}  // namespace
}  // namespace penstock::conformance
