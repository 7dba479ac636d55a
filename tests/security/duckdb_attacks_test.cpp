// Statements that must not get through, on the real engine: with every layer, and without the analysis, when
// DuckDB's own kind of the statement and the sealed instance have to hold. Nothing may change: no file, no
// setting.
#if PENSTOCK_WITH_DUCKDB

#include <algorithm>

#include "datasources/duckdb/functions.hpp"
#include "duckdb_lake.hpp"

namespace penstock::duckdb {
namespace {

// {out} is a folder that must stay empty; {other} is a file of another database of the lake; {secret} one
// outside.
constexpr std::string_view kAttacks[] = {
    "INSERT INTO people VALUES (9, 'x')",
    "UPDATE people SET name = 'x'",
    "DELETE FROM people",
    "/*x*/ DELETE FROM people",
    "WITH x AS (SELECT 1) DELETE FROM people",
    "SELECT 1; DELETE FROM people",
    "TRUNCATE people",
    "DROP TABLE people",
    "DROP VIEW people",
    "ALTER TABLE people RENAME TO x",
    "CREATE TABLE t (a INTEGER)",
    "CREATE TEMP TABLE people AS SELECT 1 AS id, 'forged' AS name",
    "CREATE OR REPLACE VIEW people AS SELECT 1 AS id, 'forged' AS name",
    "CREATE TEMP MACRO lower(x) AS 'forged'",
    "CREATE SEQUENCE s",
    "CREATE SECRET s (TYPE s3, KEY_ID 'x', SECRET 'y')",
    "EXPLAIN ANALYZE DELETE FROM people",
    "EXPLAIN ANALYZE CREATE TEMP TABLE people AS SELECT 1 AS id, 'forged' AS name",
    "EXPLAIN (ANALYZE) CREATE OR REPLACE VIEW people AS SELECT 1 AS id, 'forged' AS name",
    "EXPLAIN /**/ ANALYZE COPY people TO '{out}/x.csv'",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{own}' (FORMAT parquet, USE_TMP_FILE false)",
    "EXPLAIN ANALYZE EXPLAIN ANALYZE COPY people TO '{out}/x.csv'",
    "EXPLAIN ANALYZE SET VARIABLE x = 1",
    "COPY people TO '{out}/x.csv'",
    "COPY (SELECT 1) TO '{own}' (FORMAT csv, USE_TMP_FILE false)",
    "COPY people FROM '{secret}'",
    "EXPORT DATABASE '{out}/x'",
    "IMPORT DATABASE '{out}'",
    "ATTACH '{out}/x.duckdb'",
    "ATTACH '{secret}' AS s",
    "ATTACH ':memory:' AS m",
    "DETACH penstock",
    "INSTALL httpfs",
    "LOAD '{out}/x'",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "SET GLOBAL allowed_paths = ['{secret}']",
    "SET GLOBAL allowed_directories = ['/']",
    "SET lock_configuration = false",
    "SET memory_limit = '1TB'",
    "SET GLOBAL temp_directory = '{out}'",
    "SET log_query_path = '{out}/log'",
    "RESET lock_configuration",
    "PRAGMA enable_profiling",
    "PRAGMA profile_output = '{out}/x'",
    "SET VARIABLE x = 1",
    "USE memory",
    "BEGIN",
    "PREPARE p AS SELECT 1",
    "CALL enable_logging()",
    "CHECKPOINT",
    "VACUUM",
    "SELECT * FROM '{secret}'",
    "SELECT * FROM '{other}'",
    "SELECT * FROM read_text('{secret}')",
    "SELECT * FROM read_text('{other}')",
    "SELECT * FROM read_blob('{secret}')",
    "SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM read_csv(['{own}', '{secret}'], union_by_name = true)",
    "SELECT * FROM read_csv('{secret}', ignore_errors = true, store_rejects = true)",
    "SELECT * FROM read_json('{secret}')",
    "SELECT * FROM read_json_objects('{secret}')",
    "SELECT * FROM read_parquet('{other}')",
    "SELECT * FROM parquet_metadata('{other}')",
    "SELECT * FROM parquet_schema('{other}')",
    "SELECT * FROM parquet_kv_metadata('{other}')",
    "SELECT * FROM parquet_file_metadata('{other}')",
    "SELECT * FROM sniff_csv('{secret}')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM glob('{out}/../*/*')",
    "SELECT * FROM query('SELECT * FROM read_text(''{secret}'')')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM read_text(''{secret}'')'))",
    "SELECT (SELECT content FROM read_text('{secret}'))",
    "SELECT * FROM people WHERE name = (SELECT content FROM read_text('{secret}'))",
    "SELECT * FROM read_text('https://example.org/')",
    "SELECT * FROM 'https://example.org/x.parquet'",
    "SELECT * FROM read_text('file://{secret}')",
    "SELECT * FROM read_text('{secret}' || '')",
    "SELECT * FROM read_text('/proc/self/environ')",
    "SELECT * FROM read_text('/dev/stdin')",
    "SELECT getenv('HOME')",
    "SELECT * FROM accounts_db.nothing",
};

// What the analysis alone stops: DuckDB would answer, and nothing of it may be reached.
constexpr std::string_view kForTheAnalysis[] = {
    "SELECT * FROM duckdb_settings()",
    "SELECT current_setting('memory_limit')",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_views()",
    "SELECT * FROM duckdb_databases()",
    "SELECT sql FROM sqlite_master",
    "SELECT * FROM pg_catalog.pg_views",
    "SELECT * FROM information_schema.views",
    "SHOW DATABASES",
    "SHOW ALL TABLES",
    "SELECT * FROM pragma_database_size()",
    "SELECT * FROM query('SELECT 42')",
    "SELECT * FROM query_table('people')",
    "SELECT * FROM enable_logging()",
    "SELECT write_log('forged')",
    "SELECT setseed(0.5)",
    "SELECT * FROM arrow_scan(1, 2, 3)",
    "SELECT finalize('x')",
    "SELECT * FROM penstock.payroll_db.salaries",
    "SELECT * FROM payroll_db.salaries",
    "SELECT * FROM people, LATERAL (SELECT * FROM payroll_db.salaries)",
    "FROM (DESCRIBE payroll_db.salaries)",
    "SELECT [x FOR x IN (SELECT salary FROM payroll_db.salaries)]",
    "WITH RECURSIVE c AS (SELECT 1 AS n UNION SELECT n FROM c, payroll_db.salaries) FROM c",
    "SELECT * FROM (PIVOT payroll_db.salaries ON id IN (1) USING sum(salary))",
    "SELECT * FROM (UNPIVOT payroll_db.salaries ON salary)",
    "SELECT 1 ORDER BY (SELECT max(salary) FROM payroll_db.salaries)",
    "SELECT 1 LIMIT (SELECT max(salary) FROM payroll_db.salaries)",
    "SELECT sum(1) OVER (ORDER BY (SELECT max(salary) FROM payroll_db.salaries))",
    "SELECT count(*) FILTER (WHERE EXISTS (FROM payroll_db.salaries))",
    "VALUES ((SELECT max(salary) FROM payroll_db.salaries))",
    "TABLE payroll_db.salaries",
    "SELECT * FROM payroll_db.salaries TABLESAMPLE 100%",
    "SELECT * FROM people POSITIONAL JOIN payroll_db.salaries",
    "SELECT * FROM \"PAYROLL_DB\".\"salaries\"",
    "SUMMARIZE payroll_db.salaries",
    "EXPLAIN ANALYZE SELECT * FROM payroll_db.salaries",
    "FROM histogram_values('penstock.payroll_db.salaries', id || ':' || salary, technique := 'sample', "
    "bin_count := 100000)",
    "FROM histogram('penstock.payroll_db.salaries', salary)",
    "FROM main.histogram('people', id)",
    "FROM histogram_values('pg_catalog.pg_settings', name || '=' || setting, technique := 'sample', "
    "bin_count := 1000)",
    "FROM histogram_values('sqlite_master', sql, technique := 'sample')",
    "SELECT format_type(23, 0)",
    "SELECT enum_range(NULL::penstock.payroll_db.mood)",
    "SELECT enum_range(NULL::main.hidden_mood)",
    "SELECT enum_range(CAST(NULL AS payroll_db.mood))",
    "SELECT CAST(NULL AS STRUCT(a penstock.payroll_db.mood))",
    "SELECT TRY_CAST(NULL AS penstock.payroll_db.mood[])",
    "SELECT enum_range(penstock.payroll_db.mood 'glad')",
    "SELECT from_json('null', '\"INTEGER\"')",
    "SELECT from_json_strict('null', '\"INTEGER\"')",
    "SELECT json_transform('null', '\"INTEGER\"')",
    "SELECT json_transform_strict('null', '\"INTEGER\"')",
    "SELECT penstock.payroll_db.age(1)",
    "SELECT age.payroll_db.age(1)",
    "FROM penstock.payroll_db.repeat(1, 2)",
};

// What only a file has: the schemas beside those of the query, `main` among them, which DuckDB searches
// whatever the path is. The instance holds these without the analysis too.
constexpr std::string_view kElsewhereInTheFile[] = {
    "SELECT * FROM hidden",
    "SELECT * FROM main.hidden",
    "DESCRIBE hidden",
    "SUMMARIZE hidden",
    "SELECT enum_range(NULL::hidden_mood)",
    "SELECT CAST('hush' AS hidden_mood)",
    "FROM (PIVOT people ON name IN hidden_mood USING count(*))",
    "SELECT hidden_macro(1)",
    "SELECT main.hidden_macro(1)",
    "SELECT * FROM payroll_db.salaries",
    "SELECT enum_range(NULL::payroll_db.mood)",
    "SELECT payroll_db.age(1)",
    "FROM payroll_db.repeat(1, 2)",
    "FROM query_table('payroll_db.salaries')",
    "FROM histogram('payroll_db.salaries', salary)",
    "FROM histogram_values('hidden', x, technique := 'sample')",
    "SHOW TABLES FROM payroll_db",
    "SELECT * FROM accounts",
};

class DuckDbAttacks : public testing::Test {
 protected:
  DuckDbAttacks() {
    for (const char* folder : {"lake", "lake/customer_db", "lake/accounts_db", "lake/payroll_db", "out"})
      std::filesystem::create_directory(folder_ / folder);
    demo::DuckDbWriter writer;
    writer.run("COPY (SELECT 1 AS id, 'Ada' AS name) TO '" + own() + "'");
    writer.run("COPY (SELECT 1 AS id, 100 AS balance) TO '" + other() + "'");
    test::write_file(folder_ / "secret.csv", "name,word\nroot,open sesame\n");
    std::filesystem::create_symlink(folder_ / "secret.csv", folder_ / "lake/customer_db/leading_out.csv");
    std::filesystem::create_symlink(other(), folder_ / "lake/customer_db/neighbour.parquet");
    demo::DuckDbWriter file(folder_ / "bank.duckdb");
    file.run("CREATE SCHEMA customer_db; CREATE SCHEMA accounts_db; CREATE SCHEMA payroll_db");
    file.run("CREATE TABLE customer_db.people AS SELECT 1 AS id, 'Ada' AS name");
    file.run("CREATE TABLE accounts_db.accounts AS SELECT 1 AS id, 100 AS balance");
    file.run("CREATE TABLE payroll_db.salaries AS SELECT 1 AS id, 9000 AS salary");
    file.run("CREATE TYPE payroll_db.mood AS ENUM ('sad', 'glad')");
    file.run("CREATE MACRO payroll_db.age(x) AS (SELECT max(salary) FROM payroll_db.salaries)");
    file.run("CREATE MACRO payroll_db.repeat(x, y) AS TABLE FROM payroll_db.salaries");
    file.run("CREATE TABLE main.hidden AS SELECT 42 AS x");
    file.run("CREATE TYPE main.hidden_mood AS ENUM ('hush')");
    file.run("CREATE MACRO main.hidden_macro(x) AS 42");
    file.run("CREATE MACRO main.lower(x) AS 'forged'");
  }

  [[nodiscard]] std::string own() const { return (folder_ / "lake/customer_db/people.parquet").string(); }
  [[nodiscard]] std::string other() const { return (folder_ / "lake/accounts_db/accounts.parquet").string(); }
  [[nodiscard]] std::string filled(std::string_view attack) const {
    std::string sql(attack);
    const std::pair<std::string_view, std::string> places[] = {
        {"{out}", (folder_ / "out").string()},
        {"{own}", own()},
        {"{other}", other()},
        {"{secret}", (folder_ / "secret.csv").string()}};
    for (const auto& [place, text] : places) {
      for (std::size_t at = sql.find(place); at != sql.npos; at = sql.find(place))
        sql.replace(at, place.size(), text);
    }
    return sql;
  }
  [[nodiscard]] std::string checksum() const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      files.push_back(entry.path().string() + " " +
                      (entry.is_regular_file() ? test::read_file(entry.path()) : std::string()));
    }
    std::ranges::sort(files);
    std::string all;
    for (const std::string& file : files)
      all += file + "\n";
    return all;
  }
  void expect_refused(Door& door, std::string_view attack) {
    const std::string sql = filled(attack);
    SCOPED_TRACE(sql);
    const auto answer = door.ask(sql);
    EXPECT_FALSE(answer) << "answered with " << (answer->empty() ? "no row" : answer->front());
    if (answer) return;
    EXPECT_NE(answer.error().code, ErrorCode::internal) << answer.error().message;
    EXPECT_EQ(answer.error().message.find("open sesame"), std::string::npos);
    const auto people = door.ask("SELECT * FROM people");
    ASSERT_TRUE(people) << people.error().message;
    EXPECT_EQ(*people, std::vector<std::string>{"1|Ada"});
  }
  void attack(const std::filesystem::path& path, const Layers& layers) {
    const std::string before = checksum();
    Door door(config_of(path), layers);
    for (const std::string_view attack : kAttacks)
      expect_refused(door, attack);
    if (layers.analysis) {
      for (const std::string_view attack : kForTheAnalysis)
        expect_refused(door, attack);
    }
    if (path.extension() == ".duckdb") {
      for (const std::string_view attack : kElsewhereInTheFile)
        expect_refused(door, attack);
    }
    EXPECT_EQ(checksum(), before);
  }

  test::TemporaryFolder folder_;
};

TEST_F(DuckDbAttacks, OnAFile) {
  attack(folder_ / "bank.duckdb", {});
}

TEST_F(DuckDbAttacks, OnAFileWithoutTheAnalysis) {
  attack(folder_ / "bank.duckdb", {.analysis = false});
}

TEST_F(DuckDbAttacks, OnAFolder) {
  attack(folder_ / "lake", {});
}

TEST_F(DuckDbAttacks, OnAFolderWithoutTheAnalysis) {
  attack(folder_ / "lake", {.analysis = false});
}

TEST_F(DuckDbAttacks, AFileTellsOfItsOtherSchemasNowhere) {
  Door door(config_of(folder_ / "bank.duckdb"), {});
  EXPECT_EQ(door.ask("SELECT name FROM (SHOW TABLES)").value(), std::vector<std::string>{"people"});
  for (const char* table : {"tables", "columns", "schemata", "table_constraints", "key_column_usage",
                            "referential_constraints"}) {
    const auto told = door.ask("SELECT * FROM information_schema." + std::string(table));
    ASSERT_FALSE(told) << table;
    EXPECT_EQ(told.error().code, ErrorCode::forbidden) << told.error().message;
    EXPECT_NE(told.error().hint.find("SHOW TABLES"), std::string::npos);
  }
  const auto typo = door.ask("SELECT * FROM salarie");
  ASSERT_FALSE(typo);
  EXPECT_EQ((typo.error().message + typo.error().hint + typo.error().server_message).find("payroll"),
            std::string::npos);
}

TEST_F(DuckDbAttacks, TheSchemasThatAStatementNamesAreFound) {
  Door door(config_of(folder_ / "bank.duckdb"), {});
  const std::vector<std::string> joined{"Ada|100"};
  EXPECT_EQ(door.ask("SELECT name, balance FROM people JOIN accounts_db.accounts USING (id)").value(),
            joined);
  EXPECT_EQ(door.ask("SELECT name FROM customer_db.people").value(), std::vector<std::string>{"Ada"});
  EXPECT_EQ(door.ask("SELECT lower('A'), [x + 1 FOR x IN [1]]").value(), std::vector<std::string>{"a|[2]"});
  EXPECT_FALSE(door.ask("SELECT balance FROM accounts"));
  EXPECT_EQ(door.ask("SELECT balance FROM accounts", {}, "accounts_db").value(),
            std::vector<std::string>{"100"});
}

TEST_F(DuckDbAttacks, AMacroThatHidesAFunctionOfDuckDbKeepsItsSchemaFromServing) {
  for (const char* macro : {"lower(x) AS 'forged'", "\"+\"(x, y) AS 'forged'", "MIN(x) AS 'forged'",
                            "repeat(x, y) AS TABLE SELECT 1", "array_extract(x, y) AS 'forged'"}) {
    SCOPED_TRACE(macro);
    const auto path = folder_ / "hiding.duckdb";
    std::filesystem::remove(path);
    {
      demo::DuckDbWriter file(path);
      file.run("CREATE SCHEMA customer_db; CREATE SCHEMA accounts_db");
      file.run("CREATE MACRO customer_db." + std::string(macro));
      file.run("CREATE MACRO accounts_db.harmless(x) AS x");
    }
    Door door(config_of(path), {});
    const auto answer = door.ask("SELECT 1");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
    EXPECT_NE(answer.error().message.find("hides a function of DuckDB"), std::string::npos)
        << answer.error().message;
    EXPECT_EQ(door.ask("SELECT lower('A')", {}, "accounts_db").value(), std::vector<std::string>{"a"});
  }
}

// A macro of DuckDB's may read what its argument names, whatever the analysis sees of the statement.
TEST_F(DuckDbAttacks, NoMacroThatMayBeCalledReadsByName) {
  demo::DuckDbWriter duckdb;
  const auto macros = duckdb.rows(
      "SELECT function_name, function_type, macro_definition FROM duckdb_functions() "
      "WHERE macro_definition IS NOT NULL");
  ASSERT_GT(macros.size(), 100U);
  const auto readers = duckdb.rows(
      "SELECT function_name, function_type FROM duckdb_functions() WHERE macro_definition IS NOT NULL AND "
      "regexp_matches(macro_definition, '\\b(query|query_table|duckdb_\\w*|pragma_\\w*|read_\\w*|from)\\b', "
      "'i')");
  ASSERT_GT(readers.size(), 3U);
  for (const auto& macro : readers) {
    const std::string name = macro[0].value_or("");
    if (macro[1] == "table_macro") {
      EXPECT_FALSE(may_read_from(name)) << name;
    } else {
      EXPECT_FALSE(may_call(name)) << name;
    }
  }
}

TEST_F(DuckDbAttacks, ADatabasesFolderIsNoLinkOutOfTheLake) {
  const auto customer = folder_ / "lake/customer_db";
  std::filesystem::rename(customer, folder_ / "out/customer_db");
  std::filesystem::create_directory_symlink(folder_ / "out/customer_db", customer);
  Door door(config_of(folder_ / "lake"), {});
  const auto gone = door.ask("SELECT * FROM people");
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::unavailable);
  EXPECT_NE(gone.error().message.find("leads out of `path`"), std::string::npos) << gone.error().message;
  EXPECT_TRUE(door.ask("SELECT 1", {}, "accounts_db"));
  // In the lake, and over a link to it, the same is well.
  std::filesystem::remove(customer);
  std::filesystem::rename(folder_ / "out/customer_db", folder_ / "lake/real");
  std::filesystem::create_directory_symlink(folder_ / "lake/real", customer);
  std::filesystem::create_directory_symlink(folder_ / "lake", folder_ / "link");
  Door other(config_of(folder_ / "link"), {});
  EXPECT_TRUE(other.ask("SELECT * FROM people"));
}

TEST_F(DuckDbAttacks, NoLinkLeadsOutOfADatabasesFolder) {
  Door door(config_of(folder_ / "lake"), {});
  const auto tables = door.ask("SELECT name FROM (SHOW TABLES)");
  ASSERT_TRUE(tables) << tables.error().message;
  EXPECT_EQ(*tables, std::vector<std::string>{"people"});
  auto info = door.connection().server_info(Deadline::after(std::chrono::seconds(20)));
  ASSERT_TRUE(info) << info.error().message;
  const auto told = [&](std::string_view name) {
    return std::ranges::any_of(info->warnings, [&](const std::string& warning) {
      return warning.find(name) != std::string::npos && warning.find("leads out") != std::string::npos;
    });
  };
  EXPECT_TRUE(told("leading_out.csv"));
  EXPECT_TRUE(told("neighbour.parquet"));
}

// Nor does a file that becomes a link, or its folder, while an instance has it among its paths.
TEST_F(DuckDbAttacks, AFileThatBecomesALinkIsSeenToBeOne) {
  Door door(config_of(folder_ / "lake"), {});
  ASSERT_TRUE(door.ask("SELECT * FROM people"));
  std::filesystem::remove(own());
  std::filesystem::create_symlink(other(), own());
  const Deadline patience = Deadline::after(std::chrono::seconds(10));
  while (door.ask("SELECT * FROM people") && !patience.expired())
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const auto gone = door.ask("SELECT * FROM people");
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::not_found) << gone.error().message;
}

}  // namespace
}  // namespace penstock::duckdb

#endif
