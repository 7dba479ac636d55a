#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format_results.hpp"
#include "formats/display_text.hpp"
#include "formats/table_layout.hpp"

namespace penstock {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

FormatOptions with(TableOptions table) {
  FormatOptions options;
  options.table = std::move(table);
  return options;
}

struct Shown {
  std::string text;
  std::size_t columns;
  bool cut;
  friend bool operator==(const Shown&, const Shown&) = default;
  friend void PrintTo(const Shown& shown, std::ostream* out) {
    *out << '"' << shown.text << "\" " << shown.columns << (shown.cut ? " cut" : "");
  }
};

Shown show(std::string_view text, std::size_t max = 1'000, bool unicode = true) {
  Shown shown{};
  const DisplayWidth width = append_display_text(shown.text, text, unicode, max);
  shown.columns = width.columns;
  shown.cut = width.cut;
  return shown;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

TEST(FormatTable, DrawsABox) {
  const QueryResult result =
      make_result({{"id", TypeId::int64}, {"name", TypeId::string}, {"balance", TypeId::decimal}},
                  {{1, "Ada", Decimal{"10.50"}}, {20, "", nullptr}, {300, nullptr, Decimal{"-7"}}});
  EXPECT_EQ(text_of(result, Format::table),
            "┌─────┬──────┬─────────┐\n"
            "│  id │ name │ balance │\n"
            "├─────┼──────┼─────────┤\n"
            "│   1 │ Ada  │   10.50 │\n"
            "│  20 │      │    NULL │\n"
            "│ 300 │ NULL │      -7 │\n"
            "└─────┴──────┴─────────┘\n"
            "(3 rows, 3 ms)\n");
}

TEST(FormatTable, DrawsItInAscii) {
  const QueryResult result = make_result({{"name", TypeId::string}}, {{"caf\xC3\xA9\n\x1b"}});
  EXPECT_EQ(text_of(result, Format::table, with({.unicode = false})),
            "+------------+\n"
            "| name       |\n"
            "+------------+\n"
            "| caf\xC3\xA9\\n\\x1b |\n"
            "+------------+\n"
            "(1 row, 3 ms)\n");
}

TEST(FormatTable, DimsNullOnAColourTerminal) {
  const QueryResult result = make_result({{"v", TypeId::string}}, {{nullptr}, {"NULL"}});
  const std::string text = text_of(result, Format::table, with({.color = true, .null_text = "∅"}));
  EXPECT_THAT(text, HasSubstr("│ \x1b[2m∅\x1b[0m    │\n"));
  EXPECT_THAT(text, HasSubstr("│ NULL │\n"));
}

TEST(FormatTable, CutsToTheTerminal) {
  const QueryResult result = make_result({{"id", TypeId::int64}, {"text", TypeId::string}},
                                         {{1, std::string(100, 'x')}, {2, "short"}});
  for (const std::string& line : lines_of(text_of(result, Format::table, with({.width = 30})))) {
    EXPECT_LE(show(line).columns, 30U) << line;
  }
  EXPECT_THAT(text_of(result, Format::table, with({.width = 30})),
              HasSubstr("│  1 │ xxxxxxxxxxxxxxxxxxxx… │\n"));
}

TEST(FormatTable, LeavesColumnsOutOnlyWhenTheyCannotFitAndSaysSo) {
  std::vector<Field> fields;
  ValueRow row;
  for (int i = 0; i < 40; ++i) {
    fields.push_back({"column_" + std::to_string(i), TypeId::string});
    row.emplace_back("some longer text");
  }
  const std::string text = text_of(make_result(std::move(fields), {row}), Format::table, with({.width = 80}));
  for (const std::string& line : lines_of(text)) {
    if (line.starts_with('(')) continue;
    EXPECT_EQ(show(line).columns, 80U) << line;
  }
  EXPECT_THAT(text, EndsWith("(1 row, 8 of 40 columns shown: the terminal is too narrow, 3 ms)\n"));
}

TEST(FormatTable, SaysThatThereIsMore) {
  QueryResult result = make_result({{"v", TypeId::int64}}, {{1}});
  result.truncated = true;
  EXPECT_THAT(text_of(result, Format::table), EndsWith("(1 row, truncated: there are more, 3 ms)\n"));
  EXPECT_THAT(text_of(result, Format::table, with({.footer = false})), HasSubstr("truncated"));
  result.truncated = false;
  EXPECT_THAT(text_of(result, Format::table, with({.footer = false})), EndsWith("┘\n"));
}

TEST(FormatTable, SaysHowManyRowsAWriteAffected) {
  QueryResult write = make_result({}, {});
  write.affected_rows = 12;
  EXPECT_EQ(text_of(write, Format::table), "12 rows affected (3 ms)\n");
  write.affected_rows = 1;
  write.execution_time_ms = 12'345;
  EXPECT_EQ(text_of(write, Format::table), "1 row affected (12.3 s)\n");
  QueryResult returning = make_result({{"id", TypeId::int64}}, {{1}});
  returning.affected_rows = 1;
  EXPECT_THAT(text_of(returning, Format::table), EndsWith("(1 row, 1 affected, 3 ms)\n"));
}

TEST(FormatTable, WritesZeroRows) {
  EXPECT_EQ(text_of(make_result({{"id", TypeId::int64}}, {}), Format::table),
            "┌────┐\n│ id │\n├────┤\n└────┘\n(0 rows, 3 ms)\n");
}

TEST(FormatTable, SaysSoWhenItBreaks) {
  const QueryResult rows = make_result({{"id", TypeId::int64}}, {{1}, {2}});
  EXPECT_THAT(broken_after(rows, Format::table, make_error("it \x1b[2J broke")),
              EndsWith("│  2 │\n└────┘\nerror (timeout): it ␛[2J broke\nhint: ask for fewer rows\n"
                       "(incomplete: 2 rows before the error)\n"));
  QueryResult failed;
  failed.error = "no such database";
  failed.code = ErrorCode::not_found;
  EXPECT_EQ(text_of(failed, Format::table), "error (not_found): no such database\n");
}

TEST(FormatTable, StreamsWithTheWidthsOfItsFirstRows) {
  Recorder sink;
  const auto writer = make_writer(Format::table, with({.width = 40}), sink);
  const SchemaPtr schema = make_schema({{"v", TypeId::string}});
  ASSERT_TRUE(writer->begin(schema).has_value());
  const RecordBatch batch = make_batch(schema, std::vector<ValueRow>(500, ValueRow{"12345"}));
  for (int i = 0; i < 400; ++i)
    ASSERT_TRUE(writer->batch(batch).has_value());
  EXPECT_GT(sink.writes, 10U) << "rows are held back";
  ASSERT_TRUE(writer->batch(make_batch(schema, {{"longer than those"}})).has_value());
  ASSERT_TRUE(writer->end({}).has_value());
  EXPECT_THAT(sink.text.substr(sink.text.size() - 100), HasSubstr("│ long… │\n└───────┘\n(200001 rows, "));
}

TEST(FormatTable, NothingIsCutWithoutATerminal) {
  Recorder sink;
  const auto writer = make_writer(Format::table, {}, sink);
  const SchemaPtr schema = make_schema({{"v", TypeId::string}});
  ASSERT_TRUE(writer->begin(schema).has_value());
  ASSERT_TRUE(writer->batch(make_batch(schema, std::vector<ValueRow>(1'000, ValueRow{"x"}))).has_value());
  ASSERT_TRUE(writer->batch(make_batch(schema, {{std::string(200, 'y')}})).has_value());
  ASSERT_TRUE(writer->end({}).has_value());
  EXPECT_THAT(sink.text, HasSubstr("│ " + std::string(200, 'y') + " │\n"));
}

TEST(FormatTable, NoHostileTextBreaksALine) {
  std::vector<ValueRow> rows;
  for (const std::string& text : hostile_texts())
    rows.push_back({text, 1});
  for (const int width : {0, 24, 60}) {
    for (const bool unicode : {true, false}) {
      const QueryResult result = make_result({{"te\x1bxt", TypeId::string}, {"n", TypeId::int64}}, rows);
      const std::string text = text_of(result, Format::table, with({.unicode = unicode, .width = width}));
      const std::vector<std::string> lines = lines_of(text);
      ASSERT_EQ(lines.size(), rows.size() + 5);
      const std::size_t columns = show(lines.front()).columns;
      for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
        EXPECT_EQ(show(lines[i]).columns, columns) << lines[i];
        EXPECT_TRUE(std::ranges::none_of(lines[i], [](char c) { return c >= 0 && (c < 0x20 || c == 0x7F); }));
        EXPECT_EQ(lines[i].find("\xE2\x80\xAE"), std::string::npos);
        EXPECT_EQ(lines[i].find("\xC2\x9B"), std::string::npos);
      }
    }
  }
}

TEST(DisplayText, KnowsHowWideCharactersAre) {
  EXPECT_EQ(show("abc").columns, 3U);
  EXPECT_EQ(show("中文").columns, 4U);
  EXPECT_EQ(show("e\xCC\x81\xCC\x82").columns, 1U);
  EXPECT_EQ(show("\xF0\x9F\x98\x80").columns, 2U);
  EXPECT_EQ(show("👨‍👩‍👧").columns, 2U);  // joined by U+200D
  EXPECT_EQ(show("👍🏽").columns, 2U);                // with a skin tone
  EXPECT_EQ(show("🇩🇪🇫🇷").columns, 4U);                // two flags of two letters
  EXPECT_EQ(show("❤").columns, 1U);
  EXPECT_EQ(show("❤️").columns, 2U);     // with U+FE0F
  EXPECT_EQ(show("각").columns, 2U);    // one syllable of three letters
  EXPECT_EQ(show("Ａ１").columns, 4U);  // fullwidth
  EXPECT_EQ(show("ｱ").columns, 1U);     // halfwidth
  EXPECT_EQ(show("a\xE2\x80\x8B"
                 "b")
                .columns,
            8U);  // U+200B is shown
}

TEST(DisplayText, ShowsWhatWouldSteerATerminal) {
  EXPECT_EQ(show("a\nb\r\nc\rd\te").text, "a↵b↵c␍d␉e");
  EXPECT_EQ(show(std::string_view("\0\x1b[2J\x7f", 6)).text, "␀␛[2J␡");
  EXPECT_EQ(show("\xC2\x9B"
                 "2J")
                .text,
            "\\x9b2J");
  EXPECT_EQ(show("\xE2\x80\xAE\xE2\x81\xA6").text, "\\u202e\\u2066");
  EXPECT_EQ(show("\xF3\xA0\x81\x81").text, "\\u0e0041");
  EXPECT_EQ(show("\xFFz\xE4\xB8"), (Shown{"\xEF\xBF\xBDz\xEF\xBF\xBD", 3, false}));
  EXPECT_EQ(show("\xFF\n\x1b", 100, false).text, "?\\n\\x1b");
}

TEST(DisplayText, CutsBetweenClusters) {
  EXPECT_EQ(show("abcdef", 6), (Shown{"abcdef", 6, false}));
  EXPECT_EQ(show("abcdef", 5), (Shown{"abcd…", 5, true}));
  EXPECT_EQ(show("中文字", 5), (Shown{"中文…", 5, true}));
  EXPECT_EQ(show("中文字", 4), (Shown{"中…", 3, true}));
  EXPECT_EQ(show("xe\xCC\x81yz", 3), (Shown{"xe\xCC\x81…", 3, true}));
  EXPECT_EQ(show("e\xCC\x81", 1), (Shown{"e\xCC\x81", 1, false}));
  EXPECT_EQ(show("👨‍👩‍👧👨‍👩‍👧", 3), (Shown{"👨‍👩‍👧…", 3, true}));
  EXPECT_EQ(show("abcdef", 1), (Shown{"…", 1, true}));
  EXPECT_EQ(show("abcdef", 5, false), (Shown{"ab...", 5, true}));
  EXPECT_EQ(show("abcdef", 2, false), (Shown{"..", 2, true}));
  EXPECT_EQ(show("ab\n", 3, false), (Shown{"...", 3, true}));
}

TEST(TableLayout, NarrowsTheWidestFirst) {
  const std::vector<std::size_t> natural{3, 50, 20};
  EXPECT_THAT(fit_widths(natural, 0), ElementsAre(3, 50, 20));
  EXPECT_THAT(fit_widths(natural, 83), ElementsAre(3, 50, 20));
  EXPECT_THAT(fit_widths(natural, 63), ElementsAre(3, 30, 20));
  EXPECT_THAT(fit_widths(natural, 33), ElementsAre(3, 10, 10));
  EXPECT_THAT(fit_widths(natural, 34), ElementsAre(3, 11, 10));
  EXPECT_THAT(fit_widths(natural, 22), ElementsAre(3, 12));
  EXPECT_THAT(fit_widths(natural, 1), ElementsAre(1));
  EXPECT_TRUE(fit_widths({}, 80).empty());
}

}  // namespace
}  // namespace penstock
