#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/json_text.hpp"
#include "protocol/mcp/base64.hpp"
#include "protocol/mcp/message.hpp"
#include "protocol/mcp/parameter_headers.hpp"
#include "protocol/mcp/uri_template.hpp"

namespace penstock::protocol::mcp {
namespace {

int parse_code(std::string_view text, MessageLimits limits = {}) {
  const auto document = Document::parse(text, limits);
  if (!document) return document.error().code;
  std::string id;
  const auto message = read_message(*document, (*document)->root(), &id);
  return message ? 0 : message.error().code;
}

TEST(McpMessage, TellsGoodFromBad) {
  EXPECT_EQ(parse_code(R"({"jsonrpc":"2.0","id":1,"method":"ping"})"), 0);
  EXPECT_EQ(parse_code(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"), 0);
  EXPECT_EQ(parse_code(R"({"jsonrpc":"2.0","id":"x","result":{}})"), 0);
  for (const std::string_view text : {"", "{", "{\"a\":1}x", "\xff", R"({"a":"\ud800"})"})
    EXPECT_EQ(parse_code(text), -32700) << text;
  for (const std::string_view text :
       {"1", R"({"id":1,"method":"ping"})", R"({"jsonrpc":"1.0","id":1,"method":"ping"})",
        R"({"jsonrpc":"2.0","id":null,"method":"ping"})", R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})",
        R"({"jsonrpc":"2.0","id":{},"method":"ping"})", R"({"jsonrpc":"2.0","id":1,"method":7})",
        R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[]})", R"({"jsonrpc":"2.0","id":1})",
        R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})", R"({"jsonrpc":"2.0","result":{}})"})
    EXPECT_EQ(parse_code(text), -32600) << text;
}

TEST(McpMessage, IsBounded) {
  const MessageLimits small{.max_bytes = 50, .max_depth = 8, .max_batch = 1};
  EXPECT_EQ(parse_code(R"({"jsonrpc":"2.0","id":1,"method":"ping"})", small), 0);
  EXPECT_EQ(parse_code(std::string(51, ' '), small), -32700);
  EXPECT_EQ(parse_code(std::string(9, '['), small), -32700);
  EXPECT_EQ(parse_code(std::string(100000, '[')), -32700);
  EXPECT_EQ(parse_code(R"({"jsonrpc":"2.0","method":"ping","id":")" + std::string(1000, 'x') + "\"}"),
            -32600);
}

TEST(McpMessage, KeepsIdsAsTheyAre) {
  for (const std::string_view id : {"0", "-7", "18446744073709551615", R"("a\"b")"}) {
    const auto document =
        Document::parse(R"({"jsonrpc":"2.0","method":"m","id":)" + std::string(id) + "}", {});
    ASSERT_TRUE(document);
    EXPECT_EQ(read_message(*document, (*document)->root(), nullptr)->id, id);
  }
}

TEST(McpMessage, EscapesText) {
  std::string out;
  append_json_string(out, "a\"\\\n\x01 \xC3\xA4 \xFF\xC3");
  EXPECT_EQ(out, "\"a\\\"\\\\\\n\\u0001 \xC3\xA4 \xEF\xBF\xBD\xEF\xBF\xBD\"");
  EXPECT_EQ(boost::json::parse(out).as_string(), "a\"\\\n\x01 \xC3\xA4 \xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(McpMessage, EscapesWhereverItIs) {
  for (const std::size_t length : {0, 1, 15, 16, 17, 31, 32, 33, 255, 256, 257, 273, 600}) {
    for (const char special : {'"', '\\', '\n', '\x01', '\x7F'}) {
      for (std::size_t at = 0; at < length; ++at) {
        std::string text(length, 'x');
        text[at] = special;
        std::string out;
        append_json_string(out, text);
        ASSERT_EQ(std::string_view(boost::json::parse(out).as_string()), text) << length << ", " << at;
        ASSERT_EQ(std::ranges::count_if(out, [](char c) { return c < ' ' || c == '\x7F'; }), 0);
      }
    }
    const std::string all(length, '\x02');
    std::string out;
    append_json_string(out, all);
    ASSERT_EQ(out.size(), 2 + 6 * length);
    ASSERT_EQ(std::string_view(boost::json::parse(out).as_string()), all);
  }
}

TEST(McpBase64, RoundTripsAndRefusesWhatIsNone) {
  for (const std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"})
    EXPECT_EQ(base64_decode(base64_encode(text)), text);
  EXPECT_EQ(base64_encode("foob"), "Zm9vYg==");
  for (const std::string_view text : {"Zg", "Zg=", "Z===", "Zh==", "Zm9v!A==", "Zg==Zg=="})
    EXPECT_FALSE(base64_decode(text)) << text;
}

TEST(McpHeaders, ValuesMayBeEncoded) {
  EXPECT_EQ(decode_header_value("us-west1"), "us-west1");
  EXPECT_EQ(decode_header_value("=?base64?SGVsbG8sIOS4lueVjA==?="), "Hello, 世界");
  EXPECT_EQ(decode_header_value("=?BASE64?SGVsbG8=?="), "=?BASE64?SGVsbG8=?=");
  EXPECT_FALSE(decode_header_value("=?base64?SGVsbG8?="));
  EXPECT_FALSE(decode_header_value("世界"));
}

TEST(McpHeaders, MirroredParametersStandWhereTheyCanBeFound) {
  const auto names = [](std::string_view schema) {
    return mirrored_parameters(boost::json::parse(schema).as_object());
  };
  const auto found =
      names(R"({"properties":{"a":{"properties":{"b":{"type":"string","x-mcp-header":"Region"}}}}})");
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().header, "Mcp-Param-Region");
  EXPECT_THAT(found->front().path, ::testing::ElementsAre("a", "b"));
  for (
      const std::string_view schema :
      {R"({"properties":{"a":{"type":"number","x-mcp-header":"A"}}})",
       R"({"properties":{"a":{"type":"string","x-mcp-header":""}}})",
       R"({"properties":{"a":{"type":"string","x-mcp-header":"a b"}}})",
       R"({"properties":{"a":{"items":{"type":"string","x-mcp-header":"A"}}}})",
       R"({"anyOf":[{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}]})",
       R"({"properties":{"a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"a"}}})"})
    EXPECT_FALSE(names(schema)) << schema;
}

TEST(McpUriTemplate, ReadsAUriBackwards) {
  const auto parsed = UriTemplate::parse("penstock://{database}/{table}");
  ASSERT_TRUE(parsed);
  const auto values = parsed->match("penstock://bank/a%2Fb%20c");
  ASSERT_TRUE(values);
  EXPECT_THAT(*values,
              ::testing::ElementsAre(::testing::Pair("database", "bank"), ::testing::Pair("table", "a/b c")));
  for (const std::string_view uri :
       {"penstock://bank", "penstock://bank/", "penstock:///t", "penstock://a/b/c", "http://a/b",
        "penstock://a/b?c", "penstock://a/%zz", "penstock://a/%4"})
    EXPECT_FALSE(parsed->match(uri)) << uri;
  for (const std::string_view text : {"{a", "a}", "x{}", "x{a}{b}", "x{a}/{a}", "x{a b}"})
    EXPECT_FALSE(UriTemplate::parse(text)) << text;
  EXPECT_EQ(percent_encode("a/b ä"), "a%2Fb%20%C3%A4");
}

}  // namespace
}  // namespace penstock::protocol::mcp
