// What a statement that cannot run is answered: code, SQLSTATE, words, and the nearest name.
#include <gmock/gmock.h>

#include "sqlite_bank.hpp"

namespace penstock::sqlite {
namespace {

using SqliteErrors = SqliteBank;

TEST_F(SqliteErrors, NamesWhatIsMissing) {
  TestSource source = bank();
  struct Case {
    std::string_view sql;
    ErrorCode code;
    std::string_view sqlstate;
    std::string_view message;
    std::string_view hint;
  };
  for (const auto& [sql, code, sqlstate, message, hint] : {
           Case{"SELECT * FROM costumers", ErrorCode::not_found, "42P01",
                "there is no table `costumers` in customer_db", "did you mean `customers`?"},
           Case{"SELECT nmae FROM customers", ErrorCode::not_found, "42703",
                "there is no column `nmae` in customer_db, at line 1, column 8", "did you mean `name`?"},
           Case{"SELECT c.bron\nFROM customers c", ErrorCode::not_found, "42703",
                "there is no column `c.bron` in customer_db, at line 1, column 8", "did you mean `born`?"},
           Case{"SELECT uper(name) FROM customers", ErrorCode::not_found, "42883",
                "there is no function `uper` in customer_db, at line 1, column 8", ""},
           Case{"SELECT * FROM accounts_db.acounts", ErrorCode::not_found, "42P01",
                "there is no table `accounts_db.acounts` in customer_db",
                "did you mean `accounts_db.accounts`?"},
           Case{"SELECT id FROM customers a, customers b", ErrorCode::invalid_argument, "42702",
                "ambiguous column name: id, at line 1, column 8: write its table before it", ""},
           Case{"SELECT FROM customers", ErrorCode::syntax_error, "42601",
                "SQLite cannot parse the statement: near \"FROM\": syntax error, at line 1, column 8", ""},
           Case{"SELECT (1", ErrorCode::syntax_error, "42601",
                "SQLite cannot parse the statement: incomplete input", ""},
           Case{"SELECT \"Ada\" FROM customers", ErrorCode::not_found, "42703",
                "there is no column `Ada` in customer_db, at line 1, column 8", ""},
       }) {
    const Error error = source.error(sql, "customer_db");
    EXPECT_EQ(error.code, code) << sql;
    EXPECT_EQ(error.sqlstate, sqlstate) << sql;
    EXPECT_EQ(error.message, message) << sql;
    EXPECT_EQ(error.hint, hint) << sql;
  }
}

TEST_F(SqliteErrors, WhatTheDataSaysStaysInTheServersWords) {
  run_sql(folder / "customer_db.sqlite", "UPDATE customers SET name = '{secret'");
  TestSource source = bank();
  const Error json = source.error("SELECT json_extract(name, '$.a') FROM customers", "customer_db");
  EXPECT_EQ(json.code, ErrorCode::invalid_argument);
  EXPECT_EQ(json.sqlstate, "22032");
  const Error overflow =
      source.error("SELECT abs(id - 1 - 9223372036854775807 - id) FROM customers", "customer_db");
  EXPECT_EQ(overflow.sqlstate, "22003") << overflow.message;
}

TEST_F(SqliteErrors, SaysWhichDatabaseIsMeantOrHasIt) {
  run_sql(folder / "db22.sqlite", "CREATE TABLE only1 (x)");
  run_sql(folder / "db23.sqlite", "CREATE TABLE only3 (x)");
  TestSource source(folder.path(), {"customer_db", "accounts_db", "db22", "db23"});
  struct Case {
    std::string_view sql;
    std::string_view message;
    std::string_view hint;
  };
  for (const auto& [sql, message, hint] : {
           Case{"SELECT * FROM acounts_db.accounts", "there is no database `acounts_db`",
                "did you mean `accounts_db.accounts`?"},
           Case{"SELECT * FROM public.customers", "there is no database `public`",
                "did you mean `customers`?"},
           Case{"SELECT * FROM public.only3", "there is no database `public`",
                "db23 has it: write db23.only3"},
           Case{"SELECT * FROM elsewhere.unknown", "there is no database `elsewhere`", ""},
           Case{"SELECT * FROM Accounts", "there is no table `Accounts` in customer_db",
                "accounts_db has it: write accounts_db.accounts"},
           Case{"SELECT * FROM db22.customer", "there is no table `db22.customer` in customer_db", ""},
           Case{"SELECT * FROM db22.only3", "there is no table `db22.only3` in customer_db",
                "db23 has it: write db23.only3"},
           Case{"SELECT * FROM db22.only2", "there is no table `db22.only2` in customer_db",
                "did you mean `db22.only1`?"},
           Case{"SELECT * FROM pragma_table_info('accounts', 'acounts_db')",
                "there is no database `acounts_db`", "did you mean `accounts_db`?"},
       }) {
    const Error error = source.error(sql, "customer_db");
    EXPECT_EQ(error.code, ErrorCode::not_found) << sql;
    EXPECT_EQ(error.message, message) << sql;
    EXPECT_EQ(error.hint, hint) << sql;
  }
  EXPECT_EQ(
      source.text("SELECT name FROM pragma_table_info('accounts', 'accounts_db') LIMIT 1", "customer_db"),
      "id");
}

TEST_F(SqliteErrors, ShowsTextsThatCarryNoData) {
  TestSource source = bank();
  for (const auto& [sql, text] :
       {std::pair("SELECT name LIKE 'a' ESCAPE 'xx' FROM customers",
                  "ESCAPE expression must be a single character"),
        std::pair("SELECT 'a' LIKE hex(zeroblob(200))", "LIKE or GLOB pattern too complex"),
        std::pair("SELECT json_array(x'00')", "JSON cannot hold BLOB values"),
        std::pair("SELECT json_object(1, 2)", "json_object() labels must be TEXT"),
        std::pair("SELECT ntile(0) OVER () FROM customers",
                  "argument of ntile must be a positive integer")}) {
    const Error error = source.error(sql, "customer_db");
    EXPECT_EQ(error.code, ErrorCode::invalid_argument) << sql;
    EXPECT_EQ(error.message, std::string("SQLite could not finish the statement: ") + text) << sql;
  }
}

TEST_F(SqliteErrors, NamesTheLimitThatAValueBreaks) {
  run_sql(folder / "big.sqlite", "CREATE TABLE t (raw BLOB); INSERT INTO t VALUES (zeroblob(3000000))");
  TestSource source(folder.path(), {"big", "customer_db"});
  source.max_value_bytes = 2'000'000;
  const Error error = source.error("SELECT raw FROM t", "big");
  EXPECT_EQ(error.code, ErrorCode::limit_exceeded);
  EXPECT_EQ(
      error.message,
      "a value has more than 2000000 bytes, the most that one may have here (`max_value_bytes`): select a "
      "part of it, for example with substr(), or leave its column out; length() tells which it is");
  EXPECT_EQ(source.text("SELECT length(raw) FROM t", "big"), "3000000");
}

TEST_F(SqliteErrors, ABadStatementLeavesTheConnectionWhole) {
  TestSource source = bank();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(source.error("SELECT nope", "customer_db").code, ErrorCode::not_found);
    EXPECT_EQ(source.text("SELECT 1", "customer_db"), "1");
  }
  EXPECT_FALSE(source.connection().broken());
}

TEST_F(SqliteErrors, BoundsTheStatement) {
  TestSource source = bank();
  std::string deep = "SELECT 1";
  for (int i = 0; i < 5000; ++i)
    deep += "+1";
  EXPECT_EQ(source.error(deep, "customer_db").code, ErrorCode::limit_exceeded);
  EXPECT_EQ(source.error("SELECT " + std::string(2000, '('), "customer_db").code, ErrorCode::limit_exceeded);
  std::string unions = "SELECT 1";
  for (int i = 0; i < 600; ++i)
    unions += " UNION ALL SELECT 1";
  EXPECT_EQ(source.error(unions, "customer_db").code, ErrorCode::limit_exceeded);
  EXPECT_NE(source.error("SELECT 'a' LIKE '" + std::string(300, '%') + "'", "customer_db").message, "");
}

TEST_F(SqliteErrors, ADatabaseOfAnotherSourceIsNotFound) {
  TestSource source = bank();
  EXPECT_EQ(source.error("SELECT 1", "loans_db").code, ErrorCode::not_found);
}

TEST_F(SqliteErrors, ManyStatementsComeAndGoInTheCache) {
  TestSource source = bank();
  for (int i = 0; i < 600; ++i) {
    const std::string number = std::to_string(i % 300);
    ASSERT_EQ(source.text("SELECT " + number + " + ?", "customer_db", {1}), std::to_string(i % 300 + 1));
  }
}

TEST_F(SqliteErrors, RefusesAConfigurationThatCannotWork) {
  TestSource no_path(std::filesystem::path(), {"db"});
  EXPECT_THROW(static_cast<void>(no_path.source()), std::runtime_error);
  TestSource creates(folder.path(), {"db"});
  creates.config.connection.set("create", true);
  EXPECT_THROW(static_cast<void>(creates.source()), std::runtime_error);
  EXPECT_THROW(static_cast<void>(TestSource(folder.path(), {"temp"}).source()), std::runtime_error);
  EXPECT_THROW(static_cast<void>(TestSource(folder.path(), {"../escape"}).source()), std::runtime_error);
}

}  // namespace
}  // namespace penstock::sqlite
