#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/mcp/schema.hpp"

namespace penstock::protocol::mcp {
namespace {

/// What is wrong with a value; empty when nothing is.
std::string problem(std::string_view schema, std::string_view value) {
  const auto parsed = Schema::parse(schema);
  EXPECT_TRUE(parsed) << parsed.error().message;
  if (!parsed) return "bad schema";
  return parsed->problem(boost::json::parse(value), "arguments").value_or("");
}

struct Case {
  std::string_view schema;
  std::string_view value;
  std::string_view problem;  ///< empty: the value conforms
};

TEST(McpSchema, ChecksEachKeyword) {
  const std::vector<Case> cases{
      {R"({"type":"object"})", "{}", ""},
      {R"({"type":"object"})", "[]", "arguments must be of type object, and is array."},
      {R"({"type":["string","null"]})", "null", ""},
      {R"({"type":["string","null"]})", "1", "arguments must be of type string or null, and is integer."},
      {R"({"type":"integer"})", "2.0", ""},
      {R"({"type":"integer"})", "2.5", "arguments must be of type integer, and is number."},
      {R"({"type":"number"})", "2", ""},
      {R"({"enum":["a",1]})", "1", ""},
      {R"({"enum":["a",1]})", R"("b")", R"(arguments must be one of "a", 1, and is "b".)"},
      {R"({"const":3})", "4", "arguments must be 3."},
      {R"({"required":["sql"]})", "{}", "arguments.sql is required."},
      {R"({"properties":{"limit":{"type":"integer","maximum":100}}})", R"({"limit":500})",
       "arguments.limit must be at most 100, and is 500."},
      {R"({"minimum":1})", "0", "arguments must be at least 1, and is 0."},
      {R"({"exclusiveMinimum":0})", "0", "arguments must be more than 0, and is 0."},
      {R"({"exclusiveMaximum":1.5})", "1.5", "arguments must be less than 1.5, and is 1.5."},
      {R"({"multipleOf":5})", "12", "arguments must be a multiple of 5, and is 12."},
      {R"({"minLength":2})", R"("ä")", "arguments must have at least 2 characters, and has 1."},
      {R"({"maxLength":2})", R"("äöü")", "arguments must have at most 2 characters, and has 3."},
      {R"({"items":{"type":"string"}})", R"(["a",1])",
       "arguments[1] must be of type string, and is integer."},
      {R"({"maxItems":1})", "[1,2]", "arguments must have at most 1 elements, and has 2."},
      {R"({"uniqueItems":true})", "[1,2,1]", "arguments must not hold 1 twice."},
      {R"({"minItems":2})", "[1]", "arguments must have at least 2 elements, and has 1."},
      {R"({"minProperties":1})", "{}", "arguments must have at least 1 properties, and has 0."},
      {R"({"maxProperties":1})", R"({"a":1,"b":2})", "arguments must have at most 1 properties, and has 2."},
      {R"({"properties":{"database":{}},"additionalProperties":false})", R"({"databse":1})",
       "arguments.databse is not known. Did you mean database?"},
      {R"({"additionalProperties":{"type":"string"}})", R"({"a":1})",
       "arguments.a must be of type string, and is integer."},
      {R"({"allOf":[{"type":"integer"},{"maximum":3}]})", "4", "arguments must be at most 3, and is 4."},
      {R"({"anyOf":[{"required":["a"]},{"required":["b"]}]})", R"({"b":1})", ""},
      {R"({"anyOf":[{"required":["a"]},{"required":["b"]}]})", "{}", "arguments.a is required."},
      {R"({"oneOf":[{"type":"integer"},{"minimum":0}]})", "1",
       "arguments fits more than one of its schemas."},
      {R"({"not":{"type":"string"}})", R"("x")", "arguments must not be as it is."},
      {R"({"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}})", R"({"a":1})",
       "arguments.b is required."},
      {R"({"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}})", "{}",
       "arguments.c is required."},
      {R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})", "arguments.b is required beside a."},
      {R"({"$defs":{"id":{"type":"integer"}},"properties":{"id":{"$ref":"#/$defs/id"}}})", R"({"id":"x"})",
       "arguments.id must be of type integer, and is string."},
      {R"({"properties":{"x":false}})", R"({"x":1})", "arguments.x must not be there."},
  };
  for (const Case& one : cases)
    EXPECT_EQ(problem(one.schema, one.value), one.problem) << one.schema;
}

TEST(McpSchema, ASchemaThatLeadsIntoItselfEnds) {
  EXPECT_THAT(problem(R"({"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/a"}}})", "1"),
              ::testing::HasSubstr("nested too deep"));
}

TEST(McpSchema, RefusesWhatItCannotValidateWith) {
  for (const std::string_view text :
       {"", "[]", R"({"$ref":"https://example.com/x"})", R"({"properties":{"a":{"$ref":"other.json"}}})",
        R"({"$schema":"https://example.com/mine"})"})
    EXPECT_FALSE(Schema::parse(text)) << text;
}

}  // namespace
}  // namespace penstock::protocol::mcp
