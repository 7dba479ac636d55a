// The quirks themselves: an exclusion must have a reason and a place where the engine's makers say so.
#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"
#include "conformance/extremes.hpp"

namespace penstock::conformance {
namespace {

class QuirksTest : public ConformanceTest {
 protected:
  static void expect_documented(const Exclusion& exclusion) {
    EXPECT_FALSE(exclusion.reason.empty());
    const bool link = exclusion.documentation.starts_with("https://");
    const std::filesystem::path page = std::filesystem::path(PENSTOCK_SOURCE_DIR) / exclusion.documentation;
    EXPECT_TRUE(link || std::filesystem::is_regular_file(page)) << exclusion.documentation;
  }
};

TEST_P(QuirksTest, EveryExclusionIsDocumented) {
  for (const auto& [feature, exclusion] : quirks().without) {
    SCOPED_TRACE(to_string(feature));
    expect_documented(exclusion);
  }
  for (const auto& [feature, exclusion] : quirks().imitated) {
    SCOPED_TRACE(to_string(feature));
    EXPECT_FALSE(quirks().without.contains(feature));
    expect_documented(exclusion);
  }
  for (const auto& [type, exclusion] : quirks().without_types) {
    SCOPED_TRACE(to_string(type));
    expect_documented(exclusion);
  }
  for (const auto& [name, exclusion] : quirks().without_values) {
    SCOPED_TRACE(name);
    expect_documented(exclusion);
  }
}

TEST_P(QuirksTest, EveryTypeIsOfferedOrExcluded) {
  for (const Extreme& extreme : extremes()) {
    const TypeId type = extreme.value.type();
    EXPECT_NE(language().has_type(type), quirks().without_types.contains(type)) << to_string(type);
  }
}

TEST_P(QuirksTest, EveryExcludedValueIsOneOfTheSuites) {
  for (const auto& [name, exclusion] : quirks().without_values) {
    EXPECT_NE(std::ranges::find(extremes(), name, &Extreme::name), extremes().end()) << name;
  }
}

TEST_P(QuirksTest, EveryEngineListsItsAttacks) {
  EXPECT_FALSE(quirks().attacks.empty());
  EXPECT_FALSE(quirks().two_statements.empty());
}

TEST_P(QuirksTest, EveryEngineIsHeldToANumberOfTests) {
  EXPECT_GT(quirks().minimum_executed, 0);
}

PENSTOCK_CONFORMANCE_SUITE(QuirksTest);

}  // namespace
}  // namespace penstock::conformance
