// Nothing that one query does to its session is seen by the next.
#include <gtest/gtest.h>

#include "conformance/engine_and.hpp"

namespace penstock::conformance {
namespace {

class IsolationTest : public EngineAndTest<Leak> {
 protected:
  // What a probe answers, errors included: only a difference matters.
  [[nodiscard]] std::string answer(const std::string& sql) {
    const QueryResult result = query(sql);
    if (!result.success) return "error " + std::string(to_string(*result.code));
    std::string out;
    for (const std::string& line : lines(result.data))
      out += line + "\n";
    return out;
  }
  void expect_no_leak(Access access) {
    configure({.access = access, .connection = {{"max_pool_size", "1"}, {"min_pool_size", "0"}}});
    const std::string before = answer(item().probe);
    const QueryResult change = query(item().change);
    EXPECT_EQ(answer(item().probe), before)
        << "after " << item().change << ", which answered " << (change.success ? "success" : change.error);
    EXPECT_LE(pool().connects, 1U) << "the probes must have met the session of the change";
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(IsolationTest);

TEST_P(IsolationTest, UnderReadOnlyAccess) {
  expect_no_leak(Access::read_only);
}

TEST_P(IsolationTest, UnderReadWriteAccess) {
  PENSTOCK_NEEDS(Feature::writes);
  expect_no_leak(Access::read_write);
}

INSTANTIATE_TEST_SUITE_P(Engines, IsolationTest, testing::ValuesIn(engines_and(&Quirks::leaks)),
                         EngineAndName());

}  // namespace
}  // namespace penstock::conformance
