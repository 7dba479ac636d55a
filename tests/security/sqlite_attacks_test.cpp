// Statements that must not get through, on the real engine: with every layer, and with some switched off,
// when the others have to hold. Nothing may change: no file, no setting of the session, no other file made.
#include <map>
#include <set>

#include "sqlite_bank.hpp"

namespace penstock::sqlite {
namespace {

// {file} is a file that is not there and must not be made.
constexpr std::string_view kAttacks[] = {
    "DELETE FROM customers",
    "/*x*/ UPDATE customers SET name = 'x'",
    "INSERT INTO customers (name) VALUES ('x')",
    "REPLACE INTO customers (id, name) VALUES (1, 'x')",
    "WITH x AS (SELECT 1) DELETE FROM customers",
    "WITH x AS (SELECT 1) INSERT INTO customers (name) SELECT 'x' RETURNING *",
    "WITH recursive AS (SELECT 1) UPDATE customers SET name = 'x' RETURNING name",
    "EXPLAIN DELETE FROM customers",
    "SELECT 1; DELETE FROM customers",
    "SELECT 1;\n-- x\nDROP TABLE customers",
    "SELECT 1 /* ; */; DELETE FROM customers; --",
    "DROP TABLE customers",
    "DROP VIEW names",
    "CREATE TABLE t (a)",
    "CREATE TABLE t AS SELECT * FROM customers",
    "CREATE INDEX i ON customers(name)",
    "CREATE VIEW v AS SELECT 1",
    "CREATE TRIGGER x AFTER INSERT ON customers BEGIN DELETE FROM customers; END",
    "CREATE TEMP TABLE t (a)",
    "CREATE TEMP TRIGGER x AFTER INSERT ON customers BEGIN DELETE FROM customers; END",
    "CREATE TEMP VIEW customers AS SELECT 'forged' AS name",
    "CREATE VIRTUAL TABLE f USING fts5(a)",
    "CREATE VIRTUAL TABLE temp.d USING dbstat",
    "ALTER TABLE customers RENAME TO x",
    "ALTER TABLE customers DROP COLUMN born",
    "REINDEX",
    "ANALYZE",
    "VACUUM",
    "VACUUM INTO '{file}'",
    "VACUUM main INTO '{file}'",
    "ATTACH '{file}' AS a",
    "ATTACH 'file:{file}?mode=rwc' AS a",
    "ATTACH '' AS a",
    "ATTACH ':memory:' AS a",
    "ATTACH '/etc/passwd' AS a",
    "DETACH accounts_db",
    "DETACH customer_db",
    "BEGIN",
    "BEGIN EXCLUSIVE",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT s",
    "RELEASE s",
    "PRAGMA query_only(0)",
    "PRAGMA writable_schema(1)",
    "PRAGMA writable_schema = RESET",
    "PRAGMA user_version = 7",
    "PRAGMA application_id(7)",
    "PRAGMA schema_version = 99",
    "PRAGMA encoding = 'UTF-16'",
    "PRAGMA page_size = 512",
    "PRAGMA journal_mode = WAL",
    "PRAGMA journal_mode(MEMORY)",
    "PRAGMA journal_mode",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "PRAGMA incremental_vacuum",
    "PRAGMA optimize",
    "PRAGMA case_sensitive_like = 1",
    "PRAGMA foreign_keys = 0",
    "PRAGMA trusted_schema = 1",
    "PRAGMA recursive_triggers = 1",
    "PRAGMA reverse_unordered_selects = 1",
    "PRAGMA temp_store = 1",
    "PRAGMA temp_store_directory = '/tmp'",
    "PRAGMA cache_size = 1",
    "PRAGMA locking_mode = EXCLUSIVE",
    "PRAGMA customer_db.locking_mode = EXCLUSIVE",
    "PRAGMA busy_timeout = 0",
    "PRAGMA hard_heap_limit = 1",
    "PRAGMA soft_heap_limit = 1",
    "PRAGMA read_uncommitted = 1",
    "PRAGMA legacy_alter_table = 1",
    "PRAGMA mmap_size = 1000000",
    "PRAGMA secure_delete = 0",
    "PRAGMA database_list",
    "PRAGMA \"database_list\"",
    "SELECT file FROM pragma_database_list",
    "SELECT file FROM \"PRAGMA_DATABASE_LIST\"",
    "SELECT * FROM main.pragma_database_list",
    "SELECT * FROM pragma_query_only",
    "SELECT * FROM pragma_journal_mode",
    "SELECT load_extension('{file}')",
    "SELECT \"load_extension\"('{file}', 'x')",
    "SELECT LOAD_EXTENSION('{file}')",
    "SELECT fts3_tokenizer('simple')",
    "SELECT fts3_tokenizer('simple', x'0000000000000000')",
    "SELECT fts5(1)",
    "SELECT rtreecheck('customers')",
    "SELECT rtreenode(2, x'0000')",
    "SELECT optimize(customers) FROM customers",
    "SELECT sqlite_log(1, 'x')",
    "SELECT changes(), total_changes(), last_insert_rowid()",
    "SELECT sql FROM sqlite_stmt",
    "SELECT * FROM dbstat",
    "SELECT data FROM sqlite_dbpage",
    "SELECT * FROM bytecode('SELECT 1')",
    "SELECT * FROM tables_used('SELECT 1')",
    "SELECT * FROM fts3tokenize('simple')",
    "SELECT * FROM sqlite_temp_schema",
    "SELECT * FROM sqlite_temp_master",
    "SELECT * FROM temp.sqlite_schema",
    "SELECT * FROM temp.sqlite_master",
    "UPDATE sqlite_schema SET sql = ''",
    "INSERT INTO sqlite_schema VALUES ('table', 'x', 'x', 2, 'CREATE TABLE x (a)')",
    "DELETE FROM sqlite_master",
    "SELECT readfile('/etc/passwd')",
    "SELECT writefile('{file}', 'x')",
    "SELECT edit('x')",
    "SELECT * FROM json_each('[1]', '$') JOIN pragma_database_list",
    "SELECT * FROM from_traitor",
};

// A view made by whoever wrote the file, with a function that does harm.
constexpr std::string_view kTraitor = "CREATE VIEW from_traitor AS SELECT load_extension('/tmp/evil')";

// These settings are the process's, and would stay after the test. Two layers stop them, the engine does not.
bool is_process_wide(std::string_view sql) {
  return sql.find("heap_limit") != std::string_view::npos ||
         sql.find("store_directory") != std::string_view::npos;
}

class SqliteAttacks : public SqliteBank, public ::testing::WithParamInterface<Layers> {
 protected:
  SqliteAttacks() {
    run_sql(folder / "customer_db.sqlite",
            std::string(kTraitor) + "; CREATE INDEX by_name ON customers(name)");
    run_sql(
        folder / "wal_db.sqlite",
        "PRAGMA journal_mode = WAL; CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, born DATE);"
        "CREATE VIEW names AS SELECT name FROM customers; CREATE INDEX by_name ON customers(name)");
  }

  // Every file of the folder but the index of a log, which readers write too.
  std::map<std::string, std::string> snapshot() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      if (entry.path().extension() == ".sqlite" || contents_of(entry.path()).size() > 0) {
        if (!entry.path().string().ends_with("-shm"))
          files[entry.path().filename()] = contents_of(entry.path());
      }
    }
    return files;
  }

  // What a statement can see of the settings of the session.
  static std::string settings(TestSource& source, const std::string& database) {
    return source.text(
        "SELECT 'A' LIKE 'a', (SELECT count(*) FROM customers), (SELECT group_concat(name) FROM "
        "sqlite_schema)",
        database);
  }

  std::string aimed(std::string_view attack) const {
    std::string sql(attack);
    if (const auto at = sql.find("{file}"); at != std::string::npos)
      sql.replace(at, 6, (folder / "made.sqlite").string());
    return sql;
  }
};

TEST_P(SqliteAttacks, ChangeNothing) {
  for (const std::string database : {"customer_db", "wal_db"}) {
    TestSource source(folder.path(), {"customer_db", "accounts_db", "wal_db"}, Access::read_only, GetParam());
    const std::string settings_before = settings(source, database);
    ASSERT_NE(settings_before.find('|'), std::string::npos) << settings_before;
    const auto before = snapshot();
    for (const std::string_view attack : kAttacks) {
      const std::string sql = aimed(attack);
      if (is_process_wide(sql) && !GetParam().analysis && !GetParam().authorizer) continue;
      const auto answer = source.run(sql, database);
      EXPECT_EQ(snapshot(), before) << sql;
      if (GetParam().authorizer) {
        EXPECT_FALSE(answer) << sql << " answered " << (answer ? answer->text() : "");
      }
      if (GetParam().analysis || GetParam().authorizer) {
        EXPECT_EQ(settings(source, database), settings_before) << sql;
      }
    }
  }
}

TEST_P(SqliteAttacks, ChangeNothingWhileADatabaseIsAttached) {
  TestSource source(folder.path(), {"customer_db", "accounts_db"}, Access::read_only, GetParam());
  source.also_named = {"accounts_db"};
  const auto before = snapshot();
  for (const std::string sql :
       {"DELETE FROM accounts_db.accounts", "DETACH accounts_db", "CREATE TABLE accounts_db.t (a)",
        "PRAGMA accounts_db.user_version = 3", "VACUUM accounts_db", "DROP VIEW temp.accounts",
        "DROP VIEW accounts", "SELECT * FROM accounts, sqlite_temp_schema"}) {
    const auto answer = source.run(sql, "customer_db");
    EXPECT_EQ(snapshot(), before) << sql;
    if (GetParam().analysis || GetParam().authorizer) {
      EXPECT_FALSE(answer) << sql;
      EXPECT_EQ(source.text("SELECT count(*) FROM accounts_db.accounts", "customer_db"), "3") << sql;
      EXPECT_FALSE(source.run("SELECT count(*) FROM accounts", "customer_db")) << sql;
    }
  }
}

std::string layer_name(const ::testing::TestParamInfo<Layers>& layers) {
  if (layers.param.analysis && layers.param.authorizer) return "AllLayers";
  if (layers.param.authorizer) return "WithoutAnalysis";
  if (layers.param.analysis) return "WithoutAuthorizer";
  return "TheEngineAlone";
}

INSTANTIATE_TEST_SUITE_P(Layers, SqliteAttacks,
                         ::testing::Values(Layers{}, Layers{.analysis = false}, Layers{.authorizer = false},
                                           Layers{.analysis = false, .authorizer = false}),
                         layer_name);

#ifdef PENSTOCK_SANITIZED_ADDRESS
constexpr int kLongText = 100'000;  // its memmem() looks at all that is left of the text, with every call
#else
constexpr int kLongText = 4'000'000;
#endif

// One call of a function is not interrupted, so none may take long, whatever its arguments.
TEST_F(SqliteBank, NoFunctionHoldsTheThread) {
  TestSource source = bank();
  const std::string half = std::to_string(kLongText);
  const std::string whole = std::to_string(2 * kLongText);
  const std::string zeros = "CAST(hex(zeroblob(" + half + ")) AS TEXT)";
  const std::string some = "substr(" + zeros + ", 1, " + half + ")";
  for (const std::string& sql : std::vector<std::string>{
           "SELECT instr(zeroblob(" + whole + "), zeroblob(" + half + ") || x'01')",
           "SELECT instr(zeroblob(" + whole + "), CAST(zeroblob(" + half + ") || x'01' AS BLOB))",
           "SELECT instr(" + zeros + ", " + some + " || '1')",
           "SELECT length(replace(" + zeros + ", " + some + " || '1', ''))",
           "SELECT length(trim(" + zeros + ", replace(" + some + ", '0', '2') || '0'))",
           "SELECT length(rtrim(" + zeros + ", replace(" + some + ", '0', '2') || '0'))",
       }) {
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_TRUE(source.run(sql, "customer_db")) << sql;
    // SQLite's own take a quarter of an hour for the first of them.
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20)) << sql;
  }
}

// Harmless statements that a strict door could stop by mistake.
class SqliteHarmless : public SqliteBank {};

TEST_F(SqliteHarmless, Pass) {
  run_sql(
      folder / "customer_db.sqlite",
      "CREATE VIRTUAL TABLE docs USING fts5(title, body); INSERT INTO docs VALUES ('one', 'the quick fox'), "
      "('two', 'lazy dog');"
      "CREATE VIRTUAL TABLE old USING fts4(body); INSERT INTO old VALUES ('the quick fox');"
      "CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1); INSERT INTO boxes VALUES (1, 0, 5), (2, 10, 12)");
  for (const bool analysis : {true, false}) {
    TestSource source = bank(Access::read_only, Layers{.analysis = analysis});
    for (const std::string_view sql :
         {"SELECT name, rank() OVER (ORDER BY balance) FROM customers",
          "SELECT value FROM json_each('[1, 2]')",
          "SELECT * FROM json_tree('{\"a\": 1}')",
          "SELECT title, snippet(docs, 1, '[', ']', '.', 5) FROM docs WHERE docs MATCH 'fox' ORDER BY rank",
          "SELECT highlight(docs, 1, '<', '>') FROM docs('fox')",
          "SELECT snippet(old), matchinfo(old) FROM old WHERE body MATCH 'fox'",
          "SELECT id FROM boxes WHERE x0 < 6",
          "SELECT name FROM pragma_table_info('customers')",
          "SELECT * FROM pragma_index_list('customers')",
          "PRAGMA table_xinfo(customers)",
          "PRAGMA customer_db.table_list",
          "PRAGMA integrity_check",
          "PRAGMA user_version",
          "PRAGMA foreign_key_list(customers)",
          "SELECT sql FROM sqlite_schema",
          "SELECT strftime('%Y', 'now'), random(), hex(randomblob(4))",
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 10) SELECT sum(i) FROM n",
          "EXPLAIN QUERY PLAN SELECT * FROM customers",
          "EXPLAIN SELECT 1",
          "SELECT sqlite_version()",
          "VALUES (1)",
          "SELECT group_concat(name, ', ') FILTER (WHERE id > 0) FROM customers",
          "SELECT 'a' GLOB '*', 'a' LIKE 'A', round(1.234, 2), sqrt(2)",
          "SELECT json_extract('{\"a\": 1}', '$.a'), '{\"a\": 1}' ->> 'a', printf('%05d', 3), iif(1, 2, "
          "3)"}) {
      const auto answer = source.run(sql, "customer_db");
      EXPECT_TRUE(answer) << sql << ": "
                          << (answer ? "" : answer.error().message + " / " + answer.error().server_message);
      if (answer && sql.find("_list(") == std::string_view::npos) {
        EXPECT_GT(answer->rows().size(), 0) << sql;
      }
    }
  }
}

}  // namespace
}  // namespace penstock::sqlite
