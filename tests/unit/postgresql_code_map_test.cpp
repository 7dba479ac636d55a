#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "datasources/postgresql/code_map.hpp"
#include "unit/postgresql_analysis_fixture.hpp"

namespace penstock::postgresql::test {
namespace {

/// As the probe fills it for a bank with a view, a function and a table that shares its schema with
/// extensions.
CodeMap bank_map() {
  CodeMap map;
  map.add("plain", "customers_v2", "customers");
  map.add("code", "customers_v2", "rich");
  map.add("plain", "accounts_db", "accounts");
  map.add("plain", "extensions", "spatial_ref_sys");
  map.add("plain", "extensions", "secrets");
  map.add("code", "extensions", "customers");
  map.add("code", "extensions", "geometry_columns");
  map.add("function", "customers_v2", "initcap");
  map.add("function", "customers_v2", "nickname");
  map.add("function", "accounts_db", "upper");
  return map;
}

Result<bool> judge(const CodeMap& map, std::string_view sql) {
  const std::vector<std::string> path{"customers_v2", "extensions"};
  const auto analysis = analyze(sql);
  EXPECT_TRUE(analysis) << sql << outcome(analysis);
  return map.reaches_code(*analysis, path);
}

TEST(PostgresqlCodeMap, PlainTablesAndBuiltinsRunNothing) {
  const CodeMap map = bank_map();
  for (const char* sql : {"SELECT 1", "SELECT lower(name) FROM customers", "SELECT c.name FROM customers c",
                          "SELECT * FROM customers_v2.customers, accounts_db.accounts", "SELECT upper('a')",
                          "WITH unknown AS (SELECT 1) SELECT * FROM unknown", "SELECT * FROM pg_class",
                          "SELECT pg_catalog.initcap('a')", "SELECT * FROM spatial_ref_sys",
                          "SELECT * FROM information_schema.tables"}) {
    EXPECT_EQ(judge(map, sql), false) << sql;
  }
}

TEST(PostgresqlCodeMap, ViewsShadowsFieldsAndTheUnknownMayRunAnything) {
  const CodeMap map = bank_map();
  for (const char* sql :
       {"SELECT * FROM rich", "SELECT * FROM customers_v2.rich", "SELECT initcap(name) FROM customers",
        "SELECT c.nickname FROM customers c", "SELECT (c).nickname FROM customers c",
        "SELECT * FROM made_just_now", "SELECT * FROM accounts_db.customers", "SELECT risk_score(1)",
        "SELECT 1 OPERATOR(accounts_db.+) 2", "SELECT * FROM geometry_columns"}) {
    EXPECT_EQ(judge(map, sql), true) << sql;
  }
}

TEST(PostgresqlCodeMap, FindsTablesThatAreReadBesideTheDatabase) {
  const auto strayed = judge(bank_map(), "SELECT * FROM secrets");
  ASSERT_FALSE(strayed);
  EXPECT_EQ(strayed.error().code, ErrorCode::forbidden);
  EXPECT_NE(strayed.error().message.find("extensions"), std::string::npos);
}

TEST(PostgresqlCodeMap, RefusesTheCallsOfFieldsThatNobodyAllowed) {
  CodeMap map = bank_map();
  for (const char* name : {"age_of", "risk_score"}) {
    map.add("function", "customers_v2", name);
    map.add("callable", "customers_v2", name);
  }
  map.add("function", "accounts_db", "hidden");
  map.add("callable", "accounts_db", "hidden");
  for (const char* sql : {"SELECT c.age_of FROM customers c", "SELECT ('x'::text).age_of"}) {
    const auto called = judge(map, sql);
    ASSERT_FALSE(called) << sql;
    EXPECT_EQ(called.error().code, ErrorCode::forbidden);
    EXPECT_NE(called.error().hint.find("customers_v2.age_of"), std::string::npos) << called.error().hint;
  }
  EXPECT_EQ(judge(map, "SELECT c.risk_score FROM customers c"), true) << "allow_functions names it";
  EXPECT_EQ(judge(map, "SELECT c.hidden FROM customers c"), false) << "not in the search path";
  EXPECT_EQ(judge(map, "SELECT age_of FROM customers"), false) << "can only be a column";
}

TEST(PostgresqlCodeMap, OperatorsOfASchemaAndCastsTouchEverything) {
  CodeMap operators = bank_map();
  operators.add("operator", "accounts_db", "");
  EXPECT_EQ(judge(operators, "SELECT 1 + 1"), false) << "not in the search path";
  operators.add("operator", "extensions", "");
  EXPECT_EQ(judge(operators, "SELECT 1"), true);
  CodeMap casts = bank_map();
  casts.add("everywhere", "", "cast");
  EXPECT_EQ(judge(casts, "SELECT 1"), true);
}

TEST(PostgresqlCodeMap, TakesOnlyTheRowsOfItsProbe) {
  CodeMap map;
  EXPECT_TRUE(map.add("plain", "a", "b"));
  EXPECT_FALSE(map.add("table", "a", "b"));
  // A name cannot pose as another by where its schema ends.
  map.add("plain", "customers_v2.a", "b");
  EXPECT_EQ(judge(map, "SELECT * FROM customers_v2.\"a.b\""), true);
}

}  // namespace
}  // namespace penstock::postgresql::test
