#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/interpolation.hpp"

namespace penstock::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Environment kVariables{{"HOST", "db.example"},
                             {"PORT", "6432"},
                             {"EMPTY", ""},
                             {"_x1", "underscore"},
                             {"PASSWORD", "p@ss:/w#rd%"},
                             {"DOLLARS", "${HOST} $$ $HOST"},
                             {"BYTES", "\"quoted\" 'too' \\n\n\t\xff"}};

struct Case {
  std::string_view text;
  std::string_view expected;
};

class Placeholders : public ::testing::TestWithParam<Case> {};

TEST_P(Placeholders, AreReplaced) {
  const Expansion expansion = expand(GetParam().text, kVariables);
  EXPECT_EQ(expansion.text, GetParam().expected);
  EXPECT_THAT(expansion.mistakes, IsEmpty());
  EXPECT_THAT(expansion.unset, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Values, Placeholders,
    ::testing::Values(Case{"", ""}, Case{"plain", "plain"}, Case{"${HOST}", "db.example"},
                      Case{"${_x1}", "underscore"}, Case{"${HOST}:${PORT}", "db.example:6432"},
                      Case{"postgres://${HOST}/x?y=${PORT}&z", "postgres://db.example/x?y=6432&z"},
                      Case{"${EMPTY}", ""}, Case{"[${EMPTY}]", "[]"}));

INSTANTIATE_TEST_SUITE_P(Defaults, Placeholders,
                         ::testing::Values(Case{"${HOST:localhost}", "db.example"},
                                           Case{"${NOPE:localhost}", "localhost"},
                                           Case{"${NOPE:-localhost}", "localhost"}, Case{"${NOPE:}", ""},
                                           Case{"${NOPE:-}", ""}, Case{"${NOPE:--5}", "-5"},
                                           Case{"${NOPE:a:b}", "a:b"}, Case{"${NOPE: spaced }", " spaced "},
                                           Case{"${NOPE:http://h:1/}", "http://h:1/"},
                                           Case{"${NOPE:?x}", "?x"},       // no operators beyond `:` and `:-`
                                           Case{"${EMPTY:default}", ""},   // empty is set
                                           Case{"${EMPTY:-default}", ""},  // here too
                                           Case{"${NOPE:{x}}", "{x}"},  // the default ends at the first `}`
                                           Case{"${NOPE:a$$b}", "a$b"}, Case{"${NOPE:a$b}", "a$b"}));

INSTANTIATE_TEST_SUITE_P(
    Nested, Placeholders,
    ::testing::Values(Case{"${NOPE:${HOST}}", "db.example"}, Case{"${NOPE:${NEITHER:last}}", "last"},
                      Case{"${NOPE:<${HOST}|${NEITHER:last}>}!", "<db.example|last>!"},
                      Case{"${HOST:${NEITHER}}", "db.example"}));  // not used, so not missed

INSTANTIATE_TEST_SUITE_P(Dollars, Placeholders,
                         ::testing::Values(Case{"$$", "$"}, Case{"$", "$"}, Case{"a$", "a$"},
                                           Case{"a$b", "a$b"}, Case{"$HOST", "$HOST"},
                                           Case{"$$HOST", "$HOST"}, Case{"$${HOST}", "${HOST}"},
                                           Case{"$$$${HOST}", "$${HOST}"}, Case{"$$${HOST}", "$db.example"},
                                           Case{"$$$", "$$"}, Case{"100 $ {x}", "100 $ {x}"},
                                           Case{"a}b", "a}b"}));

INSTANTIATE_TEST_SUITE_P(NothingIsExpandedTwice, Placeholders,
                         ::testing::Values(Case{"${PASSWORD}", "p@ss:/w#rd%"},
                                           Case{"${DOLLARS}", "${HOST} $$ $HOST"},
                                           Case{"${NOPE:${DOLLARS}}", "${HOST} $$ $HOST"},
                                           Case{"${BYTES}", "\"quoted\" 'too' \\n\n\t\xff"}));

class Malformed : public ::testing::TestWithParam<std::string_view> {};

TEST_P(Malformed, IsOneMistakeThatShowsNothingOfTheValue) {
  const Expansion expansion = expand(std::string("hunter2") + std::string(GetParam()), kVariables);
  ASSERT_EQ(expansion.mistakes.size(), 1U);
  EXPECT_THAT(expansion.mistakes.front(), ::testing::Not(::testing::HasSubstr("hunter2")));
}

INSTANTIATE_TEST_SUITE_P(All, Malformed,
                         ::testing::Values("${", "${}", "${HOST", "${HOST:", "${HOST:x", "${1A}", "${A-B}",
                                           "${A B}", "${:x}", "${A?x}", "${ A}", "${A}${", "${NOPE:${HOST}",
                                           "${NOPE:${}}",
                                           "${HOST:${}}",  // even where the default is not used
                                           "${NOPE:${HOST", "${A\n}", "${\xc3\xa9}"));

TEST(Unset, VariablesAreNamedOnceInTheirOrder) {
  const Expansion expansion = expand("${B}${A}${B}${HOST}${C:${D}}", kVariables);
  EXPECT_THAT(expansion.unset, ElementsAre("B", "A", "D"));
  EXPECT_THAT(expansion.used, ElementsAre("HOST"));
}

TEST(Used, VariablesAreThoseWhoseValuesAreInTheText) {
  EXPECT_THAT(expand("${PORT}${NOPE:${HOST}}${PORT}${HOST:${EMPTY}}", kVariables).used,
              ElementsAre("PORT", "HOST"));
  EXPECT_THAT(expand("${NOPE:x}$$", kVariables).used, IsEmpty());
}

TEST(Nesting, IsBounded) {
  const auto nested = [](int depth) {
    std::string text = "end";
    for (int i = 0; i < depth; ++i)
      text = "${NOPE:" + text + "}";
    return text;
  };
  EXPECT_EQ(expand(nested(kMaxNesting), kVariables).text, "end");
  EXPECT_EQ(expand(nested(kMaxNesting + 1), kVariables).mistakes.size(), 1U);
  EXPECT_EQ(expand(nested(2'000), kVariables).mistakes.size(), 1U);
}

TEST(VariableNames, AreIdentifiers) {
  for (const std::string_view name : {"A", "_", "a1", "A_B"})
    EXPECT_TRUE(is_variable_name(name)) << name;
  for (const std::string_view name : {"", "1", "A-B", "A.B", "A B", "\xc3\xa9"}) {
    EXPECT_FALSE(is_variable_name(name)) << name;
  }
}

}  // namespace
}  // namespace penstock::config
