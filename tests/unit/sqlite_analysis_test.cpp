#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datasources/sqlite/analysis.hpp"

namespace penstock::sqlite {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Analysis analyzed(std::string_view sql, Access access = Access::read_only) {
  auto analysis = analyze_statement(sql, access);
  if (!analysis) {
    ADD_FAILURE() << sql << ": " << analysis.error().message;
    return {};
  }
  return *analysis;
}

Error refused(std::string_view sql, Access access = Access::read_only) {
  auto analysis = analyze_statement(sql, access);
  if (analysis) {
    ADD_FAILURE() << "this should have been refused: " << sql;
    return {};
  }
  return analysis.error();
}

std::vector<std::string> qualifiers(std::string_view sql) {
  return analyzed(sql, Access::read_write).qualifiers;
}

TEST(SqliteAnalysis, TellsTheKindOfAStatement) {
  struct Case {
    std::string_view sql;
    StatementKind kind;
    bool may_write;
  };
  for (const auto& [sql, kind, may_write] : {
           Case{"SELECT 1", StatementKind::select, false},
           Case{" /* x */ values (1)", StatementKind::select, false},
           Case{"WITH a AS (SELECT 1), b(x) AS NOT MATERIALIZED (SELECT 2) SELECT * FROM a, b",
                StatementKind::select, false},
           Case{"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c LIMIT 3",
                StatementKind::select, false},
           Case{"WITH recursive AS (SELECT 1) SELECT * FROM recursive", StatementKind::select, false},
           Case{"EXPLAIN SELECT 1", StatementKind::explain, false},
           Case{"EXPLAIN QUERY PLAN WITH a AS (SELECT 1) SELECT * FROM a", StatementKind::explain, false},
           Case{"PRAGMA table_info(customers)", StatementKind::select, false},
           Case{"PRAGMA user_version", StatementKind::select, false},
           Case{"INSERT INTO t VALUES (1)", StatementKind::insert, true},
           Case{"REPLACE INTO t VALUES (1)", StatementKind::merge, true},
           Case{"WITH a AS (SELECT 1) UPDATE t SET x = 1", StatementKind::update, true},
           Case{"DELETE FROM t", StatementKind::remove, true},
           Case{"EXPLAIN DELETE FROM t", StatementKind::explain, false},
           Case{"CREATE TABLE t(a)", StatementKind::define, true},
           Case{"CREATE VIRTUAL TABLE f USING fts5(a)", StatementKind::define, true},
           Case{"CREATE TRIGGER x AFTER INSERT ON t BEGIN UPDATE t SET a = 1; DELETE FROM u; END",
                StatementKind::define, true},
           Case{"CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; END;",
                StatementKind::define, true},
       }) {
    const Analysis analysis = analyzed(sql, Access::read_write);
    EXPECT_EQ(analysis.kind, kind) << sql;
    EXPECT_EQ(analysis.may_write, may_write) << sql;
  }
}

TEST(SqliteAnalysis, RefusesATextWithoutAStatement) {
  for (const std::string_view sql : {"", "  \n", "-- only a comment", "/* a */ ;; /* b", ";"}) {
    const Error error = refused(sql);
    EXPECT_EQ(error.code, ErrorCode::invalid_argument) << sql;
    EXPECT_THAT(error.message, HasSubstr("no statement"));
  }
}

TEST(SqliteAnalysis, RefusesTwoStatementsAndSaysWhereTheSecondIs) {
  const Error error = refused("SELECT 1;\n  DROP TABLE t");
  EXPECT_EQ(error.code, ErrorCode::invalid_argument);
  EXPECT_EQ(error.message,
            "more than one statement: a second one begins with `DROP`, at line 2, column 3; send one "
            "statement a call");
  EXPECT_EQ(refused("SELECT 1; SELECT 2").code, ErrorCode::invalid_argument);
  EXPECT_EQ(refused("SELECT ';'; --\n SELECT 2").code, ErrorCode::invalid_argument);
  EXPECT_EQ(
      refused("CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM u; END; DROP TABLE t", Access::read_write)
          .code,
      ErrorCode::invalid_argument);
}

TEST(SqliteAnalysis, TakesSemicolonsThatEndNothing) {
  EXPECT_EQ(analyzed("SELECT ';' || \";\" /* ; */ -- ;\n; ;").kind, StatementKind::select);
  EXPECT_EQ(analyzed(";; SELECT 1").kind, StatementKind::select);
}

TEST(SqliteAnalysis, RefusesBytesThatAreNoText) {
  EXPECT_THAT(refused(std::string_view("SELECT 1\0; DROP TABLE t", 22)).message, HasSubstr("NUL"));
  EXPECT_THAT(refused("SELECT '\xC3\x28'").message, HasSubstr("UTF-8"));
  EXPECT_EQ(refused(std::string(kMaxSqlBytes + 1, ' ')).code, ErrorCode::limit_exceeded);
}

TEST(SqliteAnalysis, SaysWhereAQuoteIsLeftOpen) {
  const Error error = refused("SELECT 'ä',\n 'x");
  EXPECT_EQ(error.code, ErrorCode::syntax_error);
  EXPECT_EQ(error.message, "a quote is opened and never closed, at line 2, column 2");
}

TEST(SqliteAnalysis, RefusesEveryWriteUnderReadOnlyAccessAndNamesIt) {
  for (const std::string_view sql :
       {"INSERT INTO t VALUES (1)", "REPLACE INTO t VALUES (1)", "UPDATE t SET a = 1",
        "/* SELECT */ DELETE FROM t", "WITH x AS (SELECT 1) DELETE FROM t",
        "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", "CREATE TABLE t(a)", "DROP TABLE t",
        "ALTER TABLE t RENAME TO u", "REINDEX", "ANALYZE", "VACUUM", "VACUUM INTO '/tmp/x'",
        "EXPLAIN DELETE FROM t", "CREATE TEMP TABLE t(a)", "PRAGMA user_version = 3",
        "PRAGMA main.application_id(7)"}) {
    EXPECT_EQ(refused(sql).code, ErrorCode::read_only) << sql;
  }
  EXPECT_THAT(refused("WITH x AS (SELECT 1) DELETE FROM t").message, HasSubstr("DELETE"));
}

TEST(SqliteAnalysis, RefusesWhatBelongsToPenstockWhateverTheAccess) {
  for (const Access access : {Access::read_only, Access::read_write}) {
    for (const std::string_view sql :
         {"ATTACH '/etc/x' AS a", "DETACH a", "BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT s",
          "RELEASE s", "PRAGMA query_only(0)", "PRAGMA writable_schema(1)", "PRAGMA writable_schema=ON",
          "PRAGMA main.journal_mode", "PRAGMA database_list", "PRAGMA \"temp_store_directory\" = '/tmp'"}) {
      EXPECT_EQ(refused(sql, access).code, ErrorCode::forbidden) << sql;
    }
  }
  EXPECT_EQ(refused("CREATE TEMPORARY VIEW v AS SELECT 1", Access::read_write).code, ErrorCode::unsupported);
  EXPECT_EQ(refused("VACUUM", Access::read_write).code, ErrorCode::unsupported);
  EXPECT_EQ(refused("CREATE VIRTUAL TABLE c USING csv(filename='/etc/passwd')", Access::read_write).code,
            ErrorCode::forbidden);
}

TEST(SqliteAnalysis, SuggestsTheWordThatWasMeant) {
  const Error error = refused("SELEC 1");
  EXPECT_EQ(error.code, ErrorCode::syntax_error);
  EXPECT_EQ(error.sqlstate, "42601");
  EXPECT_EQ(error.hint, "did you mean SELECT?");
  EXPECT_EQ(refused("WITH x AS SELECT 1").code, ErrorCode::syntax_error);
  EXPECT_EQ(refused("EXPLAIN").code, ErrorCode::syntax_error);
}

TEST(SqliteAnalysis, FindsTheDatabasesBeforeTables) {
  EXPECT_THAT(qualifiers("SELECT * FROM customer_db.customers c JOIN accounts_db.accounts a ON a.id = c.id"),
              ElementsAre("customer_db", "accounts_db"));
  EXPECT_THAT(
      qualifiers("SELECT * FROM a, accounts_db.b, (SELECT x, y.z FROM loans_db.l), (c JOIN \"odd db\".t)"),
      ElementsAre("accounts_db", "loans_db", "odd db"));
  EXPECT_THAT(qualifiers("SELECT accounts_db.accounts.id FROM accounts_db.accounts"),
              ElementsAre("accounts_db"));
  EXPECT_THAT(qualifiers("SELECT 1 WHERE 1 IN loans_db.l AND 2 IN (SELECT x FROM `x db`.t)"),
              ElementsAre("loans_db", "x db"));
  EXPECT_THAT(qualifiers("SELECT 1 FROM [a].t UNION SELECT 2 FROM 'b'.t EXCEPT SELECT 3 FROM A.u"),
              ElementsAre("a", "b"));
  EXPECT_THAT(qualifiers("INSERT OR REPLACE INTO a.t SELECT * FROM b.u"), ElementsAre("a", "b"));
  EXPECT_THAT(qualifiers("UPDATE OR IGNORE a.t SET x = y.z FROM b.y"), ElementsAre("a", "b"));
  EXPECT_THAT(qualifiers("DELETE FROM a.t WHERE EXISTS (SELECT 1 FROM b.u)"), ElementsAre("a", "b"));
  EXPECT_THAT(qualifiers("CREATE TABLE IF NOT EXISTS a.t(x)"), ElementsAre("a"));
  EXPECT_THAT(qualifiers("CREATE UNIQUE INDEX a.i ON t(x)"), ElementsAre("a"));
  EXPECT_THAT(qualifiers("DROP VIEW IF EXISTS a.v"), ElementsAre("a"));
  EXPECT_THAT(qualifiers("ALTER TABLE a.t ADD COLUMN x"), ElementsAre("a"));
  EXPECT_THAT(qualifiers("PRAGMA accounts_db.table_info(accounts)"), ElementsAre("accounts_db"));
}

TEST(SqliteAnalysis, TakesNoAliasOrTableForADatabase) {
  EXPECT_THAT(qualifiers("SELECT c.name, customers.id FROM customers c, t WHERE c.id = t.x ORDER BY t.y"),
              IsEmpty());
  EXPECT_THAT(qualifiers("SELECT * FROM a JOIN b ON a.x = b.x AND b.y IN (1, a.z), c"), IsEmpty());
  EXPECT_THAT(qualifiers("SELECT x IS NOT DISTINCT FROM t.y FROM t"), IsEmpty());
  EXPECT_THAT(qualifiers("SELECT j.value FROM t, json_each(t.doc) j"), IsEmpty());
  EXPECT_THAT(qualifiers("UPDATE t SET x = t.y WHERE t.z OR t.w"), IsEmpty());
  EXPECT_THAT(qualifiers("SELECT * FROM main.t, temp.u"), IsEmpty());
  EXPECT_THAT(qualifiers("INSERT INTO t VALUES (1) ON CONFLICT (x) DO UPDATE SET x = excluded.x"), IsEmpty());
}

TEST(SqliteAnalysis, IsBlankKnowsWhatMayFollowAStatement) {
  EXPECT_TRUE(is_blank(""));
  EXPECT_TRUE(is_blank(" ; -- x\n ; /* y"));
  EXPECT_FALSE(is_blank("; SELECT"));
  EXPECT_FALSE(is_blank(" 'open"));
}

}  // namespace
}  // namespace penstock::sqlite
