// Functions that a read-only door must not let be called, in whatever notation.
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "unit/postgresql_analysis_fixture.hpp"

namespace penstock::postgresql::test {
namespace {

constexpr std::string_view kSpellings[] = {
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT * FROM pg_read_file('/etc/passwd')",
    "SELECT * FROM \"pg_read_file\"('/etc/passwd')",
    "SELECT PG_Read_File('/etc/passwd')",
    "SELECT pg_catalog.pg_read_file('/etc/passwd')",
    "SELECT pg_catalog . \"pg_read_file\" /**/ ('/etc/passwd')",
    "SELECT bank.pg_catalog.pg_read_file('x')",
    "SELECT U&\"pg\\005fread\\005ffile\"('/etc/passwd')",
    "SELECT U&\"pg!005fread!005ffile\" UESCAPE '!' ('/etc/passwd')",
    "SELECT * FROM ROWS FROM (generate_series(1, 2), pg_ls_dir('.'))",
    "SELECT * FROM customers c, LATERAL pg_ls_dir(c.name)",
    "SELECT 1 FROM customers WHERE pg_read_file('x') IS NOT NULL",
    "SELECT 1 FROM customers GROUP BY pg_read_file('x')",
    "SELECT 1 FROM customers HAVING pg_sleep(1) IS NULL",
    "SELECT 1 ORDER BY pg_sleep(1)",
    "SELECT 1 LIMIT length(pg_read_file('x'))",
    "SELECT 1 OFFSET length(pg_read_file('x'))",
    "SELECT count(*) FILTER (WHERE pg_sleep(1) IS NULL)",
    "SELECT sum(a) OVER (PARTITION BY pg_read_file('x')) FROM t",
    "SELECT sum(a) OVER w FROM t WINDOW w AS (ORDER BY pg_read_file('x'))",
    "SELECT sum(a) OVER (ROWS BETWEEN length(pg_read_file('x')) PRECEDING AND CURRENT ROW) FROM t",
    "SELECT array_agg(a ORDER BY pg_read_file('x')) FROM t",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY pg_read_file('x')) FROM t",
    "SELECT CASE WHEN true THEN pg_read_file('x') END",
    "SELECT CASE pg_read_file('x') WHEN 'a' THEN 1 END",
    "SELECT COALESCE(NULL, pg_read_file('x'))",
    "SELECT NULLIF(pg_read_file('x'), '')",
    "SELECT GREATEST(pg_read_file('x'), '')",
    "SELECT ARRAY[pg_read_file('x')]",
    "SELECT ARRAY(SELECT pg_ls_dir('.'))",
    "SELECT ROW(pg_read_file('x'))",
    "SELECT (ARRAY[1])[length(pg_read_file('x'))]",
    "SELECT (ARRAY[1])[1:length(pg_read_file('x'))]",
    "SELECT pg_read_file('x')::text",
    "SELECT CAST(pg_read_file('x') AS text)",
    "SELECT pg_read_file('x') COLLATE \"C\"",
    "SELECT pg_read_file('x') AT TIME ZONE 'UTC'",
    "SELECT 'a' LIKE pg_read_file('x') ESCAPE '!'",
    "SELECT 1 BETWEEN 0 AND length(pg_read_file('x'))",
    "SELECT 1 IN (1, length(pg_read_file('x')))",
    "SELECT 1 = ANY (ARRAY[length(pg_read_file('x'))])",
    "SELECT EXISTS (SELECT pg_ls_dir('.'))",
    "SELECT NOT pg_cancel_backend(1)",
    "SELECT pg_terminate_backend(pid := 1)",
    "SELECT format('%s', VARIADIC ARRAY[pg_read_file('x')])",
    "SELECT xmlelement(name a, pg_read_file('x'))",
    "SELECT xmlforest(pg_read_file('x') AS a)",
    "SELECT xmlserialize(content pg_read_file('x')::xml AS text)",
    "SELECT * FROM xmltable('/a' PASSING (pg_read_file('x')::xml) COLUMNS b text)",
    "SELECT * FROM xmltable('/a' PASSING '<a/>' COLUMNS b text PATH pg_read_file('x'))",
    "SELECT * FROM xmltable('/a' PASSING '<a/>' COLUMNS b text DEFAULT pg_read_file('x'))",
    "SELECT EXTRACT(epoch FROM pg_sleep(1)::text::timestamp)",
    "SELECT trim(pg_read_file('x'))",
    "SELECT * FROM t TABLESAMPLE system (length(pg_read_file('x')))",
    "SELECT * FROM t TABLESAMPLE system (1) REPEATABLE (length(pg_read_file('x')))",
    "SELECT DISTINCT ON (pg_read_file('x')) 1",
    "SELECT * FROM a JOIN b ON pg_sleep(1) IS NULL",
    "SELECT 1 GROUP BY GROUPING SETS ((pg_read_file('x')))",
    "SELECT 1 GROUP BY CUBE (pg_read_file('x'))",
    "VALUES (pg_read_file('x'))",
    "SELECT 1 UNION ALL SELECT length(pg_read_file('x'))",
    "WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + length(pg_read_file('x')) FROM r) TABLE r",
    "WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a FROM r) SEARCH BREADTH FIRST BY a SET o "
    "SELECT pg_read_file('x') FROM r",
    "EXPLAIN SELECT pg_read_file('x')",
    "EXPLAIN (ANALYZE, VERBOSE) SELECT pg_read_file('x')",
    "SELECT '1'::numeric(length(pg_read_file('x')), 1)",
};

TEST(PostgresqlCalls, FunctionsInEverySpelling) {
  for (const std::string_view sql : kSpellings) {
    for (const Access access : {Access::read_only, Access::read_write}) {
      const auto analysis = analyze(sql, access);
      ASSERT_FALSE(analysis) << sql;
      EXPECT_EQ(analysis.error().code, ErrorCode::forbidden) << sql << "\n" << outcome(analysis);
    }
  }
}

// Functions of one value, called as if they were a field of it.
constexpr std::string_view kFieldCalls[] = {
    "SELECT ('/etc/passwd'::text).pg_read_file",
    "SELECT ('/etc/passwd').\"pg_read_file\"",
    "SELECT ('/etc/passwd'::text).U&\"pg_\\0072ead_file\"",
    "SELECT ((a).b.pg_read_file).c FROM t",
    "SELECT (ARRAY['.'])[1].pg_ls_dir",
    "SELECT ((SELECT name FROM t)).pg_read_file",
    "SELECT x.pg_read_file FROM concat('/etc/passwd') x",
    "SELECT x.pg_sleep FROM CAST(10 AS float8) x",
    "SELECT * FROM unnest(ARRAY[1]) x WHERE x.pg_advisory_lock IS NULL",
    "SELECT count(*) FROM generate_series(1, 9) x GROUP BY x.pg_terminate_backend",
    "SELECT * FROM lower('x') x ORDER BY x.query_to_xml",
    "SELECT (1).pg_cancel_backend",
    "SELECT ('1'::oid).lo_unlink",
    "SELECT ('s'::regclass).nextval",
    "SELECT ('s'::regclass).currval",
    "SELECT ('data_directory'::text).current_setting",
    "SELECT (0.5::float8).setseed",
    "SELECT ('host=elsewhere'::text).dblink_connect",
    "SELECT (0.1::float4).set_limit",
};

TEST(PostgresqlCalls, FunctionsInTheNotationOfFields) {
  for (const std::string_view sql : kFieldCalls) {
    for (const Access access : {Access::read_only, Access::read_write}) {
      const auto analysis = analyze(sql, access);
      ASSERT_FALSE(analysis) << sql;
      EXPECT_EQ(analysis.error().code, ErrorCode::forbidden) << sql << "\n" << outcome(analysis);
    }
  }
  // A column is more likely named like a part of PostgreSQL's inside than such a part is called.
  for (const std::string_view sql :
       {"SELECT t.system FROM t", "SELECT pg_sleep FROM t", "SELECT (a).circle_in FROM t"})
    EXPECT_TRUE(analyze(sql)) << sql << "\n" << outcome(analyze(sql));
}

TEST(PostgresqlCalls, ParameterNumbersThatCostTheServerMemory) {
  for (const std::string_view sql :
       {"SELECT $65536", "SELECT $200000000", "SELECT $0", "SELECT a[$99999999] FROM t"}) {
    const auto analysis = analyze(sql);
    ASSERT_FALSE(analysis) << sql;
    EXPECT_EQ(analysis.error().code, ErrorCode::invalid_argument) << sql << "\n" << outcome(analysis);
  }
  for (const std::string_view sql : {"SELECT $2, $1 WHERE a = $2", "SELECT '$65536' LIMIT $65535"})
    EXPECT_TRUE(analyze(sql)) << sql << "\n" << outcome(analyze(sql));
}

constexpr std::string_view kCalls[] = {"pg_read_binary_file('x')",
                                       "pg_ls_dir('.')",
                                       "pg_stat_file('x')",
                                       "lo_import('/etc/passwd')",
                                       "lo_export(1, '/tmp/x')",
                                       "lo_get(1)",
                                       "lo_from_bytea(0, '')",
                                       "loread(1, 1)",
                                       "dblink_exec('x', 'y')",
                                       "dblink('x', 'y')",
                                       "query_to_xml('delete from t', true, true, '')",
                                       "table_to_xml('t', true, true, '')",
                                       "database_to_xml(true, true, '')",
                                       "cursor_to_xml('c', 1, true, true, '')",
                                       "set_config('search_path', 'x', false)",
                                       "setseed(0.5)",
                                       "pg_notify('a', 'b')",
                                       "pg_sleep(10)",
                                       "pg_sleep_for('1 h')",
                                       "pg_advisory_lock(1)",
                                       "pg_try_advisory_lock(1)",
                                       "pg_advisory_xact_lock(1)",
                                       "pg_advisory_unlock_all()",
                                       "pg_terminate_backend(1)",
                                       "pg_reload_conf()",
                                       "pg_rotate_logfile()",
                                       "pg_switch_wal()",
                                       "pg_export_snapshot()",
                                       "pg_current_xact_id()",
                                       "txid_current()",
                                       "currval('s')",
                                       "lastval()",
                                       "pg_logical_emit_message(true, 'a', 'b')",
                                       "pg_create_physical_replication_slot('x')",
                                       "ts_stat('select 1')",
                                       "ts_rewrite('a'::tsquery, 'select 1')",
                                       "crosstab('select 1')",
                                       "connectby('t', 'a', 'b', 'c', 1)",
                                       "pg_stat_get_activity(1)",
                                       "pg_stat_reset()",
                                       "inet_server_addr()",
                                       "current_setting('data_directory')",
                                       "current_setting('app.secret')",
                                       "current_setting('time' || 'zone')",
                                       "current_setting($1)",
                                       "pg_get_functiondef(1)",
                                       "domain_in('x', 1, -1)",
                                       "record_in('x', 1, -1)",
                                       "array_in('{}', 1, -1)",
                                       "textin('x')",
                                       "pg_prepared_statement()",
                                       "pg_cursor()",
                                       "pg_show_all_settings()",
                                       "pg_hba_file_rules()",
                                       "pg_config()",
                                       "xpath_table('a', 'b', 'c', 'd', 'e')",
                                       "set_limit(0.1)",
                                       "st_estimatedextent('other', 't', 'c')",
                                       "addgeometrycolumn('a', 'b', 1, 'c', 2)",
                                       "pg_file_write('a', 'b', true)",
                                       "uuid_generate_v1()",
                                       "unknown_function()",
                                       "public.unknown_function()",
                                       "pg_temp.f()",
                                       "pg_toast.f()",
                                       "information_schema.f()",
                                       "extensions.delete_everything()",
                                       "other.lower('x')",
                                       "accounts_db.lower('x')"};

TEST(PostgresqlCalls, FunctionsThatReachBeyondTheStatement) {
  for (const std::string_view call : kCalls) {
    const auto analysis = analyze("SELECT " + std::string(call));
    ASSERT_FALSE(analysis) << call;
    EXPECT_EQ(analysis.error().code, ErrorCode::forbidden) << call << "\n" << outcome(analysis);
  }
}

}  // namespace
}  // namespace penstock::postgresql::test
