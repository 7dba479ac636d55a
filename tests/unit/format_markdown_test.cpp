#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format_results.hpp"

namespace penstock {
namespace {

using ::testing::EndsWith;

std::string cell_of(std::string_view text) {
  const std::string table = text_of(make_result({{"v", TypeId::string}}, {{text}}), Format::markdown);
  const std::string_view head = "| v |\n| --- |\n| ";
  EXPECT_EQ(table.substr(0, head.size()), head);
  return table.substr(head.size(), table.size() - head.size() - 3);
}

TEST(FormatMarkdown, WritesATable) {
  const QueryResult result = make_result({{"id", TypeId::int64}, {"full_name", TypeId::string}},
                                         {{1, "Ada"}, {2, nullptr}, {3, ""}});
  EXPECT_EQ(text_of(result, Format::markdown),
            "| id | full_name |\n"
            "| ---: | --- |\n"
            "| 1 | Ada |\n"
            "| 2 | *NULL* |\n"
            "| 3 |  |\n");
}

TEST(FormatMarkdown, EscapesWhatMarkdownReads) {
  EXPECT_EQ(cell_of("a|b\\c"), "a\\|b\\\\c");
  EXPECT_EQ(cell_of("a\r\nb\nc\rd"), "a<br>b<br>c<br>d");
  EXPECT_EQ(cell_of("<b>&amp;</b>"), "&lt;b&gt;&amp;amp;&lt;/b&gt;");
  EXPECT_EQ(cell_of("*NULL*"), "\\*NULL\\*");
  EXPECT_EQ(cell_of("![x](u) [y](v) `c` ~~s~~"), "!\\[x\\](u) \\[y\\](v) \\`c\\` \\~\\~s\\~\\~");
  EXPECT_EQ(cell_of("snake_case _italic_"), "snake_case \\_italic\\_");
}

TEST(FormatMarkdown, ShowsControlCharacters) {
  EXPECT_EQ(cell_of(std::string_view("\0\x1b[0m\t\x7f", 7)), "␀␛\\[0m␉␡");
  EXPECT_EQ(cell_of("\xC2\x9B\xE2\x80\xAE\xE2\x80\xA8"), "\\\\x9b\\\\u202e\\\\u2028");
  EXPECT_EQ(cell_of("a\xFF"), "a\xEF\xBF\xBD");
}

// Every row keeps its columns: as many unescaped pipes, on one line.
TEST(FormatMarkdown, NoHostileTextBreaksTheTable) {
  std::vector<ValueRow> rows;
  for (const std::string& text : hostile_texts())
    rows.push_back({text, Json{text}});
  const std::string table =
      text_of(make_result({{"a|\nb", TypeId::string}, {"j", TypeId::json}}, rows), Format::markdown);
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(table, '\n')), rows.size() + 2);
  std::size_t pipes = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i] == '\\') {
      ++i;
    } else if (table[i] == '|') {
      ++pipes;
    } else if (table[i] == '\n') {
      EXPECT_EQ(pipes, 3U);
      pipes = 0;
    }
  }
}

TEST(FormatMarkdown, SaysHowItEnded) {
  QueryResult rows = make_result({{"id", TypeId::int64}}, {{1}});
  EXPECT_THAT(
      broken_after(rows, Format::markdown, make_error("it *broke*\n| x |")),
      EndsWith("| 1 |\n\n**Error** (timeout): it \\*broke\\*<br>\\| x \\|\n\nHint: ask for fewer rows\n\n"
               "*Incomplete: the error came after 1 row.*\n"));
  rows.truncated = true;
  EXPECT_THAT(text_of(rows, Format::markdown),
              EndsWith("| 1 |\n\n*Truncated after 1 row: there are more.*\n"));
  QueryResult write = make_result({}, {});
  write.affected_rows = 12;
  EXPECT_EQ(text_of(write, Format::markdown), "12 rows affected.\n");
}

}  // namespace
}  // namespace penstock
