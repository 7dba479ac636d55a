// What the analysis says of, and to, who may not know of every database.
#include <string>

#include <gtest/gtest.h>

#include "postgresql_analysis_fixture.hpp"

namespace penstock::postgresql::test {
namespace {

TEST(PostgresqlGrant, KnowsWhatTellsOfOtherDatabases) {
  for (const char* sql :
       {"SELECT * FROM information_schema.tables", "SELECT relname FROM pg_class",
        "SELECT 1 FROM pg_catalog.pg_tables", "SELECT to_regclass('accounts_db.accounts')",
        "SELECT 'accounts_db.accounts'::regclass", "SELECT CAST($1 AS pg_catalog.regclass)",
        "SELECT pg_get_viewdef(16384)", "SELECT has_table_privilege('accounts_db.accounts', 'select')",
        "SELECT pg_table_size($1)", "SELECT obj_description(1, 'pg_class')",
        "SELECT 1 WHERE EXISTS (SELECT FROM pg_namespace)", "SELECT pg_describe_object(1, 2, 3)",
        "SELECT regclass('accounts_db.accounts')", "SELECT ('accounts_db.accounts'::text).to_regclass"}) {
    const auto analysis = analyze(sql);
    ASSERT_TRUE(analysis) << sql << ": " << outcome(analysis);
    EXPECT_TRUE(analysis->reads_catalogue) << sql;
  }
  for (const char* sql : {"SELECT * FROM customers", "SELECT pg_typeof(1), pg_size_pretty(1::bigint)",
                          "SELECT to_tsvector('english'::regconfig, name) FROM customers",
                          "SELECT a.id FROM accounts_db.accounts a"}) {
    const auto analysis = analyze(sql);
    ASSERT_TRUE(analysis) << sql << ": " << outcome(analysis);
    EXPECT_FALSE(analysis->reads_catalogue) << sql;
  }
}

TEST(PostgresqlGrant, TellsNobodyOfADatabaseThatIsNotGranted) {
  const Grant some{NameSet({"accounts_db"}), Access::read_only};
  // customer_db lives in the schema customers_v2, which the hint says to who may know.
  const std::string sql = "SELECT * FROM customer_db.customers";
  const auto told = bank_analyzer().analyze({sql, "accounts_db", Access::read_only, nullptr});
  const auto hidden = bank_analyzer().analyze({sql, "accounts_db", Access::read_only, &some});
  ASSERT_FALSE(told);
  ASSERT_FALSE(hidden);
  EXPECT_NE(told.error().hint.find("customers_v2"), std::string::npos);
  EXPECT_EQ(hidden.error().hint, "");
  EXPECT_EQ(hidden.error().code, ErrorCode::forbidden);
  EXPECT_EQ(
      hidden.error().message,
      "'customer_db' is not a logical database; qualify tables by the names that are listed as databases");
}

}  // namespace
}  // namespace penstock::postgresql::test
