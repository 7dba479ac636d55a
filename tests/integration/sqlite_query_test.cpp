// Queries on real files: rows, types, names across databases, parameters.
#include <thread>

#include "sqlite_bank.hpp"

namespace penstock::sqlite {
namespace {

using SqliteQuery = SqliteBank;

TEST_F(SqliteQuery, AnswersFromTheFileOfItsDatabase) {
  TestSource bank = this->bank();
  EXPECT_EQ(bank.text("SELECT id, name FROM customers ORDER BY id", "customer_db"), "1|Ada\n2|Grace");
  EXPECT_EQ(bank.text("SELECT count(*) FROM accounts", "accounts_db"), "3");
  EXPECT_EQ(bank.text("SELECT name FROM customers WHERE id = ?", "customer_db", {2}), "Grace");
  EXPECT_EQ(bank.text("SELECT name FROM customers WHERE id = ?", "customer_db", {3}), "");
}

TEST_F(SqliteQuery, TakesASingleStatementWithTrailingSemicolonsAndComments) {
  TestSource bank = this->bank();
  EXPECT_EQ(bank.text("/* a */ SELECT 1; ; -- done", "customer_db"), "1");
  EXPECT_EQ(bank.text("VALUES (1, 'a'), (2, 'b')", "customer_db"), "1|a\n2|b");
  EXPECT_EQ(bank.text("WITH t(x) AS (SELECT 1) SELECT x FROM t", "customer_db"), "1");
}

TEST_F(SqliteQuery, TypesColumnsByTheirDeclaration) {
  TestSource bank = this->bank();
  const auto answer = bank.run("SELECT * FROM customers ORDER BY id", "customer_db");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->type(0), TypeId::int64);
  EXPECT_EQ(answer->type(1), TypeId::string);
  EXPECT_EQ(answer->type(2), TypeId::date);
  EXPECT_EQ(answer->type(3), TypeId::float64);
  EXPECT_EQ(answer->schema->field(3).native_type, "DECIMAL(10,2)");
  EXPECT_EQ(answer->text(), "1|Ada|1815-12-10|12.5\n2|Grace|1906-12-09|7.0");
}

TEST_F(SqliteQuery, JoinsAcrossTheDatabasesOfTheFolder) {
  TestSource bank = this->bank();
  EXPECT_EQ(
      bank.text(
          "SELECT c.name, count(*) FROM customers c JOIN accounts_db.accounts a ON a.customer_id = c.id "
          "GROUP BY c.id ORDER BY c.id",
          "customer_db"),
      "Ada|2\nGrace|1");
  EXPECT_EQ(
      bank.text("SELECT customer_db.customers.name FROM customer_db.customers WHERE id = 1", "customer_db"),
      "Ada");
  EXPECT_EQ(bank.text("SELECT kind FROM accounts_db.kinds ORDER BY kind", "customer_db"), "current\nsavings");
}

TEST_F(SqliteQuery, AnUnqualifiedNameNeverMeansAnotherDatabase) {
  TestSource bank = this->bank();
  const Error error =
      bank.error("SELECT * FROM customers c JOIN accounts_db.accounts a, accounts WHERE accounts.id = a.id",
                 "customer_db");
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_EQ(error.message, "table `accounts` is not in customer_db; write accounts_db.accounts");
}

}  // namespace
}  // namespace penstock::sqlite
