// Statements that must not get through, on a real PostgreSQL: with every layer, as a user whom no grant
// stops; and with the analysis switched off, as the user of docs/security.md, when the others have to hold.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include "security/postgresql_door.hpp"

namespace penstock::postgresql::test {
namespace {

using penstock::test::PostgresqlCluster;

struct Attack {
  std::string_view sql;
  /// Nothing but the analysis stops it; docs/security.md has this word about it. Empty: something else does.
  std::string_view alone = {};
};

// {file} is a file that is not there; {victim} another session of the same role.
constexpr Attack kAttacks[] = {
    {"COMMIT; DROP SCHEMA customer_db CASCADE; --"},
    {"ROLLBACK; DELETE FROM customers"},
    {"SET TRANSACTION READ WRITE; DELETE FROM customers"},
    {"SELECT 1; DELETE FROM customers"},
    {"/*x*/ DELETE FROM customers"},
    {"DELETE FROM customers"},
    {"WITH x AS (DELETE FROM customers RETURNING *) SELECT * FROM x"},
    {"EXPLAIN (ANALYZE) DELETE FROM customers"},
    {"SELECT * INTO stolen FROM customers"},
    {"SELECT * FROM customers FOR UPDATE"},
    {"INSERT INTO customers VALUES (4, 'x')"},
    {"UPDATE customers SET name = 'x'"},
    {"MERGE INTO customers c USING (VALUES (1)) v(a) ON c.id = v.a WHEN MATCHED THEN DELETE"},
    {"TRUNCATE customers"},
    {"DROP TABLE customers"},
    {"CREATE TABLE made (a int)"},
    {"CREATE TEMP TABLE customers (a int)"},
    {"CREATE TABLE made AS SELECT 1"},
    {"ALTER TABLE customers ADD COLUMN x int"},
    {"CREATE VIEW made AS SELECT 1"},
    {"CREATE FUNCTION made() RETURNS int LANGUAGE sql AS 'SELECT 1'"},
    {"COMMENT ON TABLE customers IS 'x'"},
    {"GRANT ALL ON customers TO PUBLIC"},
    {"ALTER ROLE agent SUPERUSER"},
    {"CREATE ROLE made"},
    {"ALTER SYSTEM SET work_mem = '1GB'"},
    {"ALTER DATABASE postgres SET work_mem = '1GB'"},
    {"CREATE EXTENSION dblink"},
    {"LOAD 'auto_explain'"},
    {"VACUUM"},
    {"ANALYZE customers", "`ANALYZE`"},
    {"REINDEX TABLE customers"},
    {"CLUSTER"},
    {"CHECKPOINT"},
    {"REFRESH MATERIALIZED VIEW customers"},
    {"CALL anything()"},
    {"COPY customers TO '{file}'"},
    {"COPY (SELECT 1) TO PROGRAM 'touch {file}'"},
    {"COPY customers FROM '/etc/passwd'"},
    {"DO $$ BEGIN EXECUTE 'DELETE FROM customer_db.customers'; END $$"},
    {"DO $$ BEGIN PERFORM pg_advisory_lock(1); END $$", "`DO`"},
    {"LOCK TABLE customers IN ACCESS SHARE MODE", "`LOCK`"},
    {"SET search_path = hidden", "`SET`"},
    {"SET SESSION default_transaction_read_only = off", "`SET`"},
    {"SET ROLE postgres"},
    {"SET SESSION AUTHORIZATION postgres"},
    {"SET TRANSACTION READ WRITE"},
    {"RESET ALL", "`SET`"},
    {"DISCARD ALL"},
    {"DISCARD PLANS", "`DISCARD`"},
    {"PREPARE made AS SELECT 1", "`PREPARE`"},
    {"DEALLOCATE ALL"},
    {"DECLARE made CURSOR WITH HOLD FOR SELECT 1", "`DECLARE`"},
    {"LISTEN made", "`LISTEN`"},
    {"NOTIFY made", "`NOTIFY`"},
    {"SELECT pg_notify('made', 'x')", "`pg_notify`"},
    {"SELECT set_config('search_path', 'hidden', false)", "`set_config`"},
    {"SELECT set_config('transaction_read_only', 'off', false)"},
    {"SELECT setseed(0.5)", "`setseed`"},
    {"SELECT pg_sleep(0.01)", "`pg_sleep`"},
    {"SELECT (0.01::float8).pg_sleep", "`pg_sleep`"},
    {"SELECT x.pg_sleep FROM CAST(0.01 AS float8) x", "`pg_sleep`"},
    {"SELECT pg_advisory_lock(1)", "advisory locks"},
    {"SELECT (1::bigint).pg_try_advisory_lock_shared", "advisory locks"},
    {"SELECT pg_terminate_backend({victim})", "`pg_terminate_backend`"},
    {"SELECT ({victim}).pg_cancel_backend", "`pg_cancel_backend`"},
    {"SELECT pg_current_xact_id()", "`pg_current_xact_id`"},
    {"SELECT pg_export_snapshot()", "`pg_export_snapshot`"},
    {"SELECT nextval('numbers')"},
    {"SELECT ('numbers'::regclass).nextval"},
    {"SELECT setval('numbers', 100)"},
    {"SELECT currval('numbers')"},
    {"SELECT lo_create(1)", "`lo_create`"},
    {"SELECT lo_from_bytea(0, 'x')", "`lo_create`"},
    {"SELECT lo_get(4711)"},
    {"SELECT lo_unlink(4711)"},
    {"SELECT (4711::oid).lo_unlink"},
    {"SELECT lo_put(4711, 0, 'x')"},
    {"SELECT lo_import('/etc/passwd')"},
    {"SELECT lo_export(4711, '{file}')"},
    {"SELECT pg_read_file('/etc/passwd')"},
    {"SELECT * FROM \"pg_read_file\"('/etc/passwd')"},
    {"SELECT ('/etc/passwd'::text).pg_read_file"},
    {"SELECT x.pg_read_file FROM concat('/etc/passwd') x"},
    {"SELECT pg_read_binary_file('/etc/passwd')"},
    {"SELECT pg_ls_dir('/')"},
    {"SELECT pg_stat_file('/etc/passwd')"},
    {"SELECT query_to_xml('delete from customer_db.customers', true, true, '')"},
    {"SELECT query_to_xml('select * from hidden.secrets', true, true, '')"},
    {"SELECT query_to_xml('select * from accounts_db.accounts', true, true, '')", "`query_to_xml`"},
    {"SELECT table_to_xml('hidden.secrets', true, true, '')"},
    {"SELECT * FROM ts_stat('select to_tsvector(name) from hidden.secrets')"},
    {"SELECT * FROM hidden.secrets"},
    {"TABLE hidden.secrets"},
    {"SELECT * FROM pg_authid"},
    {"SELECT * FROM pg_shadow"},
    {"SELECT * FROM pg_user_mapping"},
    {"SELECT * FROM pg_largeobject"},
    {"SELECT * FROM pg_statistic"},
    {"SELECT * FROM pg_hba_file_rules"},
    {"SELECT * FROM pg_file_settings"},
    {"SELECT query FROM pg_stat_activity", "catalogues"},
    {"SELECT * FROM pg_locks", "catalogues"},
    {"SELECT rolname FROM pg_roles", "catalogues"},
    {"SELECT prosrc FROM pg_proc", "catalogues"},
    {"SELECT name FROM pg_settings", "catalogues"},
    {"SHOW data_directory"},
    {"SELECT current_setting('data_directory')"},
    {"SHOW ALL", "catalogues"},
    {"SELECT inet_server_addr()", "`inet_server_addr`"},
    {"SELECT pg_reload_conf()"},
    {"SELECT pg_rotate_logfile()"},
    {"SELECT pg_switch_wal()"},
    {"SELECT pg_logical_emit_message(false, 'a', 'b')", "`pg_logical_emit_message`"},
    {"SELECT pg_create_physical_replication_slot('made')"},
    {"SELECT pg_stat_reset()"},
    {"SELECT pg_promote()"},
    {"BEGIN", "`BEGIN`"},
    {"COMMIT", "`COMMIT`"},
    {"ROLLBACK", "`COMMIT`"},
    {"SAVEPOINT made", "`COMMIT`"},
    {"COMMIT AND CHAIN", "`COMMIT`"},
    {"SELECT $200000000"},
};

/// A session of the role `agent` that an attack may aim at.
class Victim {
 public:
  explicit Victim(const PostgresqlCluster& cluster)
      : session_(PQconnectdb((cluster.conninfo("postgres", "agent") + " application_name=victim").c_str()),
                 &PQfinish) {}
  [[nodiscard]] std::string process() const { return std::to_string(PQbackendPID(session_.get())); }

 private:
  std::unique_ptr<PGconn, void (*)(PGconn*)> session_;
};

std::string aimed(std::string_view attack, const AttackedServer& server, const Victim& victim) {
  std::string sql(attack);
  for (const auto& [mark, text] : {std::pair{std::string("{file}"), server.forbidden_file()},
                                   std::pair{std::string("{victim}"), victim.process()}}) {
    if (const auto at = sql.find(mark); at != std::string::npos) sql.replace(at, mark.size(), text);
  }
  return sql;
}

std::string why(const Result<std::string>& answer) {
  return answer ? "answered: " + *answer : answer.error().message + " / " + answer.error().server_message;
}

TEST(PostgresqlAttacksOnAServer, EveryLayerEvenForASuperuser) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const AttackedServer server;
  const Victim victim(server.cluster());
  Door door(server, {.user = "postgres"});
  ASSERT_EQ(door.run("SELECT count(*) FROM customers").value_or("nothing"), "3");
  const std::string before = server.fingerprint();
  const std::string session = door.session();
  const std::string process = door.process();
  for (const Attack& attack : kAttacks) {
    const auto answer = door.run(aimed(attack.sql, server, victim));
    EXPECT_FALSE(answer) << attack.sql << " " << why(answer);
    EXPECT_EQ(server.fingerprint(), before) << attack.sql;
  }
  EXPECT_EQ(door.session(), session);
  EXPECT_EQ(door.process(), process) << "nothing reached the server, so the connection is the same";
}

TEST(PostgresqlAttacksOnAServer, WithoutTheAnalysis) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const AttackedServer server;
  auto victim = std::make_unique<Victim>(server.cluster());
  Door door(server, {.analysis = false});
  ASSERT_EQ(door.run("SELECT count(*) FROM customers").value_or("nothing"), "3");
  ASSERT_EQ(door.load_languages(), "");
  std::string before = server.fingerprint();
  const std::string session = door.session();
  for (const Attack& attack : kAttacks) {
    const auto answer = door.run(aimed(attack.sql, server, *victim));
    EXPECT_EQ(answer.has_value(), !attack.alone.empty()) << attack.sql << " " << why(answer);
    EXPECT_EQ(answer.value_or("").find(kSecret), std::string::npos) << attack.sql;
    if (attack.alone == "`pg_terminate_backend`") {
      victim = std::make_unique<Victim>(server.cluster());
      before = server.fingerprint();
    }
    EXPECT_EQ(server.fingerprint(), before) << attack.sql;
    EXPECT_EQ(door.session(), session) << attack.sql;
    EXPECT_EQ(door.run("SELECT count(*) FROM customers").value_or("nothing"), "3") << attack.sql;
  }
}

TEST(PostgresqlAttacksOnAServer, WhatTheAnalysisAloneStopsIsWrittenDown) {
  const std::string path = std::string(PENSTOCK_TEST_SOURCES) + "/docs/security.md";
  std::ifstream file(path);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const auto begin = page.find("**Only the analysis**");
  ASSERT_NE(begin, std::string::npos) << path;
  const std::string passage = page.substr(begin, page.find("\n###", begin) - begin);
  for (const Attack& attack : kAttacks) {
    EXPECT_NE(passage.find(attack.alone), std::string::npos) << attack.sql << ": " << attack.alone;
  }
}

}  // namespace
}  // namespace penstock::postgresql::test
