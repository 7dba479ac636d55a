// What a read-only door must not let through, whatever it is dressed as.
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "unit/postgresql_analysis_fixture.hpp"

namespace penstock::postgresql::test {
namespace {

struct Attack {
  std::string_view sql;
  ErrorCode code;
};

void expect_refused(const std::vector<Attack>& attacks, Access access) {
  for (const Attack& attack : attacks) {
    const auto analysis = analyze(attack.sql, access);
    ASSERT_FALSE(analysis) << attack.sql;
    EXPECT_EQ(analysis.error().code, attack.code) << attack.sql << "\n" << outcome(analysis);
    EXPECT_FALSE(analysis.error().message.empty()) << attack.sql;
  }
}

TEST(PostgresqlAttacks, MoreThanOneStatement) {
  expect_refused(
      {
          {"COMMIT; DROP SCHEMA public CASCADE; --", ErrorCode::invalid_argument},
          {"ROLLBACK; DELETE FROM customers", ErrorCode::invalid_argument},
          {"SET TRANSACTION READ WRITE; DELETE FROM customers", ErrorCode::invalid_argument},
          {"SELECT 1; SELECT 2", ErrorCode::invalid_argument},
          {"SELECT 1;;; /* x */ SELECT 2", ErrorCode::invalid_argument},
          {"SELECT '\\'; DROP TABLE customers; --'", ErrorCode::invalid_argument},  // no escape without E
          {"SELECT $a$ $b$ $a$; DROP TABLE customers", ErrorCode::invalid_argument},
          {"SELECT 1 /* a /* nested */ comment */; DROP TABLE customers", ErrorCode::invalid_argument},
      },
      Access::read_only);
}

TEST(PostgresqlAttacks, WritesInReads) {
  expect_refused(
      {
          {"/*x*/ UPDATE customers SET name = ''", ErrorCode::read_only},
          {"INSERT INTO customers VALUES (1)", ErrorCode::read_only},
          {"DELETE FROM customers", ErrorCode::read_only},
          {"TRUNCATE customers", ErrorCode::read_only},
          {"MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE", ErrorCode::read_only},
          {"WITH x AS (DELETE FROM customers RETURNING *) SELECT * FROM x", ErrorCode::read_only},
          {"WITH a AS (SELECT 1), b AS (WITH c AS (INSERT INTO t VALUES (1) RETURNING 1) TABLE c) TABLE b",
           ErrorCode::read_only},
          {"SELECT (WITH x AS (UPDATE t SET a = 1 RETURNING a) SELECT a FROM x)", ErrorCode::read_only},
          {"SELECT * INTO stolen FROM customers", ErrorCode::read_only},
          {"SELECT 1 INTO TEMP x", ErrorCode::read_only},
          {"(SELECT 1 INTO x) UNION SELECT 2", ErrorCode::read_only},
          {"CREATE TABLE x AS SELECT 1", ErrorCode::read_only},
          {"CREATE MATERIALIZED VIEW x AS SELECT 1", ErrorCode::read_only},
          {"SELECT * FROM customers FOR UPDATE", ErrorCode::read_only},
          {"SELECT * FROM customers FOR SHARE SKIP LOCKED", ErrorCode::read_only},
          {"SELECT * FROM (SELECT * FROM customers FOR KEY SHARE) x", ErrorCode::read_only},
          {"SELECT * FROM a WHERE EXISTS (SELECT FROM b FOR NO KEY UPDATE OF b NOWAIT)",
           ErrorCode::read_only},
          {"EXPLAIN (ANALYZE) DELETE FROM customers", ErrorCode::read_only},
          {"EXPLAIN ANALYZE CREATE TABLE x AS SELECT 1", ErrorCode::read_only},
          {"EXPLAIN DELETE FROM customers", ErrorCode::read_only},
          {"CREATE TABLE x (a int)", ErrorCode::read_only},
          {"CREATE VIEW x AS SELECT 1", ErrorCode::read_only},
          {"DROP TABLE customers", ErrorCode::read_only},
          {"ALTER TABLE customers DROP COLUMN name", ErrorCode::read_only},
          {"CREATE INDEX ON customers (name)", ErrorCode::read_only},
          {"COMMENT ON TABLE customers IS 'owned'", ErrorCode::read_only},
          {"REFRESH MATERIALIZED VIEW v", ErrorCode::read_only},
          {"ANALYZE customers", ErrorCode::read_only},
          {"CALL do_it()", ErrorCode::read_only},
          {"SELECT nextval('s')", ErrorCode::read_only},
          {"SELECT setval('s', 1)", ErrorCode::read_only},
      },
      Access::read_only);
}

constexpr std::string_view kNeverAllowed[] = {
    "BEGIN",
    "START TRANSACTION READ WRITE",
    "COMMIT",
    "ROLLBACK",
    "END",
    "ABORT",
    "SAVEPOINT a",
    "RELEASE SAVEPOINT a",
    "ROLLBACK TO a",
    "PREPARE TRANSACTION 'x'",
    "COMMIT PREPARED 'x'",
    "SET search_path = other",
    "SET LOCAL role = postgres",
    "SET SESSION AUTHORIZATION postgres",
    "SET TRANSACTION READ WRITE",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
    "RESET ALL",
    "SET CONSTRAINTS ALL IMMEDIATE",
    "DISCARD ALL",
    "DO $$ BEGIN DELETE FROM t; END $$",
    "DO LANGUAGE plpgsql $$ BEGIN END $$",
    "COPY customers TO PROGRAM 'sh'",
    "COPY customers FROM '/etc/passwd'",
    "COPY (SELECT 1) TO STDOUT",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "DEALLOCATE ALL",
    "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
    "FETCH ALL FROM c",
    "CLOSE ALL",
    "LISTEN x",
    "UNLISTEN *",
    "NOTIFY x, 'y'",
    "LOAD 'x'",
    "LOCK TABLE customers",
    "CHECKPOINT",
    "VACUUM customers",
    "VACUUM FULL",
    "REINDEX TABLE customers",
    "CLUSTER customers",
    "ALTER SYSTEM SET fsync = off",
    "CREATE EXTENSION dblink",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1'",
    "ALTER FUNCTION f() SECURITY DEFINER",
    "DROP FUNCTION f",
    "CREATE TRIGGER t BEFORE INSERT ON a EXECUTE FUNCTION f()",
    "CREATE RULE r AS ON SELECT TO a DO INSTEAD SELECT 1",
    "CREATE POLICY p ON a",
    "GRANT ALL ON a TO PUBLIC",
    "REVOKE ALL ON a FROM PUBLIC",
    "CREATE ROLE r SUPERUSER",
    "ALTER ROLE r SUPERUSER",
    "DROP ROLE r",
    "CREATE DATABASE d",
    "DROP DATABASE d",
    "CREATE SCHEMA s",
    "DROP SCHEMA s CASCADE",
    "DROP OWNED BY r",
    "REASSIGN OWNED BY a TO b",
    "ALTER TABLE a OWNER TO b",
    "ALTER TABLE a SET SCHEMA b",
    "ALTER TABLE a DISABLE TRIGGER ALL",
    "ALTER TABLE a DISABLE ROW LEVEL SECURITY",
    "CREATE SERVER s FOREIGN DATA WRAPPER f",
    "CREATE USER MAPPING FOR u SERVER s",
    "CREATE FOREIGN TABLE t (a int) SERVER s",
    "IMPORT FOREIGN SCHEMA a FROM SERVER s INTO b",
    "CREATE PUBLICATION p",
    "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p",
    "CREATE TABLESPACE t LOCATION '/'",
    "CREATE CAST (int AS text) WITH FUNCTION f(int)",
    "CREATE OPERATOR + (function = f)",
    "CREATE AGGREGATE a(int) (sfunc = f, stype = int)",
    "CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION f()",
    "SECURITY LABEL ON TABLE a IS 'x'",
    "CREATE TEMP TABLE t (a int)",
    "CREATE TEMP VIEW v AS SELECT 1",
    "CREATE LANGUAGE l",
    "CREATE ACCESS METHOD m TYPE INDEX HANDLER h",
    "CREATE TRANSFORM FOR a LANGUAGE b (FROM SQL WITH FUNCTION f(int))",
    "ALTER DATABASE d SET search_path = x",
    "ALTER ROLE r SET search_path = x",
    "CREATE CONVERSION c FOR 'a' TO 'b' FROM f",
    "ALTER EXTENSION e UPDATE",
    "DROP EXTENSION e",
    "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC",
    "EXPLAIN EXECUTE p",
    "EXPLAIN ANALYZE EXECUTE p",
    "EXPLAIN DECLARE c CURSOR FOR SELECT 1",
    "UPDATE a SET b = 1 WHERE CURRENT OF c",
    "COMMENT ON ROLE r IS 'x'",
    "COMMENT ON DATABASE d IS 'x'"};

TEST(PostgresqlAttacks, WhatNoAccessAllows) {
  for (const std::string_view sql : kNeverAllowed) {
    for (const Access access : {Access::read_only, Access::read_write}) {
      const auto analysis = analyze(sql, access);
      ASSERT_FALSE(analysis) << sql;
      const ErrorCode code = analysis.error().code;
      if (access == Access::read_write) {
        EXPECT_EQ(code, ErrorCode::forbidden) << sql << "\n" << outcome(analysis);
      } else {
        EXPECT_TRUE(code == ErrorCode::forbidden || code == ErrorCode::read_only) << sql << outcome(analysis);
      }
    }
  }
}

constexpr std::string_view kSecretRelations[] = {"pg_authid",
                                                 "pg_catalog.pg_authid",
                                                 "\"pg_authid\"",
                                                 "bank.pg_catalog.pg_authid",
                                                 "U&\"pg\\005fauthid\"",
                                                 "PG_AUTHID",
                                                 "pg_shadow",
                                                 "pg_user",
                                                 "pg_roles",
                                                 "pg_auth_members",
                                                 "pg_stats",
                                                 "pg_statistic",
                                                 "pg_statistic_ext_data",
                                                 "pg_stats_ext",
                                                 "pg_stat_activity",
                                                 "pg_stat_statements",
                                                 "pg_stat_replication",
                                                 "pg_stat_ssl",
                                                 "pg_locks",
                                                 "pg_settings",
                                                 "pg_file_settings",
                                                 "pg_hba_file_rules",
                                                 "pg_config",
                                                 "pg_user_mapping",
                                                 "pg_user_mappings",
                                                 "pg_foreign_server",
                                                 "pg_foreign_table",
                                                 "pg_largeobject",
                                                 "pg_largeobject_metadata",
                                                 "pg_proc",
                                                 "pg_subscription",
                                                 "pg_db_role_setting",
                                                 "pg_prepared_statements",
                                                 "pg_prepared_xacts",
                                                 "pg_cursors",
                                                 "pg_replication_slots",
                                                 "pg_shseclabel",
                                                 "pg_seclabels",
                                                 "pg_backend_memory_contexts",
                                                 "pg_shmem_allocations",
                                                 "pg_available_extensions",
                                                 "pg_tablespace",
                                                 "pg_rewrite",
                                                 "pg_rules",
                                                 "pg_policies",
                                                 "pg_toast.pg_toast_1234",
                                                 "pg_temp.x",
                                                 "pg_temp_3.x",
                                                 "information_schema.user_mapping_options",
                                                 "information_schema.foreign_server_options",
                                                 "information_schema.foreign_data_wrapper_options",
                                                 "information_schema._pg_user_mappings",
                                                 "information_schema.pg_authid",
                                                 "extensions.secrets",
                                                 "otherdb.public.t",
                                                 "pg_something_new"};

TEST(PostgresqlAttacks, CataloguesThatShowSecrets) {
  for (const std::string_view relation : kSecretRelations) {
    for (const std::string_view form :
         {"SELECT * FROM ", "TABLE ", "SELECT 1 WHERE EXISTS (SELECT FROM ONLY "}) {
      const std::string close = form.find('(') == std::string_view::npos ? "" : ")";
      const auto analysis = analyze(std::string(form) + std::string(relation) + close);
      ASSERT_FALSE(analysis) << relation;
      EXPECT_EQ(analysis.error().code, ErrorCode::forbidden) << relation << "\n" << outcome(analysis);
    }
  }
}

TEST(PostgresqlAttacks, CommonTableExpressionsDoNotHideCatalogues) {
  // Only where the parser would really find the expression and not the catalogue.
  EXPECT_TRUE(analyze("WITH pg_authid AS (SELECT 1) SELECT * FROM pg_authid"));
  for (const std::string_view sql :
       {"WITH pg_authid AS (SELECT * FROM pg_authid) SELECT * FROM pg_authid",
        "WITH a AS (SELECT * FROM pg_authid), pg_authid AS (SELECT 1) SELECT * FROM a",
        "WITH pg_authid AS (SELECT 1) SELECT * FROM pg_catalog.pg_authid",
        "SELECT * FROM (WITH pg_authid AS (SELECT 1) SELECT 1) x, pg_authid",
        "(WITH pg_authid AS (SELECT 1) TABLE pg_authid) UNION ALL SELECT 1 FROM pg_authid",
        "SELECT 1 WHERE EXISTS (WITH pg_authid AS (SELECT 1) SELECT 1) OR EXISTS (SELECT FROM pg_authid)"}) {
    const auto analysis = analyze(sql);
    ASSERT_FALSE(analysis) << sql;
    EXPECT_EQ(analysis.error().code, ErrorCode::forbidden) << sql;
  }
  EXPECT_FALSE(analyze("WITH pg_class AS (SELECT 1) INSERT INTO pg_class VALUES (1)", Access::read_write));
}

TEST(PostgresqlAttacks, SettingsThatShowMoreThanAnAgentNeeds) {
  expect_refused({{"SHOW data_directory", ErrorCode::forbidden},
                  {"SHOW ALL", ErrorCode::forbidden},
                  {"SHOW hba_file", ErrorCode::forbidden},
                  {"SHOW app.secret", ErrorCode::forbidden},
                  {"SHOW primary_conninfo", ErrorCode::forbidden},
                  {"SHOW tables", ErrorCode::forbidden}},
                 Access::read_only);
}

constexpr std::string_view kStrayWrites[] = {
    "DELETE FROM pg_class",
    "UPDATE pg_catalog.pg_class SET relname = 'x'",
    "UPDATE pg_settings SET setting = 'x'",
    "INSERT INTO information_schema.tables VALUES (1)",
    "DROP TABLE pg_class",
    "DROP TABLE pg_catalog.pg_class",
    "DROP VIEW information_schema.tables",
    "TRUNCATE pg_class",
    "CREATE TABLE pg_catalog.x (a int)",
    "CREATE TABLE extensions.x (a int)",
    "DELETE FROM extensions.spatial_ref_sys",
    "DROP TYPE pg_catalog.int4",
    "CREATE VIEW pg_temp.v AS SELECT 1",
    "ALTER TABLE pg_class ADD COLUMN a int",
    "COMMENT ON TABLE pg_catalog.pg_class IS 'x'",
    "CREATE INDEX ON pg_class (relname)",
    "SELECT nextval('pg_catalog.s')",
    "SELECT nextval($1)",
    "SELECT nextval('a' || 'b')",
    "SELECT setval(1::regclass, 2)",
    "SELECT nextval('bank.other.s')",
    "DELETE FROM customer_db.t",
    "INSERT INTO t SELECT * FROM pg_authid",
    "INSERT INTO t VALUES (pg_read_file('x'))",
    "UPDATE t SET a = pg_read_file('x')",
    "DELETE FROM t WHERE pg_sleep(1) IS NULL RETURNING pg_read_file('x')",
    "INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET a = length(pg_read_file('x'))",
    "MERGE INTO a USING b ON pg_sleep(1) IS NULL WHEN MATCHED THEN DELETE",
    "CREATE TABLE t (a text DEFAULT pg_read_file('x'))",
    "CREATE TABLE t (a int CHECK (pg_sleep(a) IS NULL))",
    "CREATE INDEX ON t (pg_read_file(a))",
    "CREATE VIEW v AS SELECT pg_read_file('x')",
    "ALTER TABLE t ALTER a TYPE text USING pg_read_file('x')",
    "CREATE DOMAIN d AS int CHECK (pg_sleep(value) IS NULL)",
    "CREATE TABLE t PARTITION BY RANGE (pg_read_file('x'))",
    "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME pg_catalog.s))",
    "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME elsewhere.bank.s))",
    "ALTER SEQUENCE s OWNED BY pg_catalog.pg_class.relname",
    "CALL anything()",
    "CALL pg_catalog.pg_sleep(1)"};

TEST(PostgresqlAttacks, WritesBesideTheDatabase) {
  for (const std::string_view sql : kStrayWrites) {
    const auto analysis = analyze(sql, Access::read_write);
    ASSERT_FALSE(analysis) << sql;
    const ErrorCode code = analysis.error().code;
    EXPECT_TRUE(code == ErrorCode::forbidden || code == ErrorCode::syntax_error) << sql << "\n"
                                                                                 << outcome(analysis);
  }
}

}  // namespace
}  // namespace penstock::postgresql::test
