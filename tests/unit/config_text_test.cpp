#include <string>

#include <gtest/gtest.h>

#include "config/text.hpp"

namespace penstock::config {
namespace {

TEST(LineIndex, CountsCharactersNotBytes) {
  const LineIndex index("a\n\xc3\xa9\xf0\x9f\x98\x80x\n");
  EXPECT_EQ(index.place(0), (Place{1, 1}));
  EXPECT_EQ(index.place(1), (Place{1, 2}));
  EXPECT_EQ(index.place(2), (Place{2, 1}));
  EXPECT_EQ(index.place(8), (Place{2, 3}));
  EXPECT_EQ(index.place(10), (Place{3, 1}));
  EXPECT_EQ(index.place(1, 6), (Place{2, 3}));
}

TEST(LineIndex, StaysWithinTheText) {
  const LineIndex index("ab");
  EXPECT_EQ(index.place(99), (Place{1, 3}));
  EXPECT_EQ(index.place(7, 99), (Place{1, 3}));
  EXPECT_EQ(LineIndex("").place(0), (Place{1, 1}));
}

TEST(FindBadByte, FindsTheFirst) {
  EXPECT_FALSE(find_bad_byte("tab\t line\r\n \xc3\xa9"));
  ASSERT_TRUE(find_bad_byte("ab\xffz\x01"));
  EXPECT_EQ(find_bad_byte("ab\xffz\x01")->offset, 2U);
  EXPECT_FALSE(find_bad_byte("ab\xffz\x01")->control_character);
  EXPECT_EQ(find_bad_byte(std::string_view("a\0", 2))->offset, 1U);
  EXPECT_TRUE(find_bad_byte(std::string_view("a\0", 2))->control_character);
  EXPECT_TRUE(find_bad_byte("\x04")->control_character);
  EXPECT_EQ(find_bad_byte("\xc3")->offset, 0U);           // cut short
  EXPECT_EQ(find_bad_byte("x\xed\xa0\x80")->offset, 1U);  // a surrogate
}

TEST(InBackticks, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(in_backticks("plain \xc3\xa9"), "`plain \xc3\xa9`");
  EXPECT_EQ(in_backticks("a\nb\tc\rd\x1b[31m\x7f"), "`a\\nb\\tc\\rd\\x1b[31m\\x7f`");
  EXPECT_EQ(in_backticks("\xff\xc2\x9b"), "`\\xff\\xc2\\x9b`");
  EXPECT_EQ(in_backticks(""), "``");
}

TEST(InBackticks, CutsLongTextsBetweenCharacters) {
  EXPECT_EQ(in_backticks(std::string(80, 'x')), "`" + std::string(80, 'x') + "`");
  EXPECT_EQ(in_backticks(std::string(81, 'x')), "`" + std::string(80, 'x') + "...`");
  EXPECT_EQ(in_backticks(std::string(79, 'x') + "\xc3\xa9"), "`" + std::string(79, 'x') + "...`");
}

TEST(WithoutBom, DropsOne) {
  EXPECT_EQ(without_bom("\xEF\xBB\xBFx"), "x");
  EXPECT_EQ(without_bom("x"), "x");
}

}  // namespace
}  // namespace penstock::config
