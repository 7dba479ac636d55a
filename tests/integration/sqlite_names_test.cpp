// One database per name: what an unqualified name may mean, whatever is attached.
#include "sqlite_bank.hpp"

namespace penstock::sqlite {
namespace {

class SqliteNames : public SqliteBank {
 protected:
  TestSource attached() const {
    TestSource source = bank();
    source.also_named = {"accounts_db"};  // whatever the statement says
    return source;
  }
};

TEST_F(SqliteNames, EveryUnqualifiedUseOfAnotherDatabasesTableIsAnError) {
  TestSource source = attached();
  for (const std::string_view sql :
       {"SELECT * FROM accounts", "SELECT count(*) FROM \"accounts\"", "SELECT 1 FROM 'ACCOUNTS'",
        "SELECT * FROM [Accounts] a", "SELECT 1 WHERE 1 IN accounts", "SELECT (SELECT max(id) FROM accounts)",
        "WITH a AS (SELECT * FROM accounts) SELECT * FROM a", "SELECT * FROM customers, accounts",
        "SELECT * FROM customers WHERE EXISTS (SELECT 1 FROM accounts)",
        "SELECT * FROM accounts_db.accounts UNION ALL SELECT * FROM accounts"}) {
    const Error error = source.error(sql, "customer_db");
    EXPECT_EQ(error.code, ErrorCode::not_found) << sql;
    EXPECT_EQ(error.message, "table `accounts` is not in customer_db; write accounts_db.accounts") << sql;
  }
  EXPECT_EQ(source.error("SELECT * FROM kinds", "customer_db").message,
            "table `kinds` is not in customer_db; write accounts_db.kinds");
}

TEST_F(SqliteNames, NamesThatOnlyLookLikeItAreLeftAlone) {
  TestSource source = attached();
  EXPECT_EQ(source.text("WITH accounts AS (SELECT 7 AS x) SELECT x FROM accounts", "customer_db"), "7");
  EXPECT_EQ(source.text("SELECT accounts.id FROM customers accounts WHERE accounts.id = 1", "customer_db"),
            "1");
  EXPECT_EQ(source.text("SELECT 'accounts', id AS accounts FROM customers WHERE id = 1", "customer_db"),
            "accounts|1");
  EXPECT_EQ(source.text("SELECT accounts.id FROM accounts_db.accounts WHERE accounts.id = 10", "customer_db"),
            "10");
  EXPECT_EQ(source.text("SELECT count(*) FROM accounts_db.kinds", "customer_db"), "2")
      << "a view means the tables of its own database";
}

TEST_F(SqliteNames, ATableThatMainHasWins) {
  run_sql(folder / "customer_db.sqlite",
          "CREATE TABLE accounts (mine); INSERT INTO accounts VALUES ('main')");
  TestSource source = attached();
  EXPECT_EQ(source.text("SELECT * FROM accounts", "customer_db"), "main");
}

TEST_F(SqliteNames, FollowsTablesThatComeAndGo) {
  TestSource source = attached();
  const std::string sql = "SELECT count(*) FROM accounts";
  EXPECT_EQ(source.error(sql, "customer_db").code, ErrorCode::not_found);
  run_sql(folder / "customer_db.sqlite", "CREATE TABLE accounts (mine)");
  EXPECT_EQ(source.text(sql, "customer_db"), "0");
  EXPECT_EQ(source.text(sql, "customer_db"), "0");
  run_sql(folder / "customer_db.sqlite", "DROP TABLE accounts");
  EXPECT_EQ(source.error(sql, "customer_db").message,
            "table `accounts` is not in customer_db; write accounts_db.accounts")
      << "a prepared statement that SQLite prepares anew must not slide into the other database";
  run_sql(folder / "accounts_db.sqlite", "CREATE TABLE loans (x)");
  EXPECT_EQ(source.error("SELECT * FROM loans", "customer_db").code, ErrorCode::not_found);
}

TEST_F(SqliteNames, SqlitesOwnTablesAreGuardedToo) {
  run_sql(folder / "accounts_db.sqlite", "ANALYZE");
  TestSource source = attached();
  EXPECT_EQ(source.error("SELECT * FROM sqlite_stat1", "customer_db").code, ErrorCode::not_found);
  EXPECT_EQ(source.text("SELECT count(*) > 0 FROM accounts_db.sqlite_stat1", "customer_db"), "1");
}

TEST_F(SqliteNames, PragmasMustSayWhichDatabaseTheyMean) {
  TestSource source = attached();
  EXPECT_EQ(source.error("SELECT name FROM pragma_table_info('acc' || 'ounts')", "customer_db").code,
            ErrorCode::forbidden);
  EXPECT_EQ(
      source.text("SELECT name FROM pragma_table_info('accounts', 'accounts_db') LIMIT 1", "customer_db"),
      "id");
  EXPECT_EQ(bank().text("SELECT name FROM pragma_table_info('customers') LIMIT 1", "customer_db"), "id");
}

TEST_F(SqliteNames, TheOtherDatabaseIsOnlyThereForTheStatementThatNamesIt) {
  TestSource source = bank();
  EXPECT_EQ(source.text("SELECT count(*) FROM accounts_db.accounts", "customer_db"), "3");
  EXPECT_EQ(source.error("SELECT * FROM accounts", "customer_db").code, ErrorCode::not_found);
  EXPECT_EQ(source.text("SELECT count(*) FROM sqlite_schema", "customer_db"), "2");
}

TEST_F(SqliteNames, WritesObeyTheSameRule) {
  TestSource source = bank(Access::read_write);
  source.also_named = {"accounts_db"};
  const std::string before = contents_of(folder / "accounts_db.sqlite");
  for (const std::string_view sql :
       {"INSERT INTO accounts VALUES (1, 1, 'x')", "UPDATE accounts SET kind = 'x'", "DELETE FROM accounts",
        "INSERT INTO customers (name) SELECT kind FROM accounts",
        "CREATE TABLE copy AS SELECT * FROM accounts", "DROP TABLE accounts",
        "ALTER TABLE accounts RENAME TO b"}) {
    EXPECT_NE(source.error(sql, "customer_db").message, "") << sql;
  }
  EXPECT_EQ(contents_of(folder / "accounts_db.sqlite"), before);
  EXPECT_EQ(
      source.run("INSERT INTO accounts_db.accounts VALUES (13, 2, 'new')", "customer_db")->affected_rows, 1);
  EXPECT_EQ(source.text("SELECT kind FROM accounts_db.accounts WHERE id = 13", "customer_db"), "new");
  EXPECT_EQ(source.text("ALTER TABLE accounts_db.accounts ADD COLUMN note TEXT", "customer_db"), "");
  EXPECT_EQ(source.text("ALTER TABLE customers RENAME COLUMN born TO birthday", "customer_db"), "");
}

TEST_F(SqliteNames, TriggersMeanTheirOwnDatabase) {
  run_sql(folder / "accounts_db.sqlite",
          "CREATE TABLE log (what); CREATE TRIGGER logged AFTER INSERT ON accounts BEGIN INSERT INTO log "
          "SELECT kind FROM accounts WHERE "
          "id = new.id; END");
  TestSource source = bank(Access::read_write);
  EXPECT_EQ(
      source.text("SELECT * FROM customers, accounts_db.log, (SELECT 1 AS accounts) WHERE 0", "customer_db"),
      "");
  EXPECT_EQ(
      source.run("INSERT INTO accounts_db.accounts VALUES (20, 1, 'traced')", "customer_db")->affected_rows,
      1);
  EXPECT_EQ(source.text("SELECT what FROM accounts_db.log", "customer_db"), "traced");
}

TEST_F(SqliteNames, TwoNamesThatDifferInCaseAloneCannotMeet) {
  run_sql(folder / "Customer_DB.sqlite", "CREATE TABLE t (x)");
  TestSource source(folder.path(), {"customer_db", "Customer_DB"});
  EXPECT_EQ(source.text("SELECT count(*) FROM t", "Customer_DB"), "0") << "each by itself is fine";
  EXPECT_EQ(source.error("SELECT 1 FROM Customer_DB.t", "customer_db").code, ErrorCode::unsupported);
}

TEST_F(SqliteNames, JoinsTenOthersAndNoMore) {
  std::vector<std::string> names;
  for (int i = 0; i < 12; ++i) {
    names.push_back("odd \"db\" " + std::to_string(i));
    run_sql(folder / (names.back() + ".sqlite"),
            "CREATE TABLE t (x); INSERT INTO t VALUES (" + std::to_string(i) + ")");
  }
  TestSource source(folder.path(), names);
  std::string sql = "SELECT x";
  std::string from = " FROM t";
  for (int i = 1; i <= 11; ++i) {
    const std::string number = std::to_string(i);
    from += ", \"odd \"\"db\"\" " + number + "\".t AS t" + number;
    if (i == 10) {
      EXPECT_EQ(source.text("SELECT t10.x" + from, names[0]), "10");
    }
  }
  const Error error = source.error("SELECT 1" + from, names[0]);
  EXPECT_EQ(error.code, ErrorCode::limit_exceeded);
  EXPECT_EQ(
      error.message,
      "the statement names 11 databases beside odd \"db\" 0, and SQLite joins at most 10 to one: split it");
}

}  // namespace
}  // namespace penstock::sqlite
