// Columns of the same name survive, and each can be reached.
#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"

namespace penstock::conformance {
namespace {

class ColumnsTest : public ConformanceTest {};

TEST_P(ColumnsTest, OfTheSameNameAreAllThere) {
  const QueryResult result = query(language().duplicate_columns(here(), "customer_db"));
  ASSERT_TRUE(result.success) << result.error;
  ASSERT_EQ(result.row_count, 1);
  // "name_2" is taken by the third, so the second of "name" gets the next number that is free.
  EXPECT_EQ(result.columns, (std::vector<std::string>{"name", "name_3", "name_2"}));
  const Row row = result.data[0];
  EXPECT_EQ(row["name"].as<std::string_view>(), "a");
  EXPECT_EQ(row["name_3"].as<std::string_view>(), "b");
  EXPECT_EQ(row["name_2"].as<std::string_view>(), "c");
  EXPECT_EQ(result.schema->field(0).name, "name");
  EXPECT_EQ(result.schema->field(1).name, "name");
  EXPECT_EQ(result.schema->field(2).name, "name_2");
}

TEST_P(ColumnsTest, KeepTheirOrderAndCase) {
  here().create_table("customer_db",
                      text_table("cased", {"Zeta", "alpha", "With Space", "beta_2"}, {{"1", "2", "3", "4"}}));
  const QueryResult result = query(language().rows("cased"));
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_EQ(result.columns, (std::vector<std::string>{"Zeta", "alpha", "With Space", "beta_2"}));
  EXPECT_EQ(lines(result.data), std::vector<std::string>{"1|2|3|4"});
}

TEST_P(ColumnsTest, AreSortedWhenAsked) {
  PENSTOCK_NEEDS(Feature::sorting);
  const QueryResult result = query(language().rows_sorted("people", "name"));
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_EQ(lines(result.data), (std::vector<std::string>{kPeople[0], kPeople[2], kPeople[1]}));
}

PENSTOCK_CONFORMANCE_SUITE(ColumnsTest);

}  // namespace
}  // namespace penstock::conformance
