// What statements of MySQL and MariaDB are found to be and to name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/mysql_analysis_fixture.hpp"

namespace penstock::mysql::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string verdict(std::string_view sql, Access access = Access::read_only) {
  const auto analysis = analyze(sql, access);
  return analysis ? "ok" : std::string(to_string(analysis.error().code));
}

TEST(MysqlAnalysis, LetsReadsPass) {
  for (const char* sql :
       {"SELECT 1",
        "select * from people;",
        "(SELECT 1) UNION ALL (SELECT 2) ORDER BY 1",
        "WITH RECURSIVE t(n, m) AS (SELECT 1, 2 UNION ALL SELECT n + 1, 2 FROM t WHERE n < 5) SELECT * FROM "
        "t",
        "SELECT p.name, COUNT(*) OVER (PARTITION BY p.city ORDER BY p.id) FROM people AS p",
        "SELECT EXTRACT(YEAR FROM p.born), TRIM(LEADING 'x' FROM p.name), SUBSTRING(p.name FROM 2 FOR 3) "
        "FROM people p",
        "SELECT CAST(a AS DECIMAL(10, 2)), CONVERT(b USING utf8mb4), CHAR(65) FROM t",
        "SELECT IF(a, 1, 2), INSERT('a', 1, 1, 'b'), REPLACE('a', 'b', 'c'), LEFT(a, 1) FROM t",
        "SELECT JSON_VALUE(j, '$.a'), j->>'$.b' FROM t",
        "SELECT GROUP_CONCAT(a ORDER BY b SEPARATOR ', ') FROM t",
        "SELECT * FROM t1 LEFT JOIN t2 USING (id) NATURAL JOIN t3",
        "SELECT * FROM JSON_TABLE('[1]', '$[*]' COLUMNS (x INT PATH '$')) AS jt",
        "SELECT a FROM t GROUP BY a WITH ROLLUP HAVING COUNT(*) > 1 LIMIT 10 OFFSET 5",
        "SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY x) OVER (PARTITION BY y) FROM t",
        "SELECT ST_AsText(g), ST_Distance(a.g, b.g) FROM a JOIN b",
        "VALUES (1, 2), (3, 4)",
        "SELECT * FROM t WHERE (a, b) IN ((1, 2)) AND c BETWEEN 1 AND 2 AND EXISTS (SELECT 1 FROM u)",
        "SHOW TABLES",
        "SHOW FULL COLUMNS FROM people",
        "SHOW CREATE TABLE people",
        "DESCRIBE people",
        "EXPLAIN SELECT * FROM people",
        "EXPLAIN FORMAT=JSON SELECT 1",
        "ANALYZE FORMAT=JSON SELECT 1",
        "SELECT @@version, @@session.time_zone",
        "SELECT age_of(p.born) FROM people p",
        "SELECT `order`.`from`, \"it's\" 'x', 'a\\'b', 'a''b' FROM `order`",
        "SELECT 1 /* -- ' */ -- '\n # '\n + 1",
        "SELECT /*!50000 1 + */ 2",
        "SELECT /*! STRAIGHT_JOIN */ 1",
        "SELECT * FROM t FOR SYSTEM_TIME AS OF NOW()",
        "SELECT 1e5, .5, 0x1F, b'01', x'ab', N'x', _utf8mb4'x', \\N",
        "SELECT * FROM t USE INDEX FOR ORDER BY (i) WHERE a = ?"}) {
    const auto analysis = analyze(sql);
    EXPECT_TRUE(analysis) << sql << ": " << (analysis ? "" : analysis.error().message);
    if (analysis) {
      EXPECT_FALSE(analysis->may_write) << sql;
    }
  }
}

TEST(MysqlAnalysis, TellsWhyItRefuses) {
  EXPECT_EQ(verdict(""), "invalid_argument");
  EXPECT_EQ(verdict("-- nothing"), "invalid_argument");
  EXPECT_EQ(verdict("SELECT 1; SELECT 2"), "invalid_argument");
  EXPECT_EQ(verdict(std::string("SELECT '\0'", 10)), "invalid_argument");
  EXPECT_EQ(verdict("SELECT '\xff'"), "invalid_argument");
  EXPECT_EQ(verdict("SELEC 1"), "syntax_error");
  EXPECT_EQ(verdict("SELECT 'a"), "syntax_error");
  EXPECT_EQ(verdict("SELECT (1"), "syntax_error");
  EXPECT_EQ(verdict("SELECT 1)"), "syntax_error");
  EXPECT_EQ(verdict("DELETE FROM people"), "read_only");
  EXPECT_EQ(verdict("SELECT 1 INTO OUTFILE 'x'"), "read_only");
  EXPECT_EQ(verdict("SELECT SLEEP(1)"), "forbidden");
  EXPECT_EQ(verdict("SELECT unheard_of(1)"), "forbidden");
  EXPECT_EQ(verdict("SELECT @a := 1"), "forbidden");
  EXPECT_EQ(verdict("SELECT @@datadir"), "forbidden");
  EXPECT_EQ(verdict(std::string(1'000'001, ' ')), "limit_exceeded");
  EXPECT_EQ(analyze("SELCT 1").error().hint, "did you mean SELECT?");
}

TEST(MysqlAnalysis, MissesTheStatementInOpenParentheses) {
  for (const char* sql : {"(", "((", "EXPLAIN(", "DESC ((", "ANALYZE FORMAT=JSON (", "EXPLAIN EXTENDED ("}) {
    const auto refused = analyze(sql);
    ASSERT_FALSE(refused) << sql;
    EXPECT_EQ(refused.error().code, ErrorCode::syntax_error) << sql;
    EXPECT_EQ(refused.error().message, "there is no statement in the parentheses") << sql;
  }
}

TEST(MysqlAnalysis, EndsNumbersWhereServersDo) {
  for (const char* sql : {"SELECT 1e5, 1E+5, 0x1F, 0b01, 2fa, 2e FROM 1st", "SELECT 1e+5FROM people",
                          "SELECT a.5b, .5FROM people", "SELECT t.1e5FROM FROM t"}) {
    EXPECT_EQ(verdict(sql), "ok") << sql;
  }
  for (const char* sql : {"SELECT 1e5FROM mysql.user", "SELECT 0b1e5FROM mysql.user",
                          "SELECT 0x1G FROM people", "SELECT 1e0INTO OUTFILE 'x'"}) {
    EXPECT_EQ(verdict(sql), "syntax_error") << sql;
  }
  for (const char* sql : {"SELECT ALL .5FROM mysql.user", "SELECT DISTINCT/**/.5FROM mysql.user",
                          "SELECT 1e+5FROM mysql.user", "SELECT .5FROM mysql.user"}) {
    EXPECT_EQ(verdict(sql), "forbidden") << sql;
  }
}

TEST(MysqlAnalysis, KnowsWhatTellsOfOtherDatabases) {
  for (const char* sql :
       {"SELECT * FROM information_schema.tables", "SHOW DATABASES", "SHOW CREATE VIEW v"}) {
    const auto analysis = analyze(sql);
    ASSERT_TRUE(analysis) << sql;
    EXPECT_TRUE(analysis->reads_catalogue) << sql;
  }
  for (const char* sql : {"SELECT * FROM people", "SHOW TABLES", "SHOW COLUMNS FROM people"}) {
    const auto analysis = analyze(sql);
    ASSERT_TRUE(analysis) << sql;
    EXPECT_FALSE(analysis->reads_catalogue) << sql;
  }
}

// By the text alone: MySQL tells the columns of SHOW CREATE only once it has run.
TEST(MysqlAnalysis, KnowsWhatShowsDefinitions) {
  for (const char* sql : {"SHOW CREATE TABLE t", "show/**/create view v", "/*!50000 SHOW CREATE TABLE t */",
                          "SHOW /*! CREATE */ TABLE t", "SHOW /*!50000 CREATE */ /*!60000 TABLE */ t"}) {
    EXPECT_TRUE(shows_definition(sql)) << sql;
  }
  for (const char* sql : {"SHOW TABLES", "SHOW `CREATE`", "SELECT 1", "SHOW", ""})
    EXPECT_FALSE(shows_definition(sql)) << sql;
}

TEST(MysqlAnalysis, TellsNobodyOfADatabaseThatIsNotGranted) {
  const Grant some{NameSet({"customer_db"}), Access::read_only};
  const std::string sql = "SELECT * FROM accounts.savings";  // the logical name of accounts_db
  const auto told = analyze(sql);
  const auto hidden = analyzer().analyze({sql, "customer_db", Access::read_only, &some});
  ASSERT_FALSE(told);
  ASSERT_FALSE(hidden);
  EXPECT_NE(told.error().message.find("accounts_db"), std::string::npos);
  EXPECT_EQ(hidden.error().code, ErrorCode::forbidden);
  EXPECT_EQ(hidden.error().message,
            "'accounts' is not a logical database; qualify tables by the names that are listed as databases");
}

TEST(MysqlAnalysis, OpensCommentsThatServersExecute) {
  EXPECT_EQ(verdict("/*!50000 DELETE FROM people */"), "read_only");
  EXPECT_EQ(verdict("/*M!100100 DELETE FROM people */"), "read_only");
  EXPECT_EQ(verdict("SELECT SLE/*!50000 */EP(1)"), "forbidden");  // two words to every server
  EXPECT_EQ(verdict("SELECT /*!50000 SLEEP */ (1)"), "forbidden");
  EXPECT_EQ(verdict("SELECT /*!50000 1 */ /*!80000 , 2 */"), "unsupported");
  EXPECT_EQ(verdict("SELECT /*!50000 1 /* x */ */"), "unsupported");
  EXPECT_EQ(verdict("SELECT /*!500001 */ 1"), "ok");
  EXPECT_EQ(verdict("SELECT /*!5000 1*/"), "unsupported");
  EXPECT_EQ(verdict("SELECT 1 /*!50000 "), "syntax_error");
  // What is in it for one server is in a string for another.
  EXPECT_EQ(verdict("SELECT /*!50000 ' */ SLEEP(1) -- ' */"), "forbidden");
  EXPECT_EQ(verdict("SELECT 1 /*+ SET_VAR(sql_mode='ANSI_QUOTES') */"), "forbidden");
}

TEST(MysqlAnalysis, FindsTheDatabasesThatAreNamed) {
  const auto named = [](std::string_view sql, Access access = Access::read_only) {
    const auto analysis = analyze(sql, access);
    EXPECT_TRUE(analysis) << sql << ": " << (analysis ? "" : analysis.error().message);
    return analysis ? analysis->qualifiers : std::vector<std::string>{"refused"};
  };
  EXPECT_THAT(named("SELECT p.name FROM people p"), IsEmpty());
  EXPECT_THAT(named("SELECT * FROM accounts_db.a"), ElementsAre("accounts"));
  EXPECT_THAT(named("SELECT * FROM accounts_db . `a`, other . b"), ElementsAre("accounts", "other"));
  EXPECT_THAT(named("SELECT x.* FROM people x, (y JOIN other.z)"), ElementsAre("other"));
  EXPECT_THAT(named("SELECT other.t.c FROM t"), ElementsAre("other"));
  EXPECT_THAT(named("SELECT other.c FROM t other"), IsEmpty());
  EXPECT_THAT(named("SELECT * FROM t other, other.u"), ElementsAre("other"));
  EXPECT_THAT(named("SELECT * FROM {x other.t}, {OJ `quick` q}"), ElementsAre("other"));
  EXPECT_THAT(named("SELECT * FROM a JOIN b ON a.x = b.x, other.c WHERE a.y = 1"), ElementsAre("other"));
  EXPECT_THAT(named("SELECT * FROM a USE INDEX FOR GROUP BY (i), other.c"), ElementsAre("other"));
  EXPECT_THAT(named("SELECT TRIM(a.x FROM b.y) FROM other.t"), ElementsAre("other"));
  EXPECT_THAT(named("SELECT (SELECT MAX(x) FROM other.t)"), ElementsAre("other"));
  EXPECT_THAT(named("SHOW COLUMNS FROM t FROM other"), ElementsAre("other"));
  EXPECT_THAT(named("SHOW TABLES IN other LIKE 'x'"), ElementsAre("other"));
  EXPECT_THAT(named("DESC other.t"), ElementsAre("other"));
  EXPECT_THAT(named("SHOW CREATE VIEW other.t"), ElementsAre("other"));
  EXPECT_THAT(named("SELECT accounts_db.balance(1)"), ElementsAre("accounts"));
  EXPECT_THAT(named("SELECT * FROM information_schema.tables"), IsEmpty());
  const Access write = Access::read_write;
  EXPECT_THAT(named("INSERT INTO other.t (a, b) SELECT x, y FROM u", write), ElementsAre("other"));
  EXPECT_THAT(named("UPDATE a, other.b SET a.x = b.y", write), ElementsAre("other"));
  EXPECT_THAT(named("DELETE a FROM a JOIN other.b ON a.x = b.x", write), ElementsAre("other"));
  EXPECT_THAT(named("DELETE FROM a USING a, other.b WHERE a.x = b.x", write), ElementsAre("other"));
  EXPECT_THAT(named("CREATE TABLE t LIKE other.u", write), ElementsAre("other"));
  EXPECT_THAT(named("CREATE TABLE t (x INT REFERENCES other.u (id))", write), ElementsAre("other"));
  EXPECT_THAT(named("CREATE VIEW v AS SELECT p.name FROM people p", write), IsEmpty());
  EXPECT_THAT(named("RENAME TABLE a TO other.b", write), ElementsAre("other"));
}

TEST(MysqlAnalysis, HidesWhatIsTheServers) {
  for (const char* sql :
       {"SELECT * FROM mysql.user", "SELECT * FROM `MySQL` . `user`",
        "SELECT * FROM performance_schema.threads", "SELECT * FROM information_schema.processlist",
        "SHOW TABLES FROM mysql", "SELECT mysql.user.host FROM t", "SELECT * FROM ACCOUNTS_DB.t",
        "SELECT * FROM accounts.t", "SELECT sys.f(1)"}) {
    EXPECT_EQ(verdict(sql), "forbidden") << sql;
  }
}

TEST(MysqlAnalysis, KnowsKindsAndRelations) {
  const auto insert = analyze("INSERT INTO people (id) VALUES (?)", Access::read_write);
  ASSERT_TRUE(insert);
  EXPECT_EQ(insert->kind, StatementKind::insert);
  EXPECT_TRUE(insert->may_write);
  EXPECT_TRUE(insert->may_leave_state);
  EXPECT_EQ(analyze("CREATE TABLE t (id INT)", Access::read_write)->kind, StatementKind::define);
  EXPECT_EQ(analyze("EXPLAIN SELECT 1")->kind, StatementKind::explain);
  const auto read = analyze("SELECT * FROM people p JOIN accounts_db.a ON 1");
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->may_leave_state);
  EXPECT_TRUE(read->qualifiers_are_certain);
  EXPECT_THAT(read->names, ElementsAre(CatalogName{CatalogName::Kind::relation, "", "people"},
                                       CatalogName{CatalogName::Kind::relation, "accounts_db", "a"}));
  EXPECT_TRUE(analyze("SELECT age_of(1)")->may_leave_state);
  EXPECT_TRUE(analyze("SELECT COUNT (1)")->may_leave_state);  // a stored function named COUNT
}

TEST(MysqlAnalysis, KeepsWritesToTheirTables) {
  const Access write = Access::read_write;
  for (const char* sql :
       {"CREATE DATABASE d", "CREATE USER u", "DROP FUNCTION f", "CREATE TRIGGER t BEFORE INSERT",
        "CREATE TABLE t (x INT) ENGINE=FEDERATED CONNECTION='mysql://x'",
        "CREATE TABLE t (x INT) DATA DIRECTORY='/tmp'", "LOAD DATA INFILE 'x' INTO TABLE t",
        "INSERT INTO t SELECT LOAD_FILE('x')", "INSERT INTO t SELECT 1 INTO OUTFILE 'x'", "CALL p()",
        "GRANT ALL ON *.* TO u", "SET GLOBAL x = 1"}) {
    EXPECT_NE(verdict(sql, write), "ok") << sql;
  }
  for (const char* sql :
       {"INSERT IGNORE INTO t VALUES (1, NOW()) ON DUPLICATE KEY UPDATE a = VALUES(a)", "REPLACE t SET a = 1",
        "UPDATE t SET a = a + 1 WHERE b IN (SELECT c FROM u) ORDER BY d LIMIT 1", "TRUNCATE TABLE t",
        "CREATE TABLE IF NOT EXISTS t (id INT PRIMARY KEY, x VARCHAR(10), KEY k (x)) ENGINE=InnoDB",
        "CREATE UNIQUE INDEX i ON t (a, b)", "ALTER TABLE t ADD COLUMN c INT", "DROP TABLE IF EXISTS t",
        "INSERT INTO t VALUES (1) RETURNING id"}) {
    const auto analysis = analyze(sql, write);
    EXPECT_TRUE(analysis) << sql << ": " << (analysis ? "" : analysis.error().message);
    EXPECT_EQ(verdict(sql), "read_only") << sql;
  }
}

}  // namespace
}  // namespace penstock::mysql::test
