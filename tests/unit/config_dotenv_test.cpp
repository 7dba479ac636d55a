#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/dotenv.hpp"

namespace penstock::config {
namespace {

using ::testing::IsEmpty;

struct Outcome {
  Environment values;
  std::vector<Problem> problems;
};

Outcome parse(std::string_view text) {
  FileProblems found(".env");
  Outcome outcome;
  outcome.values = parse_dotenv(text, found).values;
  std::move(found).append_to(outcome.problems);
  return outcome;
}

struct Good {
  std::string_view text;
  Environment expected;
};

class DotenvLines : public ::testing::TestWithParam<Good> {};

TEST_P(DotenvLines, AreRead) {
  const Outcome outcome = parse(GetParam().text);
  EXPECT_EQ(outcome.values, GetParam().expected) << GetParam().text;
  EXPECT_THAT(outcome.problems, IsEmpty()) << outcome.problems.front().to_string();
}

INSTANTIATE_TEST_SUITE_P(
    Bare, DotenvLines,
    ::testing::Values(Good{"", {}}, Good{"\n \n\t\n", {}}, Good{"# comment\n  # another", {}},
                      Good{"A=1", {{"A", "1"}}}, Good{"A=1\nB=2\n", {{"A", "1"}, {"B", "2"}}},
                      Good{"A=1\r\nB=2\r\n", {{"A", "1"}, {"B", "2"}}}, Good{"  A = 1 \t\n", {{"A", "1"}}},
                      Good{"A=", {{"A", ""}}}, Good{"A= \nB=2", {{"A", ""}, {"B", "2"}}},
                      Good{"A=a b  c", {{"A", "a b  c"}}}, Good{"A=x # comment", {{"A", "x"}}},
                      Good{"A=x#y", {{"A", "x#y"}}}, Good{"A=#x", {{"A", "#x"}}}, Good{"A= #x", {{"A", ""}}},
                      Good{"A=x\t#y", {{"A", "x"}}}, Good{"A=b=c", {{"A", "b=c"}}},
                      Good{"A=it's", {{"A", "it's"}}}, Good{"A=C:\\new", {{"A", "C:\\new"}}},
                      Good{"A=${B} $$", {{"A", "${B} $$"}}}, Good{"A=p@ss:/w#rd%", {{"A", "p@ss:/w#rd%"}}},
                      Good{"A=\xc3\xa9", {{"A", "\xc3\xa9"}}}));

INSTANTIATE_TEST_SUITE_P(Export, DotenvLines,
                         ::testing::Values(Good{"export A=1", {{"A", "1"}}},
                                           Good{"export\t A=1", {{"A", "1"}}},
                                           Good{"export=1", {{"export", "1"}}},
                                           Good{"export =1", {{"export", "1"}}},
                                           Good{"exported=1", {{"exported", "1"}}}));

INSTANTIATE_TEST_SUITE_P(Quoted, DotenvLines,
                         ::testing::Values(Good{"A='x y'", {{"A", "x y"}}}, Good{"A=''", {{"A", ""}}},
                                           Good{"A=\"\"", {{"A", ""}}}, Good{"A=' x '", {{"A", " x "}}},
                                           Good{"A = 'x'  # why", {{"A", "x"}}},
                                           Good{R"(A='a\nb"c$d # e')", {{"A", R"(a\nb"c$d # e)"}}},
                                           Good{R"(A="a\nb\tc\rd\"e\\f\$g")", {{"A", "a\nb\tc\rd\"e\\f$g"}}},
                                           Good{"A=\"it's # no comment\"", {{"A", "it's # no comment"}}},
                                           Good{"A=\"one\ntwo\"\nB=3", {{"A", "one\ntwo"}, {"B", "3"}}},
                                           Good{"A='one\r\ntwo'\r\nB=3", {{"A", "one\ntwo"}, {"B", "3"}}}));

struct Bad {
  std::string_view text;
  int line;
  int column;
  std::string_view part;
  Environment rest;  // what is read all the same
};

class DotenvMistakes : public ::testing::TestWithParam<Bad> {};

TEST_P(DotenvMistakes, HaveAPlaceAndLeaveTheRest) {
  const Outcome outcome = parse(GetParam().text);
  ASSERT_EQ(outcome.problems.size(), 1U);
  const Problem& problem = outcome.problems.front();
  EXPECT_EQ(problem.where, (Location{".env", GetParam().line, GetParam().column}));
  EXPECT_THAT(problem.message, ::testing::HasSubstr(GetParam().part));
  EXPECT_THAT(problem.message, ::testing::Not(::testing::HasSubstr("hunter2")));
  EXPECT_EQ(outcome.values, GetParam().rest);
}

INSTANTIATE_TEST_SUITE_P(
    All, DotenvMistakes,
    ::testing::Values(
        Bad{"A=1\n  hunter2\nB=2", 2, 3, "`=` is missing", {{"A", "1"}, {"B", "2"}}},
        Bad{"export A\nB=2", 1, 8, "`=` is missing", {{"B", "2"}}}, Bad{"=hunter2", 1, 1, "before `=`", {}},
        Bad{"1A=hunter2", 1, 1, "before `=`", {}}, Bad{"A-B=x\nC=3", 1, 1, "before `=`", {{"C", "3"}}},
        Bad{"A B=x", 1, 1, "before `=`", {}}, Bad{"A='hunter2\nB=2", 1, 3, "never closed", {{"B", "2"}}},
        Bad{"A=\"hunter2\nB=2", 1, 3, "never closed", {{"B", "2"}}},
        Bad{"\xc3\xa9 = 1", 1, 1, "before `=`", {}},
        Bad{"A='\xc3\xa9' hunter2\nB=2", 1, 7, "opened at 1:3", {{"B", "2"}}},
        Bad{"A='x'#hunter2", 1, 6, "closing quote", {}}, Bad{"A='it''s'", 1, 7, "closing quote", {}},
        Bad{R"(A="hunter2\d")", 1, 11, "a backslash", {}},
        Bad{"A=1\nB=2\nA=hunter2", 3, 1, "the first is on line 1", {{"A", "1"}, {"B", "2"}}}));

TEST(DotenvMistakes, AreAllFound) {
  EXPECT_EQ(parse("one\nA=\"\\q\\r\\z\"\n2=2\nB='").problems.size(), 5U);
}

}  // namespace
}  // namespace penstock::config
