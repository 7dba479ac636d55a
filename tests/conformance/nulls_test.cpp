// Null is null in every type, and nothing else is.
#include <algorithm>

#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"
#include "conformance/extremes.hpp"

namespace penstock::conformance {
namespace {

class NullsTest : public ConformanceTest {};

TEST_P(NullsTest, StandBetweenValuesOfEveryType) {
  int types = 0;
  for (const Extreme& extreme : extremes()) {
    const TypeId type = extreme.value.type();
    const bool first_of_type = std::ranges::find(extremes(), type, [](const Extreme& e) {
                                 return e.value.type();
                               })->name == extreme.name;
    if (!first_of_type || !language().has_type(type) || quirks().without_values.contains(extreme.name))
      continue;
    SCOPED_TRACE(to_string(type));
    const std::string name = "nulls_" + std::string(to_string(type));
    here().create_table("customer_db", {.name = name,
                                        .columns = {{.name = "id"}, {.name = "v", .type = type}},
                                        .rows = {{"a", nullptr}, {"b", extreme.value}, {"c", nullptr}}});
    const QueryResult result = query(language().rows(name));
    ASSERT_TRUE(result.success) << result.error;
    ASSERT_EQ(result.row_count, 3);
    for (const Row row : result.data)
      EXPECT_EQ(row["v"].is_null(), row["id"].as<std::string_view>() != "b");
    EXPECT_EQ(result.schema->field(1).type.id, type);
    ++types;
  }
  EXPECT_GT(types, 0);
}

TEST_P(NullsTest, MayFillAColumn) {
  here().create_table("customer_db", text_table("hollow", {"id", "v"}, {{"a", nullptr}, {"b", nullptr}}));
  const QueryResult result = query(language().rows("hollow"));
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_EQ(lines(result.data), (std::vector<std::string>{"a|NULL", "b|NULL"}));
  for (const Row row : result.data)
    EXPECT_EQ(row["v"].as<std::optional<std::string_view>>(), std::nullopt);
}

TEST_P(NullsTest, AreNotEmptyText) {
  here().create_table("customer_db",
                      text_table("texts", {"id", "v"}, {{"a", nullptr}, {"b", ""}, {"c", "NULL"}}));
  const QueryResult result = query(language().rows("texts"));
  ASSERT_TRUE(result.success) << result.error;
  ASSERT_EQ(result.row_count, 3);
  EXPECT_TRUE(result.data[0]["v"].is_null());
  EXPECT_EQ(result.data[1]["v"].as<std::string_view>(), "");
  EXPECT_EQ(result.data[2]["v"].as<std::string_view>(), "NULL");
}

TEST_P(NullsTest, EqualNothingAsAParameter) {
  PENSTOCK_NEEDS(Feature::null_parameters);
  const QueryResult result = query(language().rows_equal("people", "city"), {nullptr});
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_EQ(result.row_count, 0);
}

TEST_P(NullsTest, ComeBackFromAParameter) {
  PENSTOCK_NEEDS(Feature::null_parameters);
  PENSTOCK_NEEDS(Feature::expressions);
  const QueryResult result = query(language().echo(), {nullptr});
  ASSERT_TRUE(result.success) << result.error;
  ASSERT_EQ(result.row_count, 1);
  EXPECT_TRUE(result.data[0][0].is_null());
}

PENSTOCK_CONFORMANCE_SUITE(NullsTest);

}  // namespace
}  // namespace penstock::conformance
