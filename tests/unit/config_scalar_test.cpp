#include <limits>
#include <optional>
#include <string_view>

#include <gtest/gtest.h>

#include "config/scalar.hpp"

namespace penstock::config {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

struct NumberCase {
  std::string_view text;
  std::optional<std::int64_t> expected;
};

class Integers : public ::testing::TestWithParam<NumberCase> {};
class Durations : public ::testing::TestWithParam<NumberCase> {};
class Sizes : public ::testing::TestWithParam<NumberCase> {};

TEST_P(Integers, AreRead) {
  EXPECT_EQ(parse_integer(GetParam().text), GetParam().expected) << GetParam().text;
}
TEST_P(Durations, AreRead) {
  EXPECT_EQ(parse_duration(GetParam().text), GetParam().expected) << GetParam().text;
}
TEST_P(Sizes, AreRead) {
  EXPECT_EQ(parse_size(GetParam().text), GetParam().expected) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(Valid, Integers,
                         ::testing::Values(NumberCase{"0", 0}, NumberCase{"10", 10}, NumberCase{"-3", -3},
                                           NumberCase{"007", 7}, NumberCase{"9223372036854775807", kMax},
                                           NumberCase{"-9223372036854775808", -kMax - 1}));
INSTANTIATE_TEST_SUITE_P(Invalid, Integers,
                         ::testing::Values(NumberCase{"", {}}, NumberCase{"-", {}}, NumberCase{"+1", {}},
                                           NumberCase{" 1", {}}, NumberCase{"1 ", {}}, NumberCase{"1.0", {}},
                                           NumberCase{"1e3", {}}, NumberCase{"0x10", {}},
                                           NumberCase{"1_000", {}}, NumberCase{"ten", {}},
                                           NumberCase{"9223372036854775808", {}}));

INSTANTIATE_TEST_SUITE_P(Valid, Durations,
                         ::testing::Values(NumberCase{"0", 0}, NumberCase{"10", 10'000},
                                           NumberCase{"500ms", 500}, NumberCase{"10s", 10'000},
                                           NumberCase{"30m", 1'800'000}, NumberCase{"2h", 7'200'000},
                                           NumberCase{"1d", 86'400'000}, NumberCase{"10 s", 10'000},
                                           NumberCase{"9223372036854775807ms", kMax},
                                           NumberCase{"9223372036854775", 9223372036854775000}));
INSTANTIATE_TEST_SUITE_P(
    Invalid, Durations,
    ::testing::Values(NumberCase{"", {}}, NumberCase{"s", {}}, NumberCase{"-1s", {}}, NumberCase{"1.5h", {}},
                      NumberCase{"1h30m", {}}, NumberCase{"10S", {}}, NumberCase{"10sec", {}},
                      NumberCase{"10  s", {}}, NumberCase{"10 ", {}}, NumberCase{"10s ", {}},
                      NumberCase{"1us", {}}, NumberCase{"1w", {}}, NumberCase{"9223372036854776", {}},
                      NumberCase{"106751991168d", {}}, NumberCase{"99999999999999999999ms", {}}));

INSTANTIATE_TEST_SUITE_P(Valid, Sizes,
                         ::testing::Values(NumberCase{"0", 0}, NumberCase{"512", 512}, NumberCase{"7B", 7},
                                           NumberCase{"1kB", 1'000}, NumberCase{"1KB", 1'000},
                                           NumberCase{"10MB", 10'000'000}, NumberCase{"2GB", 2'000'000'000},
                                           NumberCase{"1TB", 1'000'000'000'000}, NumberCase{"1KiB", 1'024},
                                           NumberCase{"64MiB", 67'108'864}, NumberCase{"1GiB", 1'073'741'824},
                                           NumberCase{"1TiB", 1'099'511'627'776},
                                           NumberCase{"64 MiB", 67'108'864}));
INSTANTIATE_TEST_SUITE_P(Invalid, Sizes,
                         ::testing::Values(NumberCase{"", {}}, NumberCase{"MiB", {}}, NumberCase{"-1", {}},
                                           NumberCase{"64k", {}}, NumberCase{"64M", {}},
                                           NumberCase{"64mb", {}}, NumberCase{"64Mib", {}},
                                           NumberCase{"0.5MiB", {}}, NumberCase{"64MiB ", {}},
                                           NumberCase{"8388608TiB", {}}));

TEST(Booleans, AreWordsInAnyCase) {
  for (const std::string_view word : {"true", "True", "TRUE", "yes", "Yes", "on", "ON"}) {
    EXPECT_EQ(parse_boolean(word), true) << word;
  }
  for (const std::string_view word : {"false", "False", "no", "NO", "off", "Off"}) {
    EXPECT_EQ(parse_boolean(word), false) << word;
  }
  for (const std::string_view word : {"", "1", "0", "y", "tru", "truee", " true"}) {
    EXPECT_EQ(parse_boolean(word), std::nullopt) << word;
  }
}

TEST(Formatting, IsReadBack) {
  for (const std::int64_t value : {0LL, 1LL, 999LL, 1'000LL, 1'500LL, 60'000LL, 90'000LL, 86'400'000LL}) {
    EXPECT_EQ(parse_duration(format_duration(value)), value) << format_duration(value);
  }
  for (const std::int64_t value : {0LL, 1LL, 1'000LL, 1'024LL, 67'108'864LL, 2'147'483'647LL, 1LL << 40}) {
    EXPECT_EQ(parse_size(format_size(value)), value) << format_size(value);
  }
  EXPECT_EQ(format_duration(600'000), "10m");
  EXPECT_EQ(format_duration(0), "0s");
  EXPECT_EQ(format_size(64LL << 20), "64MiB");
}

}  // namespace
}  // namespace penstock::config
