// What is told of a statement before DuckDB runs it: EXPLAIN, bounds, the tree that its parser makes.
#include <gtest/gtest.h>

#include "datasources/duckdb/functions.hpp"
#include "datasources/duckdb/number_text.hpp"
#include "datasources/duckdb/options.hpp"
#include "datasources/duckdb/statement_text.hpp"
#include "datasources/duckdb/syntax_tree.hpp"

namespace penstock::duckdb {
namespace {

TEST(DuckDbText, ExplainIsCutOffWithItsOptionsAlone) {
  const auto behind = [](std::string_view sql) {
    const Explained explained = split_explain(sql);
    return explained.explains ? std::string(explained.statement) : "none";
  };
  EXPECT_EQ(behind("SELECT 1"), "none");
  EXPECT_EQ(behind("EXPLAINED"), "none");
  EXPECT_EQ(behind(" /* a /* b */ */ -- c\n explain SELECT 1"), "SELECT 1");
  EXPECT_EQ(behind("EXPLAIN ANALYZE SELECT 1"), "SELECT 1");
  EXPECT_EQ(behind("EXPLAIN ANALYZE ANALYZE"), "ANALYZE");
  EXPECT_EQ(behind("EXPLAIN (FORMAT json) SELECT 1"), "SELECT 1");
  EXPECT_EQ(behind("EXPLAIN (analyze, format JSON) SELECT 1"), "SELECT 1");
  EXPECT_EQ(behind("EXPLAIN (SELECT 1)"), "(SELECT 1)");
  EXPECT_EQ(behind("EXPLAIN (FORMAT 'json') SELECT 1"), "(FORMAT 'json') SELECT 1");
  EXPECT_EQ(behind("EXPLAIN EXPLAIN SELECT 1"), "EXPLAIN SELECT 1");
  EXPECT_EQ(behind("EXPLAIN /* open"), "");
}

TEST(DuckDbText, BoundsOfAStatement) {
  EXPECT_TRUE(check_text("SELECT 1"));
  EXPECT_EQ(check_text(std::string(kMaxSqlBytes + 1, ' ')).error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(check_text(std::string_view("a\0b", 3)).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(check_text("\xFF").error().code, ErrorCode::invalid_argument);
  std::string many;
  for (int i = 0; i < 1'001; ++i)
    many += ", x AS\n( ";
  EXPECT_EQ(check_text(many).error().code, ErrorCode::limit_exceeded);
}

TEST(DuckDbTree, NamesTablesAndFunctionsWhereverTheyLie) {
  const auto tree = read_syntax_tree(
      R"({"error":false,"statements":[{"node":{"type":"SELECT_NODE","select_list":[{"class":"FUNCTION","type":"FUNCTION",)"
      R"("function_name":"lower","children":[{"class":"CONSTANT","type":"VALUE_CONSTANT","value":)"
      R"({"type":{"id":"VARCHAR"},"is_null":false,"value":"{\"type\":\"BASE_TABLE\",\"table_name\":\"forged\"}"}}]}],)"
      R"("from_table":{"type":"JOIN","left":{"type":"BASE_TABLE","schema_name":"a\u0022b","table_name":"t"},)"
      R"("right":{"type":"TABLE_FUNCTION","function":{"class":"FUNCTION","type":"FUNCTION","function_name":"range"}}}}}]})");
  ASSERT_TRUE(tree) << tree.error().message;
  EXPECT_EQ(tree->statements, 1U);
  ASSERT_EQ(tree->tables.size(), 1U);
  EXPECT_EQ(tree->tables[0].schema, "a\"b");
  EXPECT_EQ(tree->tables[0].name, "t");
  ASSERT_EQ(tree->functions.size(), 2U);
  EXPECT_FALSE(tree->functions[0].reads_table);
  EXPECT_EQ(tree->functions[1].name, "range");
  EXPECT_TRUE(tree->functions[1].reads_table);
}

TEST(DuckDbTree, TypesSayWhereTheyAre) {
  const auto tree = read_syntax_tree(
      R"({"statements":[{"node":{"type":"SELECT_NODE","select_list":[
        {"class":"CAST","type":"OPERATOR_CAST","cast_type":{"id":"INTEGER"}},
        {"class":"CAST","type":"OPERATOR_CAST","cast_type":{"id":"USER","type_info":
          {"type":"USER_TYPE_INFO","user_type_name":"plain"}}},
        {"class":"CAST","type":"OPERATOR_CAST","cast_type":{"id":"STRUCT","type_info":
          {"type":"STRUCT_TYPE_INFO","child_types":[{"first":"a","second":{"id":"USER","type_info":
            {"type":"USER_TYPE_INFO","user_type_name":"mood","catalog":"c","schema":"s"}}}]}}}]}}]})");
  ASSERT_TRUE(tree) << tree.error().message;
  ASSERT_EQ(tree->types.size(), 1U);
  EXPECT_EQ(tree->types[0].catalog, "c");
  EXPECT_EQ(tree->types[0].schema, "s");
  EXPECT_EQ(tree->types[0].name, "mood");
}

TEST(DuckDbTree, WhatNobodyReviewedIsUnsupported) {
  for (const char* json : {R"({"statements":[{"node":{"type":"NEW_NODE"}}]})",
                           R"({"statements":[{"node":{"class":"NEW_CLASS","type":"X"}}]})"}) {
    const auto tree = read_syntax_tree(json);
    ASSERT_FALSE(tree);
    EXPECT_EQ(tree.error().code, ErrorCode::unsupported);
  }
}

TEST(DuckDbTree, WhatIsNoTreeIsAnError) {
  for (const char* json : {"{", "]", R"({"a":"b)", R"({"a":"\u00e9"})", "[{]}"})
    EXPECT_FALSE(read_syntax_tree(json)) << json;
}

TEST(DuckDbFunctions, OperatorsPassAndSoDoesWhatIsListed) {
  for (const char* name : {"+", "||", "->>", "lower", "LOWER", "row_number", "list_transform", "sum"})
    EXPECT_TRUE(may_call(name)) << name;
  for (const char* name : {"nextval", "getenv", "current_setting", "read_text", "finalize", "", "no_such",
                           "format_type", "from_json", "json_transform_strict"})
    EXPECT_EQ(may_call(name), *name == '\0') << name;
  for (const char* name : {"read_csv", "glob", "query", "arrow_scan", "duckdb_settings", "lower", "histogram",
                           "histogram_values"})
    EXPECT_FALSE(may_read_from(name)) << name;
}

TEST(DuckDbNumbers, AreExact) {
  const auto decimal = [](Int128 value, unsigned scale) {
    char digits[kMaxDecimalText];
    return std::string(digits, write_decimal(digits, value, scale));
  };
  EXPECT_EQ(decimal(0, 0), "0");
  EXPECT_EQ(decimal(-1250, 2), "-12.50");
  EXPECT_EQ(decimal(5, 3), "0.005");
  EXPECT_EQ(decimal(-5, 1), "-0.5");
  EXPECT_EQ(decimal(100, 2), "1.00");
  const Int128 lowest = static_cast<Int128>(UInt128{1} << 127U);
  EXPECT_EQ(decimal(lowest, 0), "-170141183460469231731687303715884105728");
  EXPECT_EQ(decimal(lowest, 38), "-1.70141183460469231731687303715884105728");
  EXPECT_EQ(decimal(Int128{1'000'000'000'000'000'000} * 10, 0), "10000000000000000000");
  EXPECT_EQ(bit_text(std::string_view("\x03\xED", 2)), "01101");
  EXPECT_EQ(bit_text({}), "");
  EXPECT_EQ(bignum_text(std::string_view("\x80\x00\x02\x01\x00", 5)), "256");
  EXPECT_EQ(bignum_text(std::string_view("\x7F\xFF\xFD\xFE\xFF", 5)), "-256");
}

TEST(DuckDbOptions, MistakesAreNamed) {
  DataSourceConfig config{.name = "lake", .type = "duckdb", .access = Access::read_write};
  config.connection.set("path", std::filesystem::path("lake"));
  config.databases = {{"memory", "memory"}, {"main", "main"}, {"ok", "../up"}, {"fine", "main"}};
  std::vector<std::string> keys;
  for (const SettingProblem& problem : type_spec().check(config)) {
    std::string key;
    for (const std::string& part : problem.key)
      key += "/" + part;
    keys.push_back(key);
  }
  EXPECT_EQ(keys, (std::vector<std::string>{"/access", "/databases/memory", "/databases/main",
                                            "/databases/ok/schema"}));
  EXPECT_FALSE(read_options(config));
}

}  // namespace
}  // namespace penstock::duckdb
