// Every type at its ends, unchanged: written by the engine's own client and read, found by a parameter, and
// written by a parameter.
#include <tuple>

#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"
#include "conformance/extremes.hpp"

namespace penstock::conformance {
namespace {

using EngineAndExtreme = std::tuple<EngineRef, const Extreme*>;

class TypesTest : public testing::TestWithParam<EngineAndExtreme>, protected EngineFixture {
 protected:
  TypesTest() : EngineFixture(*std::get<0>(GetParam())) {}

  [[nodiscard]] const Extreme& extreme() const { return *std::get<1>(GetParam()); }
  [[nodiscard]] TypeId type() const { return extreme().value.type(); }

  // Why the engine has no such value; null when it has.
  [[nodiscard]] const Exclusion* excluded_value() const {
    if (const auto found = quirks().without_types.find(type()); found != quirks().without_types.end()) {
      return &found->second;
    }
    const auto found = quirks().without_values.find(extreme().name);
    return found == quirks().without_values.end() ? nullptr : &found->second;
  }
  [[nodiscard]] TableSpec table(std::string name, std::vector<std::vector<Value>> rows) const {
    return {.name = std::move(name),
            .columns = {{.name = "id"}, {.name = "v", .type = type()}},
            .rows = std::move(rows)};
  }
  // That the result is one row with the value in `v`, of the right type, the same to the bit.
  void expect_value(const QueryResult& result) const {
    ASSERT_TRUE(result.success) << result.error;
    ASSERT_EQ(result.row_count, 1);
    EXPECT_EQ(result.schema->field(1).type.id, type());
    const Cell cell = result.data[0]["v"];
    EXPECT_TRUE(identical(cell.as<Value>(), extreme().value))
        << "read back as " << cell.to_text().substr(0, 200);
  }
};

#define SKIP_EXCLUDED_VALUE()                                                   \
  if (const Exclusion* excluded = excluded_value(); excluded != nullptr) {      \
    GTEST_SKIP() << excluded->reason << " (" << excluded->documentation << ")"; \
  }                                                                             \
  static_assert(true)

TEST_P(TypesTest, IsReadAsItWasWrittenAndFoundByAParameter) {
  SKIP_EXCLUDED_VALUE();
  here().create_table("customer_db", table("extremes", {{"x", extreme().value}}));
  expect_value(query(language().rows("extremes")));
  if (!extreme().comparable) return;  // not equal to itself in SQL
  here().create_table("customer_db", table("with_null", {{"x", extreme().value}, {"y", nullptr}}));
  expect_value(query(language().rows_equal("with_null", "v"), {extreme().value}));
}

TEST_P(TypesTest, IsWrittenByAParameter) {
  SKIP_EXCLUDED_VALUE();
  PENSTOCK_NEEDS(Feature::writes);
  configure({.access = Access::read_write});
  here().create_table("customer_db", table("extremes", {}));
  const QueryResult written = query(language().insert("extremes", 2), {"x", extreme().value});
  ASSERT_TRUE(written.success) << written.error;
  EXPECT_EQ(written.affected_rows, 1);
  expect_value(query(language().rows("extremes")));
}

std::vector<const Extreme*> extreme_pointers() {
  std::vector<const Extreme*> out;
  for (const Extreme& extreme : extremes())
    out.push_back(&extreme);
  return out;
}

INSTANTIATE_TEST_SUITE_P(Engines, TypesTest,
                         testing::Combine(testing::ValuesIn(engine_refs()),
                                          testing::ValuesIn(extreme_pointers())),
                         [](const testing::TestParamInfo<EngineAndExtreme>& test) {
                           return std::get<0>(test.param)->name + "__" + std::get<1>(test.param)->name;
                         });

}  // namespace
}  // namespace penstock::conformance
