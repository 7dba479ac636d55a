#include "conformance/postgresql_attacks.hpp"

namespace penstock::conformance {

namespace {

std::vector<Attack> writes() {
  return {
      {"insert", "INSERT INTO people VALUES ('x', 'y', 'z')"},
      {"insert_returning", "INSERT INTO people VALUES ('x', 'y', 'z') RETURNING *"},
      {"upsert", "INSERT INTO people VALUES ('p1', 'y', 'z') ON CONFLICT (id) DO UPDATE SET name = 'y'"},
      {"update", "UPDATE people SET name = 'x'"},
      {"update_behind_comment", "/* SELECT */ -- harmless\nUPDATE people SET name = 'x'"},
      {"delete", "DELETE FROM people"},
      {"delete_elsewhere", "DELETE FROM accounts_db.savings"},
      {"merge", "MERGE INTO people USING (SELECT 'p1' AS id) s ON s.id = people.id WHEN MATCHED THEN DELETE"},
      {"with_delete", "WITH x AS (DELETE FROM people RETURNING *) SELECT * FROM x"},
      {"with_update_nested",
       "SELECT * FROM (WITH x AS (UPDATE people SET name = 'x' RETURNING 1) SELECT 1) y"},
      {"second_statement", "SELECT * FROM people; DELETE FROM people"},
      {"second_after_comment", "SELECT 1 -- ;\n; DROP TABLE people"},
      {"commit_and_drop", "COMMIT; DROP SCHEMA customer_db CASCADE; --"},
      {"rollback_and_delete", "ROLLBACK; DELETE FROM people"},
      {"read_write_and_delete", "SET TRANSACTION READ WRITE; DELETE FROM people"},
      {"select_into", "SELECT * INTO stolen FROM people"},
      {"select_into_temp", "SELECT * INTO TEMP stolen FROM people"},
      {"for_update", "SELECT * FROM people FOR UPDATE"},
      {"for_share", "SELECT * FROM people FOR KEY SHARE"},
      {"explain_analyze", "EXPLAIN (ANALYZE) DELETE FROM people"},
      {"explain_analyze_create", "EXPLAIN ANALYZE CREATE TABLE stolen AS SELECT * FROM people"},
      {"create_table", "CREATE TABLE stolen (x int)"},
      {"create_temp_table", "CREATE TEMP TABLE people (id text)"},
      {"create_view", "CREATE VIEW v AS SELECT * FROM people"},
      {"create_function", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"},
      {"create_extension", "CREATE EXTENSION plpgsql"},
      {"create_role", "CREATE ROLE evil SUPERUSER LOGIN"},
      {"alter_role", "ALTER ROLE postgres PASSWORD 'x'"},
      {"alter_system", "ALTER SYSTEM SET work_mem = '1GB'"},
      {"alter_database", "ALTER DATABASE postgres SET work_mem = '1GB'"},
      {"grant", "GRANT ALL ON people TO PUBLIC"},
      {"drop_table", "DROP TABLE people"},
      {"alter_table", "ALTER TABLE people RENAME TO persons"},
      {"truncate", "TRUNCATE people"},
      {"comment", "COMMENT ON TABLE people IS 'x'"},
      {"vacuum", "VACUUM"},
      {"analyze", "ANALYZE people"},
      {"reindex", "REINDEX TABLE people"},
      {"cluster", "CLUSTER"},
      {"checkpoint", "CHECKPOINT"},
      {"refresh", "REFRESH MATERIALIZED VIEW people"},
      {"do_block", "DO $$ BEGIN DELETE FROM people; END $$"},
      {"call", "CALL pg_catalog.pg_terminate_backend(1)"},
      {"copy_to_program", "COPY people TO PROGRAM 'cat > {folder}/x'"},
      {"copy_to_file", "COPY people TO '{folder}/x'"},
      {"copy_to_stdout", "COPY people TO STDOUT"},
      {"copy_from", "COPY people FROM '/etc/passwd'"},
      {"query_to_xml", "SELECT query_to_xml('delete from people', true, true, '')"},
      {"lo_create", "SELECT lo_create(0)"},
      {"lo_from_bytea", "SELECT lo_from_bytea(0, 'x')"},
      {"large_object_put", "SELECT lo_put(1, 0, 'x')"},
  };
}

std::vector<Attack> reaches() {
  return {
      {"read_file", "SELECT pg_read_file('/etc/passwd')"},
      {"read_file_in_from", "SELECT * FROM \"pg_read_file\"('/etc/passwd')"},
      {"read_file_qualified", "SELECT pg_catalog.pg_read_file('/etc/passwd')"},
      {"read_binary_file", "SELECT pg_read_binary_file('PG_VERSION')"},
      {"list_folder", "SELECT pg_ls_dir('.')"},
      {"list_log_folder", "SELECT * FROM pg_ls_waldir()"},
      {"stat_file", "SELECT * FROM pg_stat_file('PG_VERSION')"},
      {"lo_import", "SELECT lo_import('/etc/passwd')"},
      {"lo_export", "SELECT lo_export(1, '{folder}/x')"},
      {"lo_get", "SELECT lo_get(1)"},
      {"dblink", "SELECT * FROM dblink('dbname=postgres', 'SELECT 1') AS t(x int)"},
      {"dblink_exec", "SELECT dblink_exec('dbname=postgres', 'DROP TABLE people')"},
      {"passwords", "SELECT * FROM pg_authid"},
      {"passwords_qualified", "SELECT * FROM pg_catalog.pg_shadow"},
      {"statistics", "SELECT * FROM pg_stats"},
      {"activity", "SELECT * FROM pg_stat_activity"},
      {"file_settings", "SELECT * FROM pg_file_settings"},
      {"hba_rules", "SELECT * FROM pg_hba_file_rules"},
      {"large_objects", "SELECT * FROM pg_largeobject"},
      {"user_mappings", "SELECT * FROM pg_user_mapping"},
      {"data_folder", "SHOW data_directory"},
      {"data_folder_function", "SELECT current_setting('data_directory')"},
      {"other_schema", "SELECT * FROM public.anything"},
      {"terminate", "SELECT pg_terminate_backend(pid) FROM (VALUES (1)) AS t(pid)"},
      {"cancel", "SELECT pg_cancel_backend(1)"},
      {"reload", "SELECT pg_reload_conf()"},
      {"rotate_log", "SELECT pg_rotate_logfile()"},
      {"switch_wal", "SELECT pg_switch_wal()"},
      {"promote", "SELECT pg_promote()"},
      {"create_slot", "SELECT pg_create_physical_replication_slot('s')"},
      {"backup", "SELECT pg_backup_start('x')"},
      {"logical_message", "SELECT pg_logical_emit_message(false, 'a', 'b')"},
      {"notify_function", "SELECT pg_notify('a', 'b')"},
      {"import_collations", "SELECT pg_import_system_collations('customer_db')"},
      {"export_snapshot", "SELECT pg_export_snapshot()"},
      {"reset_statistics", "SELECT pg_stat_reset()"},
      {"sleep", "SELECT pg_sleep(0.01)"},
      {"transaction_id", "SELECT pg_current_xact_id()"},
      {"set_sequence", "SELECT setval('s', 1)"},
      {"next_of_sequence", "SELECT nextval('s')"},
  };
}

std::vector<Attack> sessions() {
  return {
      {"begin", "BEGIN"},
      {"begin_read_write", "BEGIN READ WRITE"},
      {"commit", "COMMIT"},
      {"commit_and_chain", "COMMIT AND CHAIN"},
      {"rollback", "ROLLBACK"},
      {"rollback_and_chain", "ROLLBACK AND CHAIN"},
      {"savepoint", "SAVEPOINT s"},
      {"prepare_transaction", "PREPARE TRANSACTION 'x'"},
      {"set", "SET work_mem = '1GB'"},
      {"set_local", "SET LOCAL transaction_read_only = off"},
      {"set_role", "SET ROLE postgres"},
      {"set_session_authorization", "SET SESSION AUTHORIZATION DEFAULT"},
      {"set_transaction", "SET TRANSACTION READ WRITE"},
      {"set_characteristics", "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE"},
      {"set_constraints", "SET CONSTRAINTS ALL DEFERRED"},
      {"reset", "RESET ALL"},
      {"discard", "DISCARD ALL"},
      {"set_config", "SELECT set_config('transaction_read_only', 'off', false)"},
      {"set_config_in_where", "SELECT 1 WHERE set_config('search_path', 'accounts_db', false) IS NOT NULL"},
      {"advisory_lock", "SELECT pg_advisory_lock(1)"},
      {"advisory_try_lock", "SELECT pg_try_advisory_lock_shared(1)"},
      {"advisory_unlock", "SELECT pg_advisory_unlock_all()"},
      {"lock_table", "LOCK TABLE people"},
      {"prepare", "PREPARE p AS SELECT 1"},
      {"execute", "EXECUTE penstock_commit"},
      {"deallocate", "DEALLOCATE ALL"},
      {"declare_cursor", "DECLARE c CURSOR WITH HOLD FOR SELECT 1"},
      {"fetch", "FETCH ALL FROM c"},
      {"listen", "LISTEN a"},
      {"notify", "NOTIFY a"},
      {"load", "LOAD 'auto_explain'"},
      {"security_label", "SECURITY LABEL ON TABLE people IS 'x'"},
      {"seed", "SELECT setseed(0.5)"},
      {"snapshot_import", "SET TRANSACTION SNAPSHOT '00000003-0000001B-1'"},
  };
}

}  // namespace

std::vector<Attack> postgresql_attacks() {
  std::vector<Attack> all = writes();
  for (auto& more : {reaches(), sessions()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::vector<Leak> postgresql_leaks() {
  return {
      {"work_mem", "SET work_mem = '17MB'", "SHOW work_mem"},
      {"search_path", "SET search_path = accounts_db", "SELECT count(*) FROM people"},
      {"search_path_function", "SELECT set_config('search_path', 'accounts_db', false)",
       "SELECT count(*) FROM people"},
      {"time_zone", "SET TIME ZONE 'Asia/Tokyo'", "SHOW TimeZone"},
      {"time_zone_function", "SELECT set_config('TimeZone', 'Asia/Tokyo', false)", "SHOW TimeZone"},
      {"date_style", "SET datestyle = 'German'", "SELECT DATE '2024-02-29'::text"},
      {"temp_table", "CREATE TEMP TABLE leak AS SELECT 1 AS x", "SELECT * FROM leak"},
      {"temp_table_shadow", "CREATE TEMP TABLE people AS SELECT 'x' AS id", "SELECT * FROM people"},
      {"prepared", "PREPARE leak AS SELECT 1", "EXECUTE leak"},
      {"cursor", "DECLARE leak CURSOR WITH HOLD FOR SELECT 1", "FETCH ALL FROM leak"},
      {"advisory_lock", "SELECT pg_advisory_lock(7)",
       "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"},
      {"role", "SET ROLE pg_monitor", "SELECT current_user"},
      {"seed", "SELECT setseed(0.5)", "SELECT setseed(0.5)"},
      {"open_transaction", "BEGIN", "SELECT count(*) FROM people"},
      {"other_database", "SELECT count(*) FROM accounts_db.savings", "SELECT * FROM savings"},
      {"half_a_write", "INSERT INTO people VALUES ('p8', 'Barbara', NULL), ('p1', 'twice', NULL)",
       "SELECT count(*) FROM people"},
      {"sequence_value", "SELECT lastval()", "SELECT lastval()"},
  };
}

}  // namespace penstock::conformance
