#include "conformance/duckdb_attacks.hpp"

#include <algorithm>
#include <iterator>

namespace penstock::conformance {

namespace {

std::vector<Attack> writes() {
  return {
      {"insert", "INSERT INTO people VALUES ('x', 'y', 'z')"},
      {"insert_returning", "INSERT INTO people VALUES ('x', 'y', 'z') RETURNING *"},
      {"insert_elsewhere", "INSERT INTO accounts_db.savings VALUES ('x', 'y', 'z')"},
      {"update", "UPDATE people SET name = 'x'"},
      {"update_behind_comment", "/* SELECT /* nested */ */ -- harmless\nUPDATE people SET name = 'x'"},
      {"delete", "DELETE FROM people"},
      {"delete_with", "WITH x AS (SELECT 1) DELETE FROM people"},
      {"delete_in_with", "WITH x AS (DELETE FROM people RETURNING *) SELECT * FROM x"},
      {"truncate", "TRUNCATE people"},
      {"merge", "MERGE INTO people USING people p ON people.id = p.id WHEN MATCHED THEN DELETE"},
      {"second_statement", "SELECT * FROM people; DELETE FROM people"},
      {"second_after_comment", "SELECT 1 -- ;\n; DROP TABLE people"},
      {"second_after_dollars", "SELECT $$ ; $$; DROP TABLE people"},
      {"create_table", "CREATE TABLE stolen (x INTEGER)"},
      {"create_table_as", "CREATE TABLE stolen AS FROM people"},
      {"create_temp_table", "CREATE TEMP TABLE people AS SELECT 1 AS id"},
      {"create_view", "CREATE VIEW v AS FROM people"},
      {"create_macro", "CREATE MACRO lower(x) AS 'stolen'"},
      {"create_sequence", "CREATE SEQUENCE s"},
      {"create_type", "CREATE TYPE t AS ENUM ('a')"},
      {"create_schema", "CREATE SCHEMA s"},
      {"create_secret", "CREATE SECRET s (TYPE s3)"},
      {"create_index", "CREATE INDEX i ON people (name)"},
      {"drop_table", "DROP TABLE people"},
      {"drop_schema", "DROP SCHEMA customer_db CASCADE"},
      {"alter_table", "ALTER TABLE people RENAME TO persons"},
      {"comment_on", "COMMENT ON TABLE people IS 'x'"},
      {"explain_analyze_delete", "EXPLAIN ANALYZE DELETE FROM people"},
      {"explain_analyze_create", "EXPLAIN ANALYZE CREATE TEMP TABLE people AS SELECT 1 AS id"},
      {"explain_options_create", "EXPLAIN (ANALYZE, FORMAT json) CREATE TEMP TABLE people AS SELECT 1 AS id"},
      {"explain_analyze_copy", "EXPLAIN ANALYZE COPY people TO '{folder}/people.csv'"},
      {"explain_comment_copy", "EXPLAIN /* ANALYZE */ ANALYZE COPY people TO '{folder}/people.csv'"},
      {"vacuum", "VACUUM"},
      {"analyze", "ANALYZE"},
      {"checkpoint", "CHECKPOINT"},
      {"checkpoint_function", "SELECT * FROM force_checkpoint()"},
      {"pivot_statement", "PIVOT people ON name USING count(*)"},
      {"into", "SELECT * INTO stolen FROM people"},
      {"for_update", "SELECT * FROM people FOR UPDATE"},
  };
}

std::vector<Attack> files() {
  return {
      {"copy_to", "COPY people TO '{folder}/people.csv'"},
      {"copy_to_parquet", "COPY (FROM people) TO '{folder}/people.parquet' (FORMAT parquet)"},
      {"copy_from", "COPY people FROM '/etc/passwd'"},
      {"copy_from_database", "COPY FROM DATABASE penstock TO memory"},
      {"export", "EXPORT DATABASE '{folder}/out'"},
      {"import", "IMPORT DATABASE '{folder}'"},
      {"file_as_table", "SELECT * FROM '/etc/passwd'"},
      {"csv_as_table", "SELECT * FROM '/etc/passwd.csv'"},
      {"pattern_as_table", "FROM '/etc/*.csv'"},
      {"address_as_table", "FROM 'https://example.org/x.parquet'"},
      {"read_text", "SELECT content FROM read_text('/etc/passwd')"},
      {"read_text_quoted", "SELECT content FROM \"read_text\"('/etc/passwd')"},
      {"read_text_qualified", "SELECT content FROM system.main.read_text('/etc/passwd')"},
      {"read_text_lateral", "SELECT * FROM people, LATERAL (SELECT * FROM read_text('/etc/passwd'))"},
      {"read_text_in_expression", "SELECT (SELECT content FROM read_text('/etc/passwd'))"},
      {"read_text_in_order", "SELECT 1 ORDER BY (SELECT content FROM read_text('/etc/passwd'))"},
      {"read_text_in_cte", "WITH RECURSIVE x AS (SELECT content FROM read_text('/etc/passwd')) FROM x"},
      {"read_text_in_pivot", "FROM (PIVOT (FROM read_text('/etc/passwd')) ON size IN (1) USING count(*))"},
      {"read_text_described", "DESCRIBE SELECT * FROM read_text('/etc/passwd')"},
      {"read_text_summarized", "SUMMARIZE FROM read_text('/etc/passwd')"},
      {"read_text_explained", "EXPLAIN ANALYZE SELECT * FROM read_text('/etc/passwd')"},
      {"read_blob", "SELECT * FROM read_blob('/etc/passwd')"},
      {"read_csv", "SELECT * FROM read_csv('/etc/passwd')"},
      {"read_csv_auto", "SELECT * FROM read_csv_auto('/etc/passwd')"},
      {"read_json", "SELECT * FROM read_json('/etc/passwd')"},
      {"read_json_objects", "SELECT * FROM read_json_objects('/etc/passwd')"},
      {"read_ndjson", "SELECT * FROM read_ndjson('/etc/passwd')"},
      {"read_parquet", "SELECT * FROM read_parquet('/etc/passwd')"},
      {"parquet_scan", "SELECT * FROM parquet_scan('/etc/passwd')"},
      {"parquet_metadata", "SELECT * FROM parquet_metadata('/etc/passwd')"},
      {"parquet_schema", "SELECT * FROM parquet_schema('/etc/passwd')"},
      {"sniff_csv", "SELECT * FROM sniff_csv('/etc/passwd')"},
      {"glob", "SELECT * FROM glob('/etc/*')"},
      {"read_duckdb", "SELECT * FROM read_duckdb('/etc/passwd')"},
      {"own_file", "SELECT * FROM pragma_storage_info('people')"},
      {"attach", "ATTACH '{folder}/new.duckdb' AS n"},
      {"attach_memory", "ATTACH ':memory:' AS m"},
      {"attach_sqlite", "ATTACH '/etc/passwd' AS p (TYPE sqlite)"},
      {"detach", "DETACH penstock"},
      {"install", "INSTALL httpfs"},
      {"load", "LOAD '{folder}/evil.duckdb_extension'"},
      {"update_extensions", "UPDATE EXTENSIONS"},
  };
}

std::vector<Attack> session() {
  return {
      {"set", "SET memory_limit = '1TB'"},
      {"set_global", "SET GLOBAL threads = 64"},
      {"set_external_access", "SET enable_external_access = true"},
      {"set_paths", "SET allowed_paths = ['/etc/passwd']"},
      {"set_schema", "SET schema = 'payroll_db'"},
      {"set_search_path", "SET search_path = 'penstock.payroll_db'"},
      {"set_variable", "SET VARIABLE x = 1"},
      {"reset", "RESET search_path"},
      {"use", "USE payroll_db"},
      {"begin", "BEGIN"},
      {"commit", "COMMIT"},
      {"rollback", "ROLLBACK"},
      {"prepare", "PREPARE p AS DELETE FROM people"},
      {"execute", "EXECUTE p"},
      {"deallocate", "DEALLOCATE p"},
      {"call", "CALL pragma_version()"},
      {"call_logging", "CALL enable_logging()"},
      {"logging", "SELECT * FROM enable_logging()"},
      {"write_log", "SELECT write_log('forged line')"},
      {"logs", "FROM duckdb_logs"},
      {"pragma", "PRAGMA database_list"},
      {"pragma_setting", "PRAGMA memory_limit = '1TB'"},
      {"pragma_profiling", "PRAGMA profiling_output = '{folder}/profile.json'"},
      {"pragma_version", "SELECT * FROM pragma_database_size()"},
      {"settings", "SELECT * FROM duckdb_settings()"},
      {"settings_view", "SHOW ALL"},
      {"setting", "SELECT current_setting('temp_directory')"},
      {"secrets", "SELECT * FROM duckdb_secrets()"},
      {"variables", "SELECT * FROM duckdb_variables()"},
      {"functions", "SELECT * FROM duckdb_functions()"},
      {"databases", "SHOW DATABASES"},
      {"views", "SELECT * FROM duckdb_views"},
      {"views_qualified", "SELECT * FROM system.main.duckdb_views"},
      {"master", "SELECT * FROM sqlite_master"},
      {"pg_views", "SELECT * FROM pg_catalog.pg_views"},
      {"pg_views_found", "SELECT * FROM pg_views"},
      {"information_views", "SELECT * FROM information_schema.views"},
      {"getenv", "SELECT getenv('HOME')"},
  };
}

// What names a thing of another schema, or of DuckDB's own, also in a text.
std::vector<Attack> elsewhere() {
  return {
      {"query_function", "SELECT * FROM query('SELECT * FROM penstock.payroll_db.salaries')"},
      {"query_table", "SELECT * FROM query_table('penstock.payroll_db.salaries')"},
      {"serialized", "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))"},
      {"serialized_plan", "SELECT json_serialize_plan('SELECT 1')"},
      {"sequence", "SELECT nextval('s')"},
      {"seed", "SELECT setseed(0.5)"},
      {"memory_scan", "SELECT * FROM arrow_scan(1, 2, 3)"},
      {"forged_state", "SELECT finalize(combine('x', 'x'))"},
      {"histogram", "FROM histogram('payroll_db.salaries', salary)"},
      {"histogram_values",
       "FROM histogram_values('penstock.payroll_db.salaries', id, technique := 'sample')"},
      {"histogram_of_settings",
       "FROM histogram_values('pg_catalog.pg_settings', name, technique := 'sample')"},
      {"type_of_schema", "SELECT enum_range(NULL::payroll_db.mood)"},
      {"type_of_three_parts", "SELECT enum_range(NULL::penstock.payroll_db.mood)"},
      {"type_as_text", "SELECT from_json('null', '\"penstock.payroll_db.mood\"')"},
      {"macro_of_schema", "SELECT payroll_db.age(1)"},
      {"macro_of_three_parts", "SELECT penstock.payroll_db.age(1)"},
      {"information_schemata", "SELECT * FROM information_schema.schemata"},
      {"three_parts", "SELECT * FROM penstock.payroll_db.salaries"},
      {"three_parts_described", "DESCRIBE penstock.payroll_db.salaries"},
      {"unmapped", "SELECT * FROM payroll_db.salaries"},
      {"unmapped_listed", "SHOW TABLES FROM payroll_db"},
      {"unmapped_in_join", "SELECT * FROM people JOIN payroll_db.salaries USING (id)"},
      {"unmapped_in_exists", "SELECT 1 WHERE EXISTS (FROM payroll_db.salaries)"},
      {"memory_catalogue", "SELECT * FROM memory.main.people"},
      {"kill", "KILL 1"},
  };
}

}  // namespace

std::vector<Attack> duckdb_attacks() {
  std::vector<Attack> all = writes();
  for (auto&& more : {files(), session(), elsewhere()})
    std::ranges::copy(more, std::back_inserter(all));
  return all;
}

std::vector<Attack> duckdb_folder_attacks() {
  std::vector<Attack> all = files();
  std::ranges::copy(elsewhere(), std::back_inserter(all));
  // Each database has an instance of its own, whose schemas are nobody else's.
  std::erase_if(all, [](const Attack& attack) { return attack.name == "information_schemata"; });
  return all;
}

std::vector<Leak> duckdb_leaks() {
  return {
      {"schema", "USE payroll_db", "SELECT current_schema()"},
      {"search_path", "SET search_path = 'penstock.accounts_db'", "SELECT current_schema()"},
      {"time_zone", "SET TimeZone = 'Asia/Tokyo'", "SELECT TIMESTAMPTZ '2024-01-01 00:00:00Z'::VARCHAR"},
      {"calendar", "SET Calendar = 'japanese'", "SELECT year(TIMESTAMPTZ '2024-01-01 00:00:00Z')"},
      {"null_order", "SET default_null_order = 'nulls_first'", "SELECT city FROM people ORDER BY city"},
      {"order", "SET default_order = 'DESC'", "SELECT id FROM people ORDER BY id"},
      {"division", "SET integer_division = true", "SELECT 1 / 2"},
      {"collation", "SET default_collation = 'NOCASE'", "SELECT 'a' = 'A'"},
      {"temp_table", "CREATE TEMP TABLE leak AS SELECT 1 AS x", "SELECT * FROM leak"},
      {"temp_table_shadow", "CREATE TEMP TABLE people AS SELECT 'x' AS id", "SELECT * FROM people"},
      {"temp_view_shadow", "CREATE TEMP VIEW people AS SELECT 'x' AS id", "SELECT * FROM people"},
      {"temp_macro_shadow", "CREATE TEMP MACRO lower(x) AS 'leak'", "SELECT lower('A')"},
      {"temp_by_explain", "EXPLAIN ANALYZE CREATE TEMP TABLE people AS SELECT 'x' AS id",
       "SELECT * FROM people"},
      {"seed", "SELECT setseed(0.25)", "SELECT count(*) FROM people WHERE random() < 0"},
      {"prepared", "PREPARE leak AS SELECT 1", "EXECUTE leak"},
      {"open_transaction", "BEGIN", "SELECT * FROM people"},
      {"other_database", "SELECT count(*) FROM information_schema.tables", "SELECT * FROM savings"},
  };
}

}  // namespace penstock::conformance
