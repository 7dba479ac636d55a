#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format_results.hpp"

namespace penstock {
namespace {

using ::testing::EndsWith;

FormatOptions with(CsvOptions csv) {
  FormatOptions options;
  options.csv = std::move(csv);
  return options;
}

// One record of texts, without its line end.
std::string record_of(const std::vector<Value>& values, const CsvOptions& csv = {}) {
  std::vector<Field> fields;
  for (std::size_t i = 0; i < values.size(); ++i)
    fields.push_back({std::to_string(i), TypeId::variant});
  CsvOptions options = csv;
  options.header = false;
  options.crlf = false;
  std::string text = text_of(make_result(std::move(fields), {values}), Format::csv, with(options));
  if (!text.empty()) text.pop_back();
  return text;
}

TEST(FormatCsv, WritesRfc4180) {
  const QueryResult result =
      make_result({{"id", TypeId::int64}, {"name", TypeId::string}, {"no,te", TypeId::string}},
                  {{1, "Ada \"Countess\" L.", "a,b"}, {-2, "two\r\nlines", ""}, {3, nullptr, "x"}});
  EXPECT_EQ(text_of(result, Format::csv),
            "id,name,\"no,te\"\r\n"
            "1,\"Ada \"\"Countess\"\" L.\",\"a,b\"\r\n"
            "-2,\"two\r\nlines\",\"\"\r\n"
            "3,,x\r\n");
}

TEST(FormatCsv, WritesEveryType) {
  EXPECT_EQ(record_of({true, 1, std::numeric_limits<std::uint64_t>::max(), 0.5, Decimal{"-1.50"}, "x",
                       Bytes{{std::byte{0xAB}}}, Date{0}, Time{0}, Timestamp{0}, TimestampTz{0}, Interval{},
                       *parse_uuid("01234567-89ab-cdef-0123-456789abcdef"), Json{"{\"a\":1}"}}),
            "true,1,18446744073709551615,0.5,-1.50,x,\\xab,1970-01-01,00:00:00,1970-01-01 00:00:00,"
            "1970-01-01T00:00:00Z,PT0S,01234567-89ab-cdef-0123-456789abcdef,\"{\"\"a\"\":1}\"");
  const Value some(Value::List{"a,b", nullptr});
  const Value none(Value::List{});
  const QueryResult lists =
      make_result({{"l", DataType::list_of(TypeId::string)}}, {ValueRow(1, some), ValueRow(1, none)});
  EXPECT_EQ(text_of(lists, Format::csv, with({.crlf = false})), "l\n\"[\"\"a,b\"\",null]\"\n[]\n");
}

TEST(FormatCsv, TellsNullFromEmpty) {
  EXPECT_EQ(record_of({nullptr, "", "x"}), ",\"\",x");
  EXPECT_EQ(record_of({nullptr, "", "NULL", "null"}, {.null_text = "NULL"}), "NULL,,\"NULL\",null");
  EXPECT_EQ(record_of({nullptr, -1, "-1", 0}, {.null_text = "-1"}), "-1,\"-1\",\"-1\",0");
}

TEST(FormatCsv, QuotesForItsDelimiter) {
  EXPECT_EQ(record_of({"a;b", "a,b", 1.5}, {.delimiter = ';'}), "\"a;b\";a,b;1.5");
  EXPECT_EQ(record_of({1.5, -2, "x"}, {.delimiter = '.'}), "\"1.5\".-2.x");
  EXPECT_EQ(record_of({" a", "a ", "\\.", "a b"}), "\" a\",\"a \",\"\\.\",a b");
  const QueryResult result = make_result({{"a", TypeId::string}, {"b", TypeId::string}}, {{"x\ty", "a,b"}});
  EXPECT_EQ(text_of(result, Format::tsv), "a\tb\r\n\"x\ty\"\ta,b\r\n");
}

TEST(FormatCsv, RefusesADelimiterOrANullThatCannotBeRead) {
  for (const char delimiter : {'"', '\n', '\r', '\0', '\xE9'}) {
    const auto text =
        to_text(make_result({{"a", TypeId::int64}}, {}), Format::csv, with({.delimiter = delimiter}));
    ASSERT_FALSE(text.has_value());
    EXPECT_EQ(text.error().code, ErrorCode::invalid_argument);
  }
  const auto text = to_text(make_result({{"a", TypeId::int64}}, {}), Format::csv, with({.null_text = "a,b"}));
  ASSERT_FALSE(text.has_value());
  EXPECT_EQ(text.error().code, ErrorCode::invalid_argument);
}

TEST(FormatCsv, GuardsFormulasWhenAsked) {
  const CsvOptions guarded{.guard_formulas = true};
  EXPECT_EQ(record_of({"=1+1", "+a", "-a", "@a", "\ta", "\ra", "a=1", Decimal{"-1.5"}, -2}, guarded),
            "\"'=1+1\",\"'+a\",\"'-a\",\"'@a\",\"'\ta\",\"'\ra\",a=1,-1.5,-2");
  EXPECT_EQ(record_of({"=1+1"}), "=1+1");
}

TEST(FormatCsv, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(record_of({"a\xFF"
                       "b",
                       "\xE4\xB8", "\xC3\xA9\"\xFF"}),
            "a\xEF\xBF\xBD"
            "b,\xEF\xBF\xBD,\"\xC3\xA9\"\"\xEF\xBF\xBD\"");
}

// The error's record has more fields than any other, so that a reader that counts them stops.
TEST(FormatCsv, SaysSoWhenItBreaksAfterRows) {
  const QueryResult one = make_result({{"id", TypeId::int64}}, {{1}});
  EXPECT_EQ(broken_after(one, Format::csv, make_error("a,b")), "id\r\n1\r\n#error,timeout,\"a,b\"\r\n");
  std::vector<Field> fields;
  for (int i = 0; i < 4; ++i)
    fields.push_back({"c", TypeId::int64});
  const QueryResult four = make_result(std::move(fields), {{1, 2, 3, 4}});
  EXPECT_THAT(broken_after(four, Format::csv, make_error("late")),
              EndsWith("\r\n#error,timeout,late,\"\",\"\"\r\n"));
}

TEST(FormatCsv, WritesZeroRowsAndZeroColumns) {
  EXPECT_EQ(text_of(make_result({{"id", TypeId::int64}}, {}), Format::csv), "id\r\n");
  QueryResult write = make_result({}, {});
  EXPECT_EQ(text_of(write, Format::csv), "");
  write.affected_rows = 12;
  EXPECT_EQ(text_of(write, Format::csv), "affected_rows\r\n12\r\n");
}

// Reads what was written, by the grammar of RFC 4180 and the rule that null is an empty field without quotes.
std::vector<std::vector<std::optional<std::string>>> parse(std::string_view text) {
  std::vector<std::vector<std::optional<std::string>>> records;
  std::size_t at = 0;
  while (at < text.size()) {
    auto& record = records.emplace_back();
    while (true) {
      std::optional<std::string> field;
      if (text[at] == '"') {
        field = "";
        ++at;
        while (true) {
          if (text[at] == '"' && text[at + 1] != '"') break;
          if (text[at] == '"') ++at;
          *field += text[at++];
        }
        ++at;
      } else {
        const std::size_t end = text.find_first_of(",\r", at);
        if (end != at) field = std::string(text.substr(at, end - at));
        at = end;
      }
      record.push_back(std::move(field));
      if (text[at] != ',') break;
      ++at;
    }
    EXPECT_EQ(text.substr(at, 2), "\r\n");
    at += 2;
  }
  return records;
}

TEST(FormatCsv, EveryHostileTextReadsBack) {
  std::vector<ValueRow> rows;
  std::vector<std::vector<std::optional<std::string>>> expected{{"a", "b", "c"}};
  for (const std::string& text : hostile_texts()) {
    if (text.find_first_of("\xFF\xED\xC0") != std::string::npos || text.ends_with("\xB8"))
      continue;  // no UTF-8
    rows.push_back({text, nullptr, text});
    expected.push_back({text, std::nullopt, text});
  }
  ASSERT_GT(rows.size(), 20U);
  const QueryResult result =
      make_result({{"a", TypeId::string}, {"b", TypeId::string}, {"c", TypeId::string}}, rows);
  EXPECT_EQ(parse(text_of(result, Format::csv)), expected);
}

}  // namespace
}  // namespace penstock
