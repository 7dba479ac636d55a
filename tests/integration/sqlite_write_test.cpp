// read_write access: what it may do, what it answers, and that a failure leaves nothing half done.
#include <thread>

#include "sqlite_bank.hpp"

namespace penstock::sqlite {
namespace {

class SqliteWrite : public SqliteBank {
 protected:
  TestSource source = bank(Access::read_write);
  std::string text(std::string_view sql, const Params& params = {}) {
    return source.text(sql, "customer_db", params);
  }
  std::optional<std::int64_t> affected(std::string_view sql, const Params& params = {}) {
    const auto answer = source.run(sql, "customer_db", params);
    if (!answer) ADD_FAILURE() << answer.error().message;
    return answer ? answer->affected_rows : std::nullopt;
  }
};

TEST_F(SqliteWrite, CountsTheRowsItChanges) {
  EXPECT_EQ(affected("INSERT INTO customers (name) VALUES (?), (?)", {"Edsger", "Barbara"}), 2);
  EXPECT_EQ(affected("UPDATE customers SET balance = 1"), 4);
  EXPECT_EQ(affected("DELETE FROM customers WHERE id > 100"), 0);
  EXPECT_EQ(affected("REPLACE INTO customers (id, name) VALUES (1, 'Ada L.')"), 1);
  EXPECT_EQ(affected("SELECT count(*) FROM customers"), std::nullopt);
  EXPECT_EQ(affected("CREATE INDEX by_name ON customers(name)"), std::nullopt);
  EXPECT_EQ(text("SELECT name FROM customers ORDER BY id"), "Ada L.\nGrace\nEdsger\nBarbara");
}

TEST_F(SqliteWrite, ReturnsRows) {
  const auto answer = source.run(
      "INSERT INTO customers (name) VALUES ('a'), ('b'), ('c') RETURNING id, name, born", "customer_db");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text(), "3|a|NULL\n4|b|NULL\n5|c|NULL");
  EXPECT_EQ(answer->affected_rows, 3);
  EXPECT_EQ(text("DELETE FROM customers WHERE id = 99 RETURNING id"), "");
}

TEST_F(SqliteWrite, AReaderThatIsDroppedLeavesTheWholeWriteDone) {
  source.row_limit = 1;
  ASSERT_TRUE(
      source.run("INSERT INTO customers (name) VALUES ('a'), ('b'), ('c') RETURNING id", "customer_db"));
  source.row_limit.reset();
  EXPECT_EQ(text("SELECT count(*) FROM customers"), "5");
}

TEST_F(SqliteWrite, DefinesTablesIndexesViewsAndTriggers) {
  for (const std::string_view sql : {"CREATE TABLE t (a INTEGER PRIMARY KEY, b)",
                                     "CREATE UNIQUE INDEX i ON t(b)",
                                     "CREATE VIEW v AS SELECT b FROM t",
                                     "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET b = "
                                     "last_insert_rowid() WHERE a = new.a; SELECT 1; END;",
                                     "INSERT INTO t (b) VALUES ('x')",
                                     "ALTER TABLE t ADD COLUMN c",
                                     "ALTER TABLE t RENAME COLUMN c TO d",
                                     "ALTER TABLE t DROP COLUMN d",
                                     "ALTER TABLE t RENAME TO u",
                                     "REINDEX",
                                     "ANALYZE",
                                     "DROP TRIGGER g",
                                     "DROP VIEW v",
                                     "DROP INDEX i",
                                     "DROP TABLE u",
                                     "CREATE VIRTUAL TABLE f USING fts5(body)",
                                     "INSERT INTO f VALUES ('one two'), ('three')",
                                     "DROP TABLE f",
                                     "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1)",
                                     "INSERT INTO r VALUES (1, 0, 2)",
                                     "DROP TABLE r"}) {
    const auto answer = source.run(sql, "customer_db");
    EXPECT_TRUE(answer) << sql << ": "
                        << (answer ? "" : answer.error().message + " / " + answer.error().server_message);
  }
}

TEST_F(SqliteWrite, AFailureChangesNothing) {
  const std::string before = text("SELECT * FROM customers");
  const Error error =
      source.error("INSERT OR FAIL INTO customers (id, name) VALUES (7, 'x'), (1, 'y')", "customer_db");
  EXPECT_EQ(error.code, ErrorCode::constraint);
  EXPECT_EQ(error.sqlstate, "23505");
  EXPECT_EQ(text("SELECT * FROM customers"), before) << "even where SQLite would keep the first row";
  EXPECT_EQ(
      source.error("INSERT OR ROLLBACK INTO customers (id, name) VALUES (7, 'x'), (1, 'y')", "customer_db")
          .code,
      ErrorCode::constraint);
  EXPECT_EQ(source.error("INSERT INTO customers (name) VALUES (?)", "customer_db").code,
            ErrorCode::invalid_argument);
  EXPECT_EQ(text("SELECT * FROM customers"), before);
}

TEST_F(SqliteWrite, NamesTheConstraint) {
  run_sql(
      folder / "customer_db.sqlite",
      "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p, q CHECK (q > 0), r UNIQUE);"
      "CREATE TRIGGER no BEFORE DELETE ON customers BEGIN SELECT RAISE(ABORT, 'secret of the trigger'); END;"
      "INSERT INTO c (r) VALUES (1)");
  struct Case {
    std::string_view sql;
    std::string_view sqlstate;
    std::string_view message;
  };
  for (const auto& [sql, sqlstate, message] : {
           Case{"INSERT INTO customers (name) VALUES (NULL)", "23502",
                "the write was refused and nothing was changed: a column that must have a value would have "
                "none (customers.name)"},
           Case{"INSERT INTO c (p) VALUES (9)", "23503",
                "the write was refused and nothing was changed: a foreign key would point to nothing"},
           Case{"INSERT INTO c (q) VALUES (0)", "23514",
                "the write was refused and nothing was changed: a CHECK constraint does not hold (q > 0)"},
           Case{"INSERT INTO c (r) VALUES (1)", "23505",
                "the write was refused and nothing was changed: a row with the same value is there already "
                "(c.r)"},
           Case{"DELETE FROM customers", "P0001",
                "the write was refused and nothing was changed: a trigger of the table refused it"},
       }) {
    const Error error = source.error(sql, "customer_db");
    EXPECT_EQ(error.code, ErrorCode::constraint) << sql;
    EXPECT_EQ(error.sqlstate, sqlstate) << sql;
    EXPECT_EQ(error.message, message) << sql;
  }
}

TEST_F(SqliteWrite, ADeadlineUndoesAWrite) {
  source.deadline = Deadline::after(std::chrono::milliseconds(100));
  const Error error = source.error(
      "INSERT INTO customers (name) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i "
      "FROM n",
      "customer_db");
  EXPECT_EQ(error.code, ErrorCode::timeout);
  source.deadline = Deadline::never();
  EXPECT_EQ(text("SELECT count(*) FROM customers"), "2");
  EXPECT_NO_THROW(run_sql(folder / "customer_db.sqlite", "UPDATE customers SET balance = 0"))
      << "no lock is left";
}

TEST_F(SqliteWrite, ReadOnlyAccessOfOneCallHoldsOnAReadWriteDatasource) {
  const std::string_view sql = "DELETE FROM customers";
  EXPECT_EQ(source.source().analyze({sql, "customer_db", Access::read_only}).error().code,
            ErrorCode::read_only);
  const Analysis analysis;
  const Params none;
  const Execution execution{.sql = sql,
                            .database = "customer_db",
                            .params = none,
                            .analysis = analysis,
                            .access = Access::read_only};
  const auto reader = source.connection().execute(execution);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, ErrorCode::read_only);
}

TEST_F(SqliteWrite, WritesAcrossDatabasesAllOrNothing) {
  run_sql(folder / "accounts_db.sqlite",
          "CREATE TABLE copy (id INTEGER PRIMARY KEY, name TEXT CHECK (name <> 'Grace'))");
  EXPECT_EQ(
      source.error("INSERT INTO accounts_db.copy SELECT id, name FROM customers ORDER BY id", "customer_db")
          .code,
      ErrorCode::constraint);
  EXPECT_EQ(text("SELECT count(*) FROM accounts_db.copy"), "0");
  EXPECT_EQ(affected("INSERT INTO accounts_db.copy SELECT id, name FROM customers WHERE id = 1"), 1);
}

TEST_F(SqliteWrite, TheReaderKeepsItsSchema) {
  const std::string_view sql = "INSERT INTO customers (name) VALUES ('x') RETURNING name";
  const Analysis analysis = *source.source().analyze({sql, "customer_db", Access::read_write});
  const Params none;
  const Execution execution{.sql = sql,
                            .database = "customer_db",
                            .params = none,
                            .analysis = analysis,
                            .access = Access::read_write};
  const auto reader = source.connection().execute(execution);
  ASSERT_TRUE(reader);
  ASSERT_TRUE((*reader)->next()->has_value());
  ASSERT_NE((*reader)->schema(), nullptr) << "the batch that brought it is the caller's now";
  EXPECT_EQ((*reader)->schema()->field(0).name, "name");
  EXPECT_FALSE((*reader)->next()->has_value());
  EXPECT_NE((*reader)->schema(), nullptr);
}

TEST_F(SqliteWrite, NothingOfTheSessionIsVisible) {
  EXPECT_EQ(affected("INSERT INTO customers (name) VALUES ('x')"), 1);
  for (const std::string_view sql :
       {"SELECT changes()", "SELECT last_insert_rowid()", "SELECT total_changes()"}) {
    EXPECT_EQ(source.error(sql, "customer_db").code, ErrorCode::forbidden) << sql;
  }
}

}  // namespace
}  // namespace penstock::sqlite
