#include <cmath>
#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/json_check.hpp"
#include "format_results.hpp"
#include "formats/json_text.hpp"
#include "formats/output_buffer.hpp"

namespace penstock {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The array `data` of a result with one column, without the objects around the values.
std::string json_of(DataType type, const std::vector<Value>& values) {
  std::vector<ValueRow> rows;
  for (const Value& value : values)
    rows.push_back({value});
  FormatOptions options;
  options.json.rows = RowShape::arrays;
  const std::string text = text_of(make_result({{"v", std::move(type)}}, rows), Format::json, options);
  const std::size_t begin = text.find("\"data\":[") + 8;
  return text.substr(begin, text.find("],\"success\"") - begin);
}

std::string json_of(const std::string& text) {
  const std::string json = json_of(TypeId::string, {Value(text)});
  return json.substr(1, json.size() - 2);
}

TEST(FormatJson, WritesTheMissionsShapeAndWhatIsOurs) {
  QueryResult result = make_result({{"id", TypeId::int64, false, "INTEGER"}, {"name", TypeId::string}},
                                   {{1, "Ada"}, {2, nullptr}});
  result.truncated = true;
  result.datasource = "demo_bank";
  result.node = "primary";
  EXPECT_EQ(
      text_of(result, Format::json),
      R"({"columns":["id","name"],"data":[{"id":1,"name":"Ada"},{"id":2,"name":null}],)"
      R"("success":true,"row_count":2,"error":null,"code":null,"sqlstate":null,"truncated":true,)"
      R"("affected_rows":null,"datasource":"demo_bank","node":"primary","execution_time_ms":3,)"
      R"("schema":[{"name":"id","type":"int64","native_type":"INTEGER"},{"name":"name","type":"string"}]})"
      "\n");
}

TEST(FormatJson, WritesAFailureWithoutASchema) {
  QueryResult result;
  result.error = "no logical database is called `custmer_db`";
  result.code = ErrorCode::not_found;
  result.hint = "did you mean `customer_db`?";
  EXPECT_EQ(
      text_of(result, Format::json),
      R"({"columns":[],"data":[],"success":false,"row_count":0,)"
      R"("error":"no logical database is called `custmer_db`","code":"not_found","sqlstate":null,)"
      R"("hint":"did you mean `customer_db`?","retryable":false,"truncated":false,"affected_rows":null,)"
      R"("datasource":null,"node":null,"execution_time_ms":0,"schema":[]})"
      "\n");
}

TEST(FormatJson, SaysSoWhenItBreaksAfterRows) {
  const QueryResult rows = make_result({{"id", TypeId::int64}}, {{1}, {2}});
  const std::string text = broken_after(rows, Format::json, make_error());
  EXPECT_THAT(text,
              HasSubstr(R"("data":[{"id":1},{"id":2}],"success":false,"row_count":2,"error":"the deadline)"));
  EXPECT_THAT(text, HasSubstr(R"("code":"timeout")"));
}

TEST(FormatJson, KeepsDuplicateColumns) {
  const QueryResult result = make_result({{"a", TypeId::int64}, {"a", TypeId::int64}}, {{1, 2}});
  EXPECT_THAT(text_of(result, Format::json), HasSubstr(R"({"a":1,"a_2":2})"));
}

TEST(FormatJson, WritesRowsAsArraysWhenAsked) {
  FormatOptions options;
  options.json.rows = RowShape::arrays;
  const QueryResult result =
      make_result({{"id", TypeId::int64}, {"name", TypeId::string}}, {{1, "Ada"}, {2, "Bob"}});
  EXPECT_THAT(text_of(result, Format::json, options), HasSubstr(R"("data":[[1,"Ada"],[2,"Bob"]],)"));
}

TEST(FormatJson, LaysItselfOutForAPersonWhenAsked) {
  FormatOptions options;
  options.json.pretty = true;
  const QueryResult result =
      make_result({{"id", TypeId::int64}, {"name", TypeId::string}}, {{1, "Ada"}, {2, "Bob"}});
  const std::string text = text_of(result, Format::json, options);
  EXPECT_THAT(text,
              StartsWith("{\n  \"columns\": [\"id\", \"name\"],\n  \"data\": [\n"
                         "    {\"id\": 1, \"name\": \"Ada\"},\n    {\"id\": 2, \"name\": \"Bob\"}\n  ],\n"
                         "  \"success\": true,\n  \"row_count\": 2,\n"));
  EXPECT_THAT(text, EndsWith("\n    {\"name\":\"name\",\"type\":\"string\"}\n  ]\n}\n"));
  EXPECT_TRUE(is_json(text));
}

TEST(FormatJson, WritesZeroRowsAndZeroColumns) {
  EXPECT_THAT(text_of(make_result({{"id", TypeId::int64}}, {}), Format::json),
              StartsWith(R"({"columns":["id"],"data":[],"success":true,"row_count":0,)"));
  QueryResult write = make_result({}, {});
  write.affected_rows = 12;
  const std::string text = text_of(write, Format::json);
  EXPECT_THAT(text, StartsWith(R"({"columns":[],"data":[],"success":true,)"));
  EXPECT_THAT(text, HasSubstr(R"("affected_rows":12)"));
}

TEST(FormatJson, WritesNumbersWithAllTheirDigits) {
  EXPECT_EQ(json_of(TypeId::int64, {std::numeric_limits<std::int64_t>::min(), -1, 0, 7, 10, 99, 100, 12345,
                                    std::numeric_limits<std::int64_t>::max()}),
            "[-9223372036854775808],[-1],[0],[7],[10],[99],[100],[12345],[9223372036854775807]");
  EXPECT_EQ(json_of(TypeId::uint64, {std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max()}),
            "[0],[18446744073709551615]");
  EXPECT_EQ(json_of(TypeId::decimal, {Decimal{"-12.50"}, Decimal{"123456789012345678901234567890.123456789"},
                                      Decimal{"NaN"}, Decimal{"-Infinity"}, Decimal{".5"}}),
            R"([-12.50],[123456789012345678901234567890.123456789],["NaN"],["-Infinity"],[".5"])");
}

TEST(FormatJson, WritesFloatsThatReadBackAsTheSame) {
  EXPECT_EQ(json_of(TypeId::float64,
                    {0.1, 1.0, -0.0, 100000.0, 0.0001, 0.00001, 1e15, 1e16, 1234.5678, 1.0 / 3,
                     std::numeric_limits<double>::max(), std::numeric_limits<double>::denorm_min()}),
            "[0.1],[1.0],[-0.0],[100000.0],[0.0001],[1e-05],[1000000000000000.0],[1e+16],[1234.5678],"
            "[0.3333333333333333],[1.7976931348623157e+308],[5e-324]");
  EXPECT_EQ(json_of(TypeId::float64, {std::nan(""), HUGE_VAL, -HUGE_VAL}),
            R"(["NaN"],["Infinity"],["-Infinity"])");
  EXPECT_EQ(json_of(TypeId::float32, {0.1F, 9999999.0F, 1e7F, std::numeric_limits<float>::max()}),
            "[0.1],[9999999.0],[1e+07],[3.4028235e+38]");
}

TEST(FormatJson, WritesTheOtherTypes) {
  EXPECT_EQ(json_of(TypeId::boolean, {true, false, nullptr}), "[true],[false],[null]");
  EXPECT_EQ(json_of(TypeId::bytes, {Bytes{{std::byte{0}, std::byte{0xFF}}}, Bytes{}}),
            R"(["\\x00ff"],["\\x"])");
  EXPECT_EQ(json_of(TypeId::date, {Date{0}, Date{-719528}}), R"(["1970-01-01"],["0000-01-01"])");
  EXPECT_EQ(json_of(TypeId::time, {Time{3'723'500'000}}), R"(["01:02:03.5"])");
  EXPECT_EQ(json_of(TypeId::timestamp, {Timestamp{-1}}), R"(["1969-12-31 23:59:59.999999"])");
  EXPECT_EQ(json_of(TypeId::timestamp_tz, {TimestampTz{0}}), R"(["1970-01-01T00:00:00Z"])");
  EXPECT_EQ(json_of(TypeId::interval, {Interval{14, 3, 1'500'000'000}}), R"(["P1Y2M3DT1.5S"])");
  EXPECT_EQ(json_of(TypeId::uuid, {*parse_uuid("01234567-89ab-cdef-0123-456789abcdef")}),
            R"(["01234567-89ab-cdef-0123-456789abcdef"])");
  EXPECT_EQ(json_of(TypeId::null, {nullptr}), "[null]");
}

TEST(FormatJson, NestsLists) {
  const DataType lists = DataType::list_of(DataType::list_of(TypeId::int64));
  EXPECT_EQ(
      json_of(lists, {Value::List{Value::List{1, nullptr}, nullptr, Value::List{}}, nullptr, Value::List{}}),
      "[[[1,null],null,[]]],[null],[[]]");
}

TEST(FormatJson, WritesEachValueOfAVariantByItsOwnType) {
  EXPECT_EQ(
      json_of(TypeId::variant, {1, 2.5, "x", nullptr, Bytes{{std::byte{1}}}, true, Decimal{"1.0"}, Date{1}}),
      R"([1],[2.5],["x"],[null],["\\x01"],[true],[1.0],["1970-01-02"])");
}

TEST(FormatJson, EmbedsJsonOnlyWhenItIsJson) {
  EXPECT_EQ(json_of(TypeId::json, {Json{"{\"a\": [1, 2.50],\n\t\"b\":\"\xC3\xA9\"}"}, Json{"null"}}),
            "[{\"a\": [1, 2.50],  \"b\":\"\xC3\xA9\"}],[null]");
  EXPECT_EQ(json_of(TypeId::json, {Json{"{\"a\":1}]"}, Json{""}, Json{"{'a':1}"}}),
            R"(["{\"a\":1}]"],[""],["{'a':1}"])");
  EXPECT_EQ(json_of(TypeId::json, {Json{"\"\xFF\""}}), "[\"\\\"\xEF\xBF\xBD\\\"\"]");
  EXPECT_EQ(json_of(TypeId::json, {Json{"\"\x7F\xC2\x9B\""}}), R"(["\u007f\u009b"])");
}

TEST(FormatJson, EscapesText) {
  EXPECT_EQ(json_of("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(json_of(std::string("\0\x01\b\t\n\f\r\x1b\x1f\x7f", 10)),
            R"("\u0000\u0001\b\t\n\f\r\u001b\u001f\u007f")");
  EXPECT_EQ(json_of("\xC2\x80\xC2\x9F\xC2\xA0"), "\"\\u0080\\u009f\xC2\xA0\"");
  EXPECT_EQ(json_of("\xE2\x80\xA7\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAE\xE2\x80\xAF"),
            "\"\xE2\x80\xA7\\u2028\\u2029\\u202e\xE2\x80\xAF\"");
  EXPECT_EQ(json_of("\xE2\x81\xA6\xEF\xBB\xBF\xE2\x80\x8B"), "\"\\u2066\\ufeff\\u200b\"");
  EXPECT_EQ(json_of("\xF0\x9F\x98\x80 \xE4\xB8\xAD"), "\"\xF0\x9F\x98\x80 \xE4\xB8\xAD\"");
}

TEST(FormatJson, ReplacesWhatIsNoUtf8ByMaximalSubparts) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(json_of("\xFF"), "\"" + r + "\"");
  EXPECT_EQ(json_of("\xC0\xAF"), "\"" + r + r + "\"");
  EXPECT_EQ(json_of("\xED\xA0\x80"), "\"" + r + r + r + "\"");
  EXPECT_EQ(json_of("\xF0\x9F\x98"), "\"" + r + "\"");
  EXPECT_EQ(json_of("\xE4\xB8"
                    "a"),
            "\"" + r + "a\"");
  EXPECT_EQ(json_of("\xF4\x90\x80\x80"), "\"" + r + r + r + r + "\"");
}

// A special character at every place of a text of every length, to meet each path of the bulk scan.
TEST(FormatJson, FindsSpecialCharactersWhereverTheyAre) {
  for (std::size_t length = 1; length <= 40; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      std::string text(length, '!');
      text[at] = '\n';
      std::string expected(length, '!');
      expected.replace(at, 1, "\\n");
      ASSERT_EQ(json_of(text), "\"" + expected + "\"");
      text.replace(at, 1, "\xC3\xA9");
      ASSERT_EQ(json_of(text), "\"" + text + "\"");
    }
  }
}

TEST(FormatJson, EveryHostileTextIsStillOneJsonValue) {
  for (const std::string& text : hostile_texts()) {
    const QueryResult result =
        make_result({{text, TypeId::string}, {text, TypeId::json}}, {{text, Json{text}}});
    const std::string json = text_of(result, Format::json);
    EXPECT_TRUE(is_json(json)) << json;
    EXPECT_EQ(json.find_first_of("\n\r\t"), json.size() - 1) << json;
  }
}

TEST(FormatJson, TextLargerThanAnyBufferPassesThroughABoundedOne) {
  const std::string text(5'000'000, '\x01');
  Recorder sink;
  const auto writer = make_writer(Format::json, {}, sink);
  const QueryResult result = make_result({{"v", TypeId::string}}, {{text}, {std::string(300'000, 'x')}});
  ASSERT_TRUE(writer->begin(result.schema).has_value());
  ASSERT_TRUE(writer->batch(result.data.batches().front()).has_value());
  ASSERT_TRUE(writer->end({}).has_value());
  EXPECT_GT(sink.text.size(), 6U * 5'000'000U + 300'000U);
  EXPECT_LE(sink.largest, OutputBuffer::kCapacity);
  EXPECT_TRUE(is_json(sink.text));
}

TEST(FormatJson, TellsTheTypesThatColumnsWidenedTo) {
  Recorder sink;
  const auto writer = make_writer(Format::json, {}, sink);
  const SchemaPtr first = make_schema({{"v", TypeId::int64}});
  ASSERT_TRUE(writer->begin(first).has_value());
  ASSERT_TRUE(writer->batch(make_batch(first, {{1}})).has_value());
  ASSERT_TRUE(writer->batch(make_batch(make_schema({{"v", TypeId::variant}}), {{"two"}, {3}})).has_value());
  ASSERT_TRUE(writer->end({}).has_value());
  EXPECT_THAT(sink.text, HasSubstr(R"("data":[{"v":1},{"v":"two"},{"v":3}])"));
  EXPECT_THAT(sink.text, HasSubstr(R"("schema":[{"name":"v","type":"variant"}])"));
}

TEST(FormatJson, StopsWhenTheSinkFails) {
  Recorder sink;
  sink.fail_after = 1;
  const auto writer = make_writer(Format::json, {}, sink);
  const SchemaPtr schema = make_schema({{"v", TypeId::string}});
  std::vector<ValueRow> rows(2'000, ValueRow{std::string(1'000, 'x')});
  const RecordBatch batch = make_batch(schema, rows);
  ASSERT_TRUE(writer->begin(schema).has_value());
  const auto written = writer->batch(batch);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().message, "the reader has gone");
  EXPECT_EQ(writer->end({}).error().code, ErrorCode::unavailable);
  EXPECT_EQ(sink.writes, 2U);
}

TEST(FormatJsonLines, WritesARowALine) {
  const QueryResult result =
      make_result({{"id", TypeId::int64}, {"name", TypeId::string}}, {{1, "a\nb"}, {2, nullptr}});
  EXPECT_EQ(text_of(result, Format::jsonl), "{\"id\":1,\"name\":\"a\\nb\"}\n{\"id\":2,\"name\":null}\n");
  FormatOptions arrays;
  arrays.json.rows = RowShape::arrays;
  EXPECT_EQ(text_of(result, Format::jsonl, arrays), "[1,\"a\\nb\"]\n[2,null]\n");
  EXPECT_EQ(text_of(make_result({{"id", TypeId::int64}}, {}), Format::jsonl), "");
}

TEST(FormatJsonLines, EndsWithALineThatNoRowCanRead) {
  QueryResult rows =
      make_result({{"$error", TypeId::json}, {"$truncated", TypeId::int64}}, {{Json{"{}"}, 1}});
  EXPECT_EQ(broken_after(rows, Format::jsonl, make_error()),
            "{\"$error\":{},\"$truncated\":1}\n"
            R"({"$$error":{"code":"timeout","message":"the deadline of 5 s passed","sqlstate":null,)"
            R"("hint":"ask for fewer rows","retryable":true,"row_count":1}})"
            "\n");
  rows.truncated = true;
  EXPECT_THAT(text_of(rows, Format::jsonl), EndsWith("\n{\"$$truncated\":{\"row_count\":1}}\n"));
  QueryResult write = make_result({}, {});
  write.affected_rows = 12;
  EXPECT_EQ(text_of(write, Format::jsonl), "{\"$affected_rows\":12}\n");
}

TEST(JsonCheck, KnowsJsonFromTextThatLooksLikeIt) {
  for (const std::string_view good :
       {"0", "-0", "1.5e-10", "1E+2", "\"\"", "\"\\u00e9\\ud83d\\ude00\\/\"", "[]", "{}",
        " [ 1 , { \"a\" : [ ] } ] ", "true", "false", "null", "{\"a\":{\"b\":{}}}", "[[],[[]]]"}) {
    EXPECT_TRUE(is_json(good)) << good;
  }
  for (const std::string_view bad :
       {"",          " ",        "01",      "-",           "+1",          "1.",          ".5",
        "1e",        "0x1",      "NaN",     "Infinity",    "nul",         "truefalse",   "'a'",
        "\"",        "\"\\\"",   "\"\\x\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ude00\"", "\"\\ud800\\u0041\"",
        "\"a\nb\"",  "\"\xC3\"", "[",       "]",           "[1",          "[1,]",        "[,1]",
        "[1 2]",     "{",        "{\"a\"}", "{\"a\":}",    "{\"a\":1,}",  "{a:1}",       "{1:1}",
        "{\"a\":1]", "[1}",      "1 1",     "[]]",         "{}}",         "// c\n1"}) {
    EXPECT_FALSE(is_json(bad)) << bad;
  }
}

TEST(JsonCheck, BoundsTheDepth) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(is_json(nested(kMaxJsonDepth)));
  EXPECT_FALSE(is_json(nested(kMaxJsonDepth + 1)));
  EXPECT_FALSE(is_json(std::string(1'000'000, '[')));
}

}  // namespace
}  // namespace penstock
