// SQL over one collection becomes this pipeline, and everything else an error that names the construct.
#include <gtest/gtest.h>

#include "datasources/mongodb/statement.hpp"

namespace penstock::mongodb {
namespace {

std::string json_of(const bson_t& document) {
  char* text = bson_as_relaxed_extended_json(&document, nullptr);
  std::string out;
  for (const char* c = text; *c != '\0'; ++c)
    if (*c != ' ') out += *c;
  bson_free(text);
  return out;
}

// The stages, without blanks.
std::string pipeline(std::string_view sql, const Params& params = {}) {
  auto statement = parse_statement(sql);
  if (!statement) return std::string(to_string(statement.error().code)) + ": " + statement.error().message;
  auto bound = (*statement)->bind(params);
  if (!bound) return std::string(to_string(bound.error().code)) + ": " + bound.error().message;
  bson_iter_t iter;
  if (!bson_iter_init_find(&iter, bound->document.get(), "pipeline")) return "no pipeline";
  const DocumentView stages(iter);
  std::string out = "[";
  bson_iter_t stage;
  bson_iter_init(&stage, &stages.get());
  while (bson_iter_next(&stage)) {
    out += (out.size() == 1 ? "" : ",") + json_of(DocumentView(stage).get());
  }
  return out + "]";
}

// Of `SELECT * FROM t WHERE condition`.
std::string match(std::string_view condition, const Params& params = {}) {
  std::string stages = pipeline("SELECT * FROM t WHERE " + std::string(condition), params);
  constexpr std::string_view kBefore = R"([{"$match":)";
  if (!stages.starts_with(kBefore)) return stages;
  return stages.substr(kBefore.size(), stages.size() - kBefore.size() - 2);
}

TEST(MongodbSelect, ProjectsAndSorts) {
  EXPECT_EQ(pipeline("SELECT * FROM t"), "[]");
  EXPECT_EQ(
      pipeline("SELECT x.a, b.c AS d FROM t x ORDER BY a DESC, d LIMIT 5 OFFSET 2"),
      R"([{"$sort":{"a":-1,"b.c":1}},{"$skip":2},{"$limit":5},{"$project":{"_id":0,"c0":"$a","c1":"$b.c"}}])");
  EXPECT_EQ(
      pipeline("SELECT a + 1 AS n FROM t ORDER BY n"),
      R"([{"$project":{"_id":0,"c0":{"$add":["$a",{"$literal":1}]},"s0":{"$add":["$a",{"$literal":1}]}}},)"
      R"({"$sort":{"s0":1}}])");
}

TEST(MongodbSelect, ComparesAsSqlDoes) {
  EXPECT_EQ(match("a = 1"), R"({"a":{"$eq":1}})");
  EXPECT_EQ(match("1 < a"), R"({"a":{"$gt":1}})");
  EXPECT_EQ(match("a <> 'x'"), R"({"a":{"$nin":["x",null]}})");
  EXPECT_EQ(match("NOT a >= 5"), R"({"a":{"$lt":5}})");
  EXPECT_EQ(match("a = NULL"), R"({"_id":{"$in":[]}})");
  EXPECT_EQ(match("a IS NULL"), R"({"a":{"$eq":null}})");
  EXPECT_EQ(match("NOT a IS NULL"), R"({"a":{"$ne":null}})");
  EXPECT_EQ(match("a IN (1, NULL)"), R"({"a":{"$in":[1]}})");
  EXPECT_EQ(match("a NOT IN (1, 2)"), R"({"a":{"$nin":[1,2,null]}})");
  EXPECT_EQ(match("a NOT IN (1, NULL)"), R"({"_id":{"$in":[]}})");
  EXPECT_EQ(match("NOT (a = 1 AND b)"), R"({"$or":[{"a":{"$nin":[1,null]}},{"b":{"$eq":false}}]})");
  EXPECT_EQ(match("a NOT BETWEEN 1 AND 2"), R"({"$or":[{"a":{"$lt":1}},{"a":{"$gt":2}}]})");
  EXPECT_EQ(match("a > b"),
            R"({"$expr":{"$and":[{"$gt":["$a",null]},{"$gt":["$b",null]},{"$gt":["$a","$b"]}]}})");
}

TEST(MongodbSelect, TranslatesLike) {
  EXPECT_EQ(match("a LIKE 'x.%'"), R"({"a":{"$regularExpression":{"pattern":"^x\\.","options":"s"}}})");
  EXPECT_EQ(match("a ILIKE '%_y'"), R"({"a":{"$regularExpression":{"pattern":".y\\z","options":"is"}}})");
  EXPECT_EQ(match(R"(a LIKE '10\%')"), R"({"a":{"$regularExpression":{"pattern":"^10%\\z","options":"s"}}})");
}

TEST(MongodbSelect, ReadsTextsAsWhatTheFieldMayHold) {
  EXPECT_EQ(match("a >= '2025-01-02'"),
            R"({"$or":[{"a":{"$gte":"2025-01-02"}},{"a":{"$gte":{"$date":"2025-01-02T00:00:00Z"}}}]})");
  EXPECT_EQ(match("a = DATE '2025-01-02'"), R"({"a":{"$eq":{"$date":"2025-01-02T00:00:00Z"}}})");
  EXPECT_EQ(match("a = '4ed6e99f5e7819056416412d'"),
            R"({"a":{"$in":["4ed6e99f5e7819056416412d",{"$oid":"4ed6e99f5e7819056416412d"}]}})");
}

TEST(MongodbSelect, BindsParametersAsValues) {
  EXPECT_EQ(match("a = $1", {"$where"}), R"({"a":{"$eq":"$where"}})");
  EXPECT_EQ(match("a = $1", {nullptr}), R"({"_id":{"$in":[]}})");
  EXPECT_EQ(match("a = ANY($1)", {Value::List{1, 2}}), R"({"a":{"$in":[1,2]}})");
  EXPECT_EQ(match("a = $1", {Json{R"({"$gt": ""})"}}),
            "invalid_argument: a value has a key that begins with $, which would be an operator");
  EXPECT_EQ(pipeline("SELECT $1 AS x FROM t", {"$name"}),
            R"([{"$project":{"_id":0,"c0":{"$literal":"$name"}}}])");
  EXPECT_TRUE(match("a = $2", {1}).starts_with("invalid_argument: the statement has 2 parameters"));
  EXPECT_TRUE(pipeline("SELECT * FROM t LIMIT $1", {-1}).starts_with("invalid_argument"));
}

TEST(MongodbSelect, Groups) {
  EXPECT_EQ(pipeline("SELECT a, count(*) FROM t GROUP BY a HAVING count(*) > 2 ORDER BY count(*) DESC"),
            R"([{"$group":{"_id":{"g0":{"$ifNull":["$a",null]}},"a0":{"$sum":1}}},)"
            R"({"$project":{"_id":0,"g0":"$_id.g0","a0":"$a0"}},{"$match":{"a0":{"$gt":2}}},)"
            R"({"$sort":{"a0":-1}},{"$project":{"_id":0,"c0":"$g0","c1":"$a0"}}])");
  EXPECT_EQ(pipeline("SELECT DISTINCT a FROM t"),
            R"([{"$group":{"_id":{"c0":{"$ifNull":["$a",null]}}}},{"$project":{"_id":0,"c0":"$_id.c0"}}])");
  EXPECT_TRUE(pipeline("SELECT a, b FROM t GROUP BY a").starts_with("syntax_error: `b` must be in GROUP BY"));
}

// Each lower() writes its argument twice, so thirty of them would be a billion.
TEST(MongodbSelect, RefusesWhatWouldNestTooDeeplyOrBecomeTooLarge) {
  const auto nested = [](std::string_view before, int times, std::string text, std::string_view behind) {
    for (int i = 0; i < times; ++i)
      text = std::string(before) + text + std::string(behind);
    return text;
  };
  for (const std::string& value : {nested("lower(", 30, "a", ")"), nested("lower(", 15, "a", ")"),
                                   nested("abs(", 60, "a", ")"), nested("", 60, "a", " + a")}) {
    EXPECT_TRUE(pipeline("SELECT " + value + " FROM t").starts_with("limit_exceeded: ")) << value;
    EXPECT_TRUE(match(value + " = '1'").starts_with("limit_exceeded: ")) << value;
  }
  const std::string condition = nested("(b = 1 AND (c = 2 OR ", 30, "a = 3", "))");
  EXPECT_TRUE(match(condition).starts_with("limit_exceeded: "));
  EXPECT_TRUE(pipeline("SELECT " + nested("", 30, "a", " + a") + " FROM t").starts_with("[{"));
}

TEST(MongodbSelect, NamesWhatItCannot) {
  const std::pair<const char*, const char*> cases[] = {
      {"SELECT * FROM a JOIN b ON a.x = b.x", "JOIN"},
      {"SELECT * FROM a, b", "more than one collection"},
      {"SELECT * FROM (SELECT 1) s", "a subquery in FROM"},
      {"SELECT (SELECT 1) FROM a", "a subquery"},
      {"WITH x AS (SELECT 1) SELECT * FROM x", "WITH"},
      {"SELECT a FROM x UNION SELECT b FROM y", "UNION"},
      {"SELECT rank() OVER (ORDER BY a) FROM x", "a window function"},
      {"SELECT CASE WHEN a = 1 THEN 2 END FROM x", "CASE"},
      {"SELECT a::int FROM x", "a cast"},
      {"SELECT pg_sleep(1) FROM x", "pg_sleep()"},
      {"SELECT 1", "SELECT without FROM"},
      {"SELECT a[1] FROM x", "a subscript"},
      {"SELECT DISTINCT ON (a) a FROM x", "DISTINCT ON"},
      {"SELECT a FROM x FOR UPDATE", "FOR UPDATE"},
      {"SELECT a FROM x ORDER BY a NULLS LAST", "NULLS LAST"},
      {"EXPLAIN SELECT * FROM x", "EXPLAIN"},
  };
  for (const auto& [sql, construct] : cases) {
    const std::string answer = pipeline(sql);
    EXPECT_TRUE(answer.starts_with("unsupported: ")) << sql << "\n" << answer;
    EXPECT_NE(answer.find(construct), std::string::npos) << sql << "\n" << answer;
  }
  for (const char* sql : {"DELETE FROM x", "SELECT * INTO y FROM x", "DROP TABLE x", "BEGIN"})
    EXPECT_TRUE(pipeline(sql).starts_with("read_only: ")) << sql;
}

}  // namespace
}  // namespace penstock::mongodb
