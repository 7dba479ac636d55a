// Bodies, query strings, media types and traces of REST.
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/rest/media_type.hpp"
#include "protocol/rest/problem.hpp"
#include "protocol/rest/query_string.hpp"
#include "protocol/rest/request_body.hpp"
#include "protocol/rest/trace_parent.hpp"

namespace penstock::protocol::rest {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

QueryBody read(std::string_view body) {
  auto parsed = parse_query_body(body);
  if (!parsed) ADD_FAILURE() << parsed.error().message;
  return parsed ? std::move(*parsed) : QueryBody();
}

Error error_of(std::string_view body) {
  auto parsed = parse_query_body(body);
  if (parsed) {
    ADD_FAILURE() << "this should be refused: " << body;
    return {};
  }
  EXPECT_EQ(parsed.error().code, ErrorCode::invalid_argument);
  return parsed.error();
}

// A body with these params.
std::string with_params(std::string_view params) {
  return R"({"database":"d","sql":"s","params":)" + std::string(params) + "}";
}

Value param(std::string_view json) {
  const QueryBody body = read(with_params("[" + std::string(json) + "]"));
  return body.params.size() == 1 ? body.params[0] : Value("no value");
}

TEST(QueryBody, ReadsEveryMember) {
  const QueryBody body =
      read(R"({"database": "customer_db", "sql": "SELECT \"a\"\n\u00e9", "params": [1, "x"],
    "timeout": 2.5, "max_rows": 10, "max_bytes": 4096, "format": "csv", "rows": "arrays"} )");
  EXPECT_EQ(body.database, "customer_db");
  EXPECT_EQ(body.sql, "SELECT \"a\"\n\u00e9");
  EXPECT_EQ(body.params.values(), (std::vector<Value>{1, "x"}));
  EXPECT_EQ(body.options.timeout, milliseconds(2'500));
  EXPECT_EQ(body.options.max_rows, 10);
  EXPECT_EQ(body.options.max_bytes, 4'096);
  EXPECT_EQ(body.format, Format::csv);
  EXPECT_EQ(body.rows, RowShape::arrays);
}

TEST(QueryBody, TakesParametersByName) {
  const QueryBody body = read(with_params(R"({"id": 7, "list": [1, [null]], "nothing": null})"));
  EXPECT_EQ(body.params.names(), (std::vector<std::string>{"id", "list", "nothing"}));
  EXPECT_EQ(body.params[1], Value(Value::List{1, Value::List{nullptr}}));
  EXPECT_TRUE(body.params[2].is_null());
  EXPECT_TRUE(read(with_params("{}")).params.empty());
}

TEST(QueryBody, LosesNoDigitOfANumber) {
  EXPECT_EQ(param("9223372036854775807"), Value(INT64_MAX));
  EXPECT_EQ(param("-9223372036854775808"), Value(INT64_MIN));
  EXPECT_EQ(param("9223372036854775808"), Value(Decimal{"9223372036854775808"}));
  EXPECT_EQ(param("-123456789012345678901234567890123456789012345678901234567890"),
            Value(Decimal{"-123456789012345678901234567890123456789012345678901234567890"}));
  EXPECT_EQ(param("0.1"), Value(0.1));
  EXPECT_EQ(param("1e3"), Value(1000.0));
  EXPECT_THAT(error_of(with_params("[1e999]")).message,
              HasSubstr("`params[0]` is a number that float64 cannot hold"));
}

TEST(QueryBody, ReadsWhatJsonCannotSay) {
  EXPECT_EQ(param(R"({"type":"date","value":"2025-03-31"})"), Value(*parse_date("2025-03-31")));
  EXPECT_EQ(param(R"({"value":"12.50","type":"decimal"})"), Value(Decimal{"12.50"}));
  EXPECT_EQ(param(R"({"type":"int","value":7})"), Value(7));
  EXPECT_EQ(param(R"({"type":"int64","value":"7"})"), Value(7));
  EXPECT_EQ(param(R"({"type":"float","value":"-Infinity"})"),
            Value(-std::numeric_limits<double>::infinity()));
  EXPECT_EQ(param(R"({"type":"bytes","value":"\\x00ff"})"), Value(Bytes{{std::byte{0}, std::byte{0xFF}}}));
  EXPECT_EQ(param(R"({"type":"json","value":{"a":[1.50,null,"\u0007\""]}})"),
            Value(Json{R"({"a":[1.50,null,"\u0007\""]})"}));
  EXPECT_EQ(param(R"({"type":"json","value":null})"), Value(Json{"null"}));
  EXPECT_TRUE(param(R"({"type":"date","value":null})").is_null());
}

TEST(QueryBody, SaysWhichMemberIsWrongAndHow) {
  const struct {
    std::string body;
    std::string_view message;
  } cases[] = {
      {"", "it ends too early"},
      {"{", "it ends too early"},
      {"[]", "the body must be a JSON object with `database`, `sql`, found an array"},
      {"7", "found a whole number"},
      {R"({"database":"d"})", "the body lacks the member `sql`"},
      {R"({"database":"d","sql":"s","sql":"t"})", "the member `sql` is there twice"},
      {R"({"database":"d","sql":"s"} x)", "something follows its end"},
      {"{\"database\":\"d\",\n\"sql\": nul}", "line 2"},
      {R"({"database":7,"sql":"s"})", "`database` must be a text, found a whole number"},
      {R"({"database":"","sql":"s"})", "`database` must not be empty"},
      {R"({"database":"d","sql":"s","timout":1})", "unknown member `timout`"},
      {R"({"database":"d","sql":"s","timeout":"soon"})", "`timeout` must be seconds"},
      {R"({"database":"d","sql":"s","timeout":0})", "at least 1 ms"},
      {R"({"database":"d","sql":"s","max_rows":1.5})",
       "`max_rows` must be a whole number from 1 on, found a number"},
      {R"({"database":"d","sql":"s","max_rows":0})", "found 0"},
      {R"({"database":"d","sql":"s","max_bytes":-99999999999999999999})", "`max_bytes` must be"},
      {R"({"database":"d","sql":"s","format":"xml"})", "`format` must be one of `json`, `jsonl`"},
      {R"({"database":"d","sql":"s","rows":"object"})", "`rows` must be one of"},
      {R"({"database":"d","sql":"s","params":"x"})", "`params` must be an array for parameters by position"},
      {with_params(R"([{"a":1}])"), "`params[0]` is an object, and none of the form"},
      {with_params(R"([{"type":"dat","value":"x"}])"), "`params[0].type` must be one of"},
      {with_params(R"([[1,{"type":"date","value":"2025-02-30"}]])"), "`params[0][1].value` must be a date"},
      {with_params(R"({"since":{"type":"date","value":[]}})"), "`params.since.value` must be a date"},
      {with_params(R"({"a":1,"a":2})"), "the member `a` is there twice"},
      {with_params(R"({"":1})"), "a member without a name"},
      {"{\"database\":\"\xFF\",\"sql\":\"s\"}", "not the JSON that is wanted"},
      {R"({"database":"\ud800","sql":"s"})", "not the JSON that is wanted"},
  };
  for (const auto& [body, message] : cases)
    EXPECT_THAT(error_of(body).message, HasSubstr(message)) << body;
  EXPECT_THAT(error_of(R"({"database":"d","sql":"s","timout":1})").hint, HasSubstr("`timeout`"));
}

TEST(QueryBody, IsBounded) {
  const std::string deep = std::string(40, '[') + std::string(40, ']');
  EXPECT_THAT(error_of(with_params(deep)).message, HasSubstr("nests deeper than 32"));
  EXPECT_THAT(error_of(std::string(5'000'000, '[')).message, HasSubstr("nests deeper than 32"));
  std::string many = "[0";
  for (int i = 0; i < 70'000; ++i)
    many += ",0";
  EXPECT_THAT(error_of(with_params(many + "]")).message, HasSubstr("more than 65535"));
  for (int i = 0; i < 140'000; ++i)
    many += ",0";
  EXPECT_THAT(error_of(with_params(many + "]")).message, HasSubstr("more than 200000 values"));
}

TEST(ValidateBody, ReadsNames) {
  EXPECT_EQ(parse_validate_body(R"({"databases":["a","b"]})").value(), (std::vector<std::string>{"a", "b"}));
  for (const char* body :
       {R"({"databases":[]})", R"({"databases":"a"})", R"({"databases":[1]})", R"({"databases":[""]})", "{}"})
    EXPECT_FALSE(parse_validate_body(body)) << body;
}

TEST(ExplainBody, ReadsItsOptions) {
  const auto body =
      parse_explain_body(R"({"database":"d","sql":"s","format":"json","analyze":true,"timeout":"1s"})");
  ASSERT_TRUE(body);
  EXPECT_TRUE(body->options.analyze);
  EXPECT_EQ(body->options.format, PlanFormat::json);
  EXPECT_EQ(body->timeout, milliseconds(1'000));
  EXPECT_FALSE(parse_explain_body(R"({"database":"d","sql":"s","analyze":1})"));
  EXPECT_FALSE(parse_explain_body(R"({"database":"d","sql":"s","format":"csv"})"));
}

TEST(MediaType, FollowsAccept) {
  const struct {
    std::string_view accept;
    Format format;
  } cases[] = {{"", Format::json},
               {"*/*", Format::json},
               {"text/html, application/xhtml+xml, */*;q=0.8", Format::json},
               {"text/csv", Format::csv},
               {"Text/CSV; charset=utf-8", Format::csv},
               {"application/json;q=0.5, text/markdown", Format::markdown},
               {"text/*", Format::csv},
               {"text/*;q=0.3, text/tab-separated-values;q=0.4, text/csv;q=0", Format::tsv},
               {"application/vnd.apache.arrow.stream", Format::arrow},
               {"application/jsonl", Format::jsonl},
               {"*/*;q=0.1, application/json;q=0, application/x-ndjson;q=0.1", Format::jsonl}};
  for (const auto& [accept, format] : cases) {
    const auto chosen = choose_format(accept);
    ASSERT_TRUE(chosen) << accept;
    EXPECT_EQ(*chosen, format) << accept;
  }
  for (const char* accept : {"text/html", "application/json;q=0", "image/*", ";", "a"})
    EXPECT_FALSE(choose_format(accept)) << accept;
  EXPECT_TRUE(accepts_json("text/html, */*;q=0.1"));
  EXPECT_FALSE(accepts_json("text/html"));
  EXPECT_TRUE(is_json_content("Application/JSON ; charset=utf-8"));
  EXPECT_FALSE(is_json_content("text/plain"));
  EXPECT_FALSE(is_json_content(""));
}

TEST(QueryString, IsDecodedAndStrict) {
  const std::vector<std::string_view> known{"search", "limit"};
  const auto query = QueryString::parse("search=a%20b+c%C3%A9&limit=5", known);
  ASSERT_TRUE(query);
  EXPECT_EQ(*query->find("search"), "a b c\u00e9");
  EXPECT_EQ(query->number("limit", 1, 1, 10).value(), 5U);
  EXPECT_FALSE(query->number("limit", 1, 1, 4));
  EXPECT_EQ(query->find("other"), nullptr);
  for (const char* bad :
       {"serch=a", "search=%", "search=%4", "search=%zz", "search=%FF", "search=%00", "limit=1&limit=1"})
    EXPECT_FALSE(QueryString::parse(bad, known)) << bad;
  for (const char* bad : {"limit=", "limit=-1", "limit=1x", "limit=99999999999999999999"})
    EXPECT_FALSE(QueryString::parse(bad, known)->number("limit", 1, 1, 10)) << bad;
}

TEST(TraceParent, IsReadAsTheStandardSays) {
  const std::string valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const auto trace = parse_trace_parent(valid);
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->trace_id, "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(trace->parent_id, "b7ad6b7169203331");
  EXPECT_TRUE(trace->sampled);
  EXPECT_TRUE(parse_trace_parent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-more"));
  const std::vector<std::string> invalid{
      "",
      valid + "-more",
      "ff" + valid.substr(2),
      "00-" + std::string(32, '0') + "-b7ad6b7169203331-01",
      "00-0af7651916cd43dd8448eb211c80319c-" + std::string(16, '0') + "-01",
      "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
      "cc" + valid.substr(2) + "more",
      valid.substr(0, 54) + "g"};
  for (const std::string& header : invalid)
    EXPECT_FALSE(parse_trace_parent(header)) << header;
}

TEST(Problem, TellsCodesFromFailuresOfHttp) {
  Error error = fail(ErrorCode::timeout, "too late", "ask for less").error();
  error.sqlstate = "57014";
  error.server_message = "secret";
  EXPECT_EQ(
      problem_document(error, "r-1"),
      R"({"type":"urn:penstock:error:timeout","title":"Out of time","status":504,"detail":"too late",)"
      R"("code":"timeout","sqlstate":"57014","hint":"ask for less","retryable":false,"request_id":"r-1"})");
  EXPECT_THAT(problem_document(error, "r-1", 405),
              HasSubstr(R"({"type":"about:blank","title":"Method Not Allowed","status":405,)"));
}

}  // namespace
}  // namespace penstock::protocol::rest
