// Callers of different grants on one PostgreSQL datasource that can be written.
#include <gmock/gmock.h>

#include "integration/postgresql_site.hpp"

namespace penstock::test {
namespace {

class PostgresqlGrant : public PostgresqlTest {
 protected:
  PostgresqlGrant() {
    keys_ = {.connection = {{"max_pool_size", "1"}, {"allow_functions", "customer_db.bump"}},
             .datasource = {{"access", "read_write"}}};
  }
  void SetUp() override {
    PostgresqlTest::SetUp();
    if (IsSkipped()) return;
    site().run(
        "CREATE TABLE accounts_db.accounts (id int PRIMARY KEY, owner int);"
        "INSERT INTO accounts_db.accounts VALUES (1, 1);"
        "CREATE FUNCTION bump() RETURNS int LANGUAGE sql AS "
        "$$ INSERT INTO customer_db.people VALUES (99, 'bumped') RETURNING id $$;");
  }
  static QueryOptions as(std::vector<std::string> databases, Access access) {
    QueryOptions options;
    options.grant = std::make_shared<const Grant>(Grant{NameSet(std::move(databases)), access});
    return options;
  }
  ErrorCode refusal(std::string_view sql, const QueryOptions& options) {
    const QueryResult result = query(sql, {}, options);
    EXPECT_FALSE(result.success) << sql;
    return result.code.value_or(ErrorCode::internal);
  }

  const QueryOptions reader_ = as({"*"}, Access::read_only);
  const QueryOptions writer_ = as({"*"}, Access::read_write);
  const QueryOptions customers_ = as({"customer_db"}, Access::read_write);
};

TEST_F(PostgresqlGrant, AReaderIsHeldByTheAnalysisAndByTheEngine) {
  const std::string insert = "INSERT INTO people VALUES (50, 'x')";
  EXPECT_TRUE(query(insert, {}, writer_).success);
  EXPECT_EQ(refusal(insert, reader_), ErrorCode::read_only);
  // What no analysis can see: the function writes, and may be called.
  EXPECT_EQ(refusal("SELECT customer_db.bump()", reader_), ErrorCode::read_only);
  EXPECT_EQ(answer("SELECT count(*) FROM people WHERE id = 99"), "0");
  EXPECT_TRUE(query("SELECT customer_db.bump()", {}, writer_).success);
  EXPECT_EQ(answer("SELECT count(*) FROM people WHERE id = 99"), "1");
  EXPECT_EQ(refusal("SELECT customer_db.bump()", reader_), ErrorCode::read_only);
  EXPECT_TRUE(query("SELECT * FROM people", {}, reader_).success);
}

TEST_F(PostgresqlGrant, NoStatementReachesBeyondIt) {
  EXPECT_TRUE(query("SELECT * FROM accounts_db.accounts", {}, writer_).success);
  for (const char* sql :
       {"SELECT * FROM accounts_db.accounts", "SELECT * FROM ACCOUNTS_DB.accounts",
        "SELECT (SELECT max(id) FROM accounts_db.accounts) FROM people",
        "WITH a AS (SELECT * FROM \"accounts_db\".accounts) SELECT * FROM a",
        "INSERT INTO people SELECT id, 'x' FROM accounts_db.accounts", "DELETE FROM accounts_db.accounts",
        "UPDATE people SET name = 'x' FROM accounts_db.accounts a WHERE a.id = people.id",
        "CREATE VIEW v AS SELECT * FROM accounts_db.accounts", "SELECT NULL::accounts_db.accounts",
        "SELECT * FROM information_schema.tables", "SELECT relname FROM pg_class",
        "SELECT 'accounts_db.accounts'::regclass", "SELECT to_regclass('accounts_db.accounts')",
        "SELECT pg_get_viewdef(1)", "EXPLAIN SELECT * FROM accounts_db.accounts"})
    EXPECT_EQ(refusal(sql, customers_), ErrorCode::forbidden) << sql;
  // The same words as for a schema that there is not.
  const std::string hidden = query("SELECT * FROM accounts_db.accounts", {}, customers_).error;
  std::string missing = query("SELECT * FROM accounts_dc.accounts", {}, customers_).error;
  missing.replace(missing.find("accounts_dc"), 11, "accounts_db");
  EXPECT_EQ(hidden, missing);
  EXPECT_TRUE(query("SELECT relname FROM pg_class LIMIT 1", {}, writer_).success);
  EXPECT_EQ(answer("SELECT count(*) FROM accounts_db.accounts"), "1");
}

}  // namespace
}  // namespace penstock::test
