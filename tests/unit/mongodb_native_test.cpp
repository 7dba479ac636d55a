// Commands as JSON: what is allowed, and what becomes of parameters.
#include <gtest/gtest.h>

#include "datasources/mongodb/native.hpp"

namespace penstock::mongodb {
namespace {

std::string answer(std::string_view text, const Params& params = {}) {
  auto command = parse_native(text);
  if (!command) return std::string(to_string(command.error().code)) + ": " + command.error().message;
  auto bound = bind(*command, params);
  if (!bound) return std::string(to_string(bound.error().code)) + ": " + bound.error().message;
  char* json = bson_as_relaxed_extended_json(bound->get(), nullptr);
  std::string out(json);
  bson_free(json);
  return out;
}

TEST(MongodbNative, TakesWhatReads) {
  for (
      const char* text : {
          R"({"find": "people"})",
          R"( {"find": "people", "filter": {"a.b": {"$elemMatch": {"$gte": 1}}}, "sort": {"a": -1}} ; )",
          R"({"find": "p", "filter": {"_id": {"$oid": "4ed6e99f5e7819056416412d"}, "d": {"$date": "2025-01-01T00:00:00Z"}}})",
          R"({"aggregate": "p", "pipeline": [{"$facet": {"a": [{"$match": {}}, {"$count": "n"}]}}], "cursor": {}})",
          R"({"aggregate": "p", "pipeline": [{"$lookup": {"from": "q", "let": {"x": "$x"}, "pipeline":
              [{"$match": {"$expr": {"$eq": ["$y", "$$x"]}}}], "as": "z"}}, {"$unwind": "$z"}]})",
          R"({"aggregate": "p", "pipeline": [{"$unionWith": "q"}, {"$setWindowFields": {"sortBy": {"a": 1},
              "output": {"r": {"$rank": {}}}}}]})",
          R"({"count": "p", "query": {"$or": [{"a": 1}, {"b": {"$not": {"$regex": "^x"}}}]}})",
          R"({"distinct": "p", "key": "a.b"})",
      }) {
    EXPECT_TRUE(answer(text).starts_with("{")) << text << "\n" << answer(text);
  }
}

TEST(MongodbNative, SaysWhatItRefuses) {
  EXPECT_EQ(answer(R"({"aggregate": "p", "pipeline": [{"$out": "x"}]})"),
            "read_only: `$out` writes, and the access to this database is read-only");
  EXPECT_TRUE(answer(R"({"find": "p", "filter": {"$where": "1"}})").starts_with("forbidden: `$where`"));
  EXPECT_TRUE(answer(R"({"find": "p", "$db": "other"})").starts_with("forbidden: the field `$db` of find"));
  EXPECT_TRUE(answer(R"({"drop": "p"})").starts_with("forbidden: the command `drop`"));
  EXPECT_TRUE(answer(R"({find: "p"})").starts_with("syntax_error"));
  EXPECT_TRUE(answer(R"({"find": "p"} {"find": "q"})").starts_with("syntax_error"));
}

TEST(MongodbNative, BindsParameters) {
  EXPECT_EQ(
      answer(R"({"find": "p", "filter": {"a": {"$param": 2}, "b": {"$in": [{"$param": 1}]}}})", {1, "x"}),
      R"({ "find" : "p", "filter" : { "a" : "x", "b" : { "$in" : [ 1 ] } } })");
  EXPECT_EQ(answer(R"({"find": "p", "filter": {"a": {"$param": "who"}}})", Params::named({{"who", "$x"}})),
            R"({ "find" : "p", "filter" : { "a" : "$x" } })");
  EXPECT_TRUE(answer(R"({"find": "p", "filter": {"a": {"$param": 1}}})").starts_with("invalid_argument"));
  EXPECT_TRUE(answer(R"({"find": "p"})", {1}).starts_with("invalid_argument"));
  EXPECT_TRUE(answer(R"({"find": "p", "filter": {"a": {"$param": 0}}})", {1}).starts_with("syntax_error"));
}

TEST(MongodbNative, LetsNoValueBecomeAnOperatorOrAPath) {
  EXPECT_TRUE(answer(R"({"find": "p", "filter": {"a": {"$param": 1}}})", {Json{R"({"$ne": null})"}})
                  .starts_with("invalid_argument"));
  EXPECT_TRUE(
      answer(R"({"find": "p", "filter": {"a": {"$param": 1}}})", {Json{R"({"b": [{"$where": "1"}]})"}})
          .starts_with("invalid_argument"));
  const char* projected = R"({"aggregate": "p", "pipeline": [{"$project": {"x": {"$param": 1}}}]})";
  EXPECT_TRUE(answer(projected, {"$secret"}).starts_with("invalid_argument"));
  const char* expr = R"({"find": "p", "filter": {"$expr": {"$eq": ["$a", {"$param": 1}]}}})";
  EXPECT_TRUE(answer(expr, {"$secret"}).starts_with("invalid_argument"));
  EXPECT_TRUE(answer(expr, {"secret"}).starts_with("{"));
  const char* literal =
      R"({"aggregate": "p", "pipeline": [{"$project": {"x": {"$literal": {"$param": 1}}}}]})";
  EXPECT_TRUE(answer(literal, {"$secret"}).starts_with("{"));
}

}  // namespace
}  // namespace penstock::mongodb
