#include "conformance/mysql_attacks.hpp"

namespace penstock::conformance {

namespace {

std::vector<Attack> writes() {
  return {
      {"insert", "INSERT INTO people VALUES ('x', 'y', 'z')"},
      {"insert_returning", "INSERT INTO people VALUES ('x', 'y', 'z') RETURNING *"},
      {"upsert", "INSERT INTO people VALUES ('p1', 'y', 'z') ON DUPLICATE KEY UPDATE name = 'y'"},
      {"replace", "REPLACE INTO people VALUES ('p1', 'y', 'z')"},
      {"update", "UPDATE people SET name = 'x'"},
      {"update_behind_comment", "/* SELECT */ -- harmless\nUPDATE people SET name = 'x'"},
      {"update_behind_hash", "# SELECT\nUPDATE people SET name = 'x'"},
      {"executable_comment", "/*!50000 DELETE FROM people */"},
      {"executable_comment_of_mariadb", "/*M! DELETE FROM people */"},
      {"executable_comment_plain", "/*! DELETE FROM people */"},
      {"executable_comment_inside", "SELECT 1 /*!50000 INTO OUTFILE '{folder}/x' */"},
      {"executable_comment_function", "SELECT /*!50000 SLEEP */ (0.01)"},
      {"executable_comment_splits", "SELECT SLE/*!*/EP(0.01)"},
      {"executable_comments_of_two_kinds", "SELECT /*!50000 1 */ /*!90000 , SLEEP(0.01) */"},
      {"delete", "DELETE FROM people"},
      {"delete_elsewhere", "DELETE FROM accounts_db.savings"},
      {"delete_joined", "DELETE p FROM people p JOIN accounts_db.savings s ON s.id = p.id"},
      {"with_delete", "WITH x AS (SELECT 1) DELETE FROM people"},
      {"second_statement", "SELECT * FROM people; DELETE FROM people"},
      {"second_after_minus", "SELECT 1--1;DROP TABLE people"},
      {"second_after_comment", "SELECT 1 -- ;\n; DROP TABLE people"},
      {"begin_not_atomic", "BEGIN NOT ATOMIC DELETE FROM people; END"},
      {"if_then", "IF 1 THEN DELETE FROM people; END IF"},
      {"execute_immediate", "EXECUTE IMMEDIATE 'DELETE FROM people'"},
      {"set_statement", "SET STATEMENT max_statement_time=0 FOR DELETE FROM people"},
      {"into_outfile", "SELECT * FROM people INTO OUTFILE '{folder}/x'"},
      {"into_outfile_commented", "SELECT * FROM people INTO/**/OUTFILE '{folder}/x'"},
      {"into_outfile_in_the_middle", "SELECT * INTO OUTFILE '{folder}/x' FROM people"},
      {"into_dumpfile", "SELECT 'x' INTO DUMPFILE '{folder}/x'"},
      {"into_variable", "SELECT name INTO @x FROM people LIMIT 1"},
      {"into_outfile_behind_number", "SELECT 1e0INTO OUTFILE '{folder}/x'"},
      {"union_behind_number", "SELECT 1e0UNION SELECT Priv FROM mysql.global_priv"},
      {"union_into_outfile", "SELECT 1 UNION SELECT 2 INTO OUTFILE '{folder}/x'"},
      {"for_update", "SELECT * FROM people FOR UPDATE"},
      {"lock_in_share_mode", "SELECT * FROM people LOCK IN SHARE MODE"},
      {"nested_for_update", "SELECT * FROM (SELECT * FROM people FOR UPDATE) p"},
      {"explain_delete", "EXPLAIN DELETE FROM people"},
      {"analyze_delete", "ANALYZE DELETE FROM people"},
      {"analyze_format_delete", "ANALYZE FORMAT=JSON DELETE FROM people"},
  };
}

std::vector<Attack> definitions() {
  return {
      {"create_table", "CREATE TABLE stolen (x int)"},
      {"create_table_as", "CREATE TABLE stolen AS SELECT * FROM people"},
      {"create_temporary_table", "CREATE TEMPORARY TABLE people (id int)"},
      {"create_view", "CREATE OR REPLACE VIEW v AS SELECT * FROM people"},
      {"create_function", "CREATE FUNCTION f() RETURNS int RETURN 1"},
      {"create_procedure", "CREATE PROCEDURE p() DELETE FROM people"},
      {"create_trigger", "CREATE TRIGGER t BEFORE INSERT ON people FOR EACH ROW SET NEW.name = 'x'"},
      {"create_event", "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM people"},
      {"create_sequence", "CREATE SEQUENCE s"},
      {"create_database", "CREATE DATABASE stolen_db"},
      {"create_user", "CREATE USER evil IDENTIFIED BY 'x'"},
      {"create_server", "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST '127.0.0.1')"},
      {"create_udf", "CREATE FUNCTION f RETURNS STRING SONAME 'x.so'"},
      {"alter_table", "ALTER TABLE people RENAME TO persons"},
      {"alter_user", "ALTER USER root IDENTIFIED BY 'x'"},
      {"drop_table", "DROP TABLE people"},
      {"drop_database", "DROP DATABASE customer_db"},
      {"truncate", "TRUNCATE people"},
      {"rename", "RENAME TABLE people TO persons"},
      {"grant", "GRANT ALL ON *.* TO evil IDENTIFIED BY 'x'"},
      {"revoke", "REVOKE ALL ON customer_db.* FROM root"},
      {"set_password", "SET PASSWORD = PASSWORD('x')"},
      {"analyze_table", "ANALYZE TABLE people PERSISTENT FOR ALL"},
      {"optimize", "OPTIMIZE TABLE people"},
      {"repair", "REPAIR TABLE people"},
      {"call", "CALL mysql.AddGeometryColumn('', '', 'people', 'x', 1)"},
      {"do", "DO SLEEP(0.01)"},
      {"load_data", "LOAD DATA INFILE '/etc/passwd' INTO TABLE people"},
      {"load_data_local", "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE people"},
      {"load_xml", "LOAD XML INFILE '/etc/passwd' INTO TABLE people"},
      {"next_value", "SELECT NEXT VALUE FOR s"},
  };
}

std::vector<Attack> reaches() {
  return {
      {"load_file", "SELECT LOAD_FILE('/etc/passwd')"},
      {"load_file_quoted", "SELECT `load_file`('/etc/passwd')"},
      {"load_file_spaced", "SELECT LOAD_FILE /**/ ('/etc/passwd')"},
      {"load_file_in_where", "SELECT 1 FROM people WHERE load_file('/etc/passwd') IS NOT NULL"},
      {"sleep", "SELECT SLEEP(0.01)"},
      {"benchmark", "SELECT BENCHMARK(1000000, MD5('x'))"},
      {"users", "SELECT * FROM mysql.user"},
      {"users_quoted", "SELECT * FROM `mysql` . `global_priv`"},
      {"users_in_subquery", "SELECT (SELECT authentication_string FROM mysql.user LIMIT 1)"},
      {"users_joined", "SELECT * FROM people JOIN mysql.global_priv ON 1"},
      {"users_behind_hint", "SELECT * FROM people USE INDEX FOR ORDER BY (PRIMARY), mysql.global_priv"},
      {"users_behind_dot", "SELECT * FROM .people, mysql.global_priv"},
      {"users_behind_alias", "SELECT * FROM people mysql, mysql.global_priv"},
      {"users_in_braces", "SELECT * FROM {OJ people LEFT JOIN mysql.global_priv ON 1}"},
      {"users_in_other_braces", "SELECT * FROM {x mysql.global_priv}"},
      {"users_behind_number", "SELECT Host,1e0FROM mysql.global_priv"},
      {"users_behind_binary_number", "SELECT Host,0b1e1FROM mysql.global_priv"},
      {"users_behind_point", "SELECT ALL .5FROM mysql.global_priv"},
      {"users_behind_blank_and_point", "SELECT DISTINCT/**/.5FROM mysql.global_priv"},
      {"users_in_column", "SELECT mysql.user.host FROM people"},
      {"users_in_derived", "SELECT * FROM (SELECT 1) a JOIN (mysql.global_priv)"},
      {"users_in_with", "WITH x AS (SELECT * FROM mysql.global_priv) SELECT * FROM x"},
      {"users_in_union", "SELECT 1 UNION ALL SELECT Priv FROM mysql.global_priv"},
      {"users_in_exists", "SELECT EXISTS(SELECT 1 FROM mysql.global_priv)"},
      {"users_behind_trim", "SELECT TRIM('a' FROM 'b') FROM mysql.global_priv"},
      {"users_behind_straight_join", "SELECT * FROM people STRAIGHT_JOIN mysql.global_priv"},
      {"users_described", "DESCRIBE mysql.user"},
      {"users_shown", "SHOW COLUMNS FROM user FROM mysql"},
      {"users_created", "SHOW CREATE TABLE mysql.user"},
      {"tables_of_mysql", "SHOW TABLES FROM mysql"},
      {"values_through_show", "SHOW TABLES WHERE (SELECT 1 FROM mysql.user LIMIT 1)"},
  };
}

std::vector<Attack> administration() {
  return {
      {"grants", "SHOW GRANTS"},
      {"variables", "SHOW VARIABLES LIKE 'datadir'"},
      {"status", "SHOW STATUS"},
      {"processes", "SHOW FULL PROCESSLIST"},
      {"binary_logs", "SHOW BINARY LOGS"},
      {"engine_status", "SHOW ENGINE INNODB STATUS"},
      {"process_list", "SELECT * FROM information_schema.PROCESSLIST"},
      {"innodb_internals", "SELECT * FROM information_schema.INNODB_BUFFER_PAGE"},
      {"global_variables", "SELECT * FROM information_schema.GLOBAL_VARIABLES"},
      {"user_privileges", "SELECT * FROM information_schema.USER_PRIVILEGES"},
      {"performance_schema", "SELECT * FROM performance_schema.threads"},
      {"data_folder", "SELECT @@datadir"},
      {"data_folder_global", "SELECT @@global.datadir"},
      {"other_database", "SELECT * FROM payroll_db.salaries"},
      {"other_database_in_capitals", "SELECT * FROM PAYROLL_DB.salaries"},
      {"table_function",
       "SELECT * FROM JSON_TABLE(LOAD_FILE('/etc/passwd'), '$' COLUMNS (x INT PATH '$')) t"},
      {"stored_function", "SELECT customer_db.anything(1)"},
      {"sys_function", "SELECT sys.ps_thread_id(1)"},
      {"procedure_analyse", "SELECT * FROM people PROCEDURE ANALYSE()"},
      {"master_wait", "SELECT MASTER_POS_WAIT('x', 1, 1)"},
      {"kill", "KILL 1"},
      {"shutdown", "SHUTDOWN"},
      {"flush", "FLUSH TABLES WITH READ LOCK"},
      {"purge", "PURGE BINARY LOGS BEFORE NOW()"},
      {"install", "INSTALL SONAME 'ha_connect'"},
      {"explain_connection", "EXPLAIN FOR CONNECTION 1"},
      {"show_explain", "SHOW EXPLAIN FOR 1"},
      {"update_xml", "SELECT UPDATEXML(1, CONCAT('~', (SELECT Priv FROM mysql.global_priv LIMIT 1)), 1)"},
  };
}

std::vector<Attack> sessions() {
  return {
      {"begin", "BEGIN"},
      {"start_transaction", "START TRANSACTION READ WRITE"},
      {"commit", "COMMIT"},
      {"commit_and_chain", "COMMIT AND CHAIN"},
      {"rollback", "ROLLBACK"},
      {"savepoint", "SAVEPOINT s"},
      {"xa", "XA START 'x'"},
      {"set", "SET sql_mode = 'ANSI_QUOTES'"},
      {"set_names", "SET NAMES gbk"},
      {"set_global", "SET GLOBAL max_connections = 1"},
      {"set_session_transaction", "SET SESSION TRANSACTION READ WRITE"},
      {"set_read_only", "SET SESSION tx_read_only = 0"},
      {"set_role", "SET ROLE NONE"},
      {"use", "USE mysql"},
      {"assign", "SELECT @x := 1"},
      {"assign_in_where", "SELECT 1 FROM people WHERE (@x := 1) = 1"},
      {"get_lock", "SELECT GET_LOCK('x', 0)"},
      {"release_all_locks", "SELECT RELEASE_ALL_LOCKS()"},
      {"last_insert_id", "SELECT LAST_INSERT_ID(7)"},
      {"lock_tables", "LOCK TABLES people WRITE"},
      {"unlock_tables", "UNLOCK TABLES"},
      {"handler", "HANDLER people OPEN"},
      {"handler_read", "HANDLER people READ FIRST"},
      {"prepare", "PREPARE p FROM 'SELECT 1'"},
      {"execute", "EXECUTE p"},
      {"deallocate", "DEALLOCATE PREPARE p"},
      {"help", "HELP 'SELECT'"},
      {"unclosed_quote", "SELECT 'a"},
      {"unclosed_comment", "SELECT 1 /* a"},
  };
}

}  // namespace

std::vector<Attack> mysql_attacks() {
  std::vector<Attack> all = writes();
  for (auto& more : {definitions(), reaches(), administration(), sessions()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::vector<Leak> mysql_leaks() {
  return {
      {"sql_mode", "SET sql_mode = ''", "SELECT @@sql_mode"},
      {"time_zone", "SET time_zone = '+09:00'", "SELECT @@time_zone"},
      {"user_variable", "SELECT 1 INTO @x", "SELECT @x"},
      {"temporary_table", "CREATE TEMPORARY TABLE leak AS SELECT 1 AS x", "SELECT * FROM leak"},
      {"temporary_shadow", "CREATE TEMPORARY TABLE people AS SELECT 'x' AS id", "SELECT * FROM people"},
      {"prepared", "PREPARE leak FROM 'SELECT 1'", "EXECUTE leak"},
      {"lock", "SELECT GET_LOCK('leak', 0)", "SELECT IS_FREE_LOCK('leak')"},
      {"database", "USE accounts_db", "SELECT DATABASE()"},
      {"last_insert_id", "SELECT LAST_INSERT_ID(7)", "SELECT LAST_INSERT_ID()"},
      {"found_rows", "SELECT SQL_CALC_FOUND_ROWS * FROM people LIMIT 1", "SELECT FOUND_ROWS()"},
      {"open_transaction", "START TRANSACTION", "SELECT count(*) FROM people"},
      {"other_database", "SELECT count(*) FROM accounts_db.savings", "SELECT * FROM savings"},
      {"half_a_write", "INSERT INTO people VALUES ('p8', 'Barbara', NULL), ('p1', 'twice', NULL)",
       "SELECT count(*) FROM people"},
      {"isolation", "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED", "SELECT @@tx_isolation"},
  };
}

}  // namespace penstock::conformance
