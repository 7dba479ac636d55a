#include "conformance/sqlite_quirks.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <stdexcept>

#include <sqlite3.h>

#include "conformance/sql_language.hpp"
#include "temporary_folder.hpp"

namespace penstock::conformance {

namespace {

constexpr const char* kTypes = "https://www.sqlite.org/datatype3.html";

class SqliteLanguage final : public SqlLanguage {
 protected:
  [[nodiscard]] std::optional<std::string> column_type(TypeId type) const override {
    switch (type) {
      case TypeId::boolean:
        return "BOOLEAN";
      case TypeId::int64:
        return "INTEGER";
      case TypeId::float64:
        return "REAL";
      case TypeId::string:
        return "TEXT";
      case TypeId::bytes:
        return "BLOB";
      case TypeId::date:
        return "DATE";
      case TypeId::time:
        return "TIME";
      case TypeId::timestamp:
        return "TIMESTAMP";
      case TypeId::uuid:
        return "UUID";
      case TypeId::json:
        return "JSON";
      default:
        return std::nullopt;
    }
  }
  [[nodiscard]] std::string literal(const Value& value) const override {
    const auto text = [](std::string written) { return "'" + std::move(written) + "'"; };
    const bool is_moment = value.get_if<Date>() != nullptr || value.get_if<Time>() != nullptr ||
                           value.get_if<Timestamp>() != nullptr;
    if (is_moment) return text(value.to_text());
    if (const auto* number = value.get_if<double>(); number != nullptr && *number - *number != 0) {
      return *number > 0 ? "9e999" : "-9e999";  // how SQLite's own shell dumps the infinities
    }
    return SqlLanguage::literal(value);
  }
  [[nodiscard]] std::string placeholder(std::size_t) const override { return "?"; }
};

const SqliteLanguage& sql() {
  static const SqliteLanguage language;
  return language;
}

struct CloseDatabase {
  void operator()(sqlite3* database) const noexcept { sqlite3_close(database); }
};

// A folder of files, written by the C API with all rights.
class SqliteDeployment final : public Deployment {
 public:
  explicit SqliteDeployment(const std::vector<std::string>& databases) {
    std::filesystem::create_directory(data_);
    // A file without a table has no header yet; this one has.
    for (const std::string& database : databases)
      run(database, {"PRAGMA user_version = 1"});
  }

  [[nodiscard]] std::vector<std::pair<std::string, std::string>> connection() const override {
    return {{"path", data_.string()}};
  }
  void create_table(std::string_view database, const TableSpec& table) override {
    run(database, sql().create_table(table));
  }
  void create_view(std::string_view database, std::string_view name, std::string_view table) override {
    run(database, {"CREATE VIEW " + sql().quoted(name) + " AS " + sql().rows(table)});
  }
  void create_numbers(std::string_view database, std::string_view table, std::int64_t rows,
                      int width) override {
    run(database,
        {"CREATE TABLE " + sql().quoted(table) + " (n TEXT, filling TEXT)",
         "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < " + std::to_string(rows) +
             ") INSERT INTO " + sql().quoted(table) + " SELECT printf('%08d', i), replace(hex(zeroblob((" +
             std::to_string(width) + " + 1) / 2)), '00', 'xy') FROM c",
         "UPDATE " + sql().quoted(table) + " SET filling = substr(filling, 1, " + std::to_string(width) +
             ") WHERE length(filling) > " + std::to_string(width)});
  }
  void create_invalid_text(std::string_view database, std::string_view table, std::int64_t rows) override {
    run(database,
        {"CREATE TABLE " + sql().quoted(table) + " (n TEXT, garbled TEXT)",
         "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < " + std::to_string(rows) +
             ") INSERT INTO " + sql().quoted(table) + " SELECT printf('%08d', i), 'good' FROM c",
         "INSERT INTO " + sql().quoted(table) + " VALUES ('last', CAST(x'66ff6f' AS TEXT))"});
  }
  [[nodiscard]] Statement endless_rows(std::string_view) override { return {endless("n")}; }
  [[nodiscard]] Statement endless_silence(std::string_view) override { return {endless("count(*)")}; }

  [[nodiscard]] std::string checksum() override {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data_)) {
      const std::string name = entry.path().filename().string();
      // What readers of a database in WAL mode share; there is no data in it.
      if (name.ends_with("-shm") || (name.ends_with("-wal") && entry.file_size() == 0)) continue;
      files.push_back(name + " " + std::to_string(std::hash<std::string>{}(test::read_file(entry.path()))));
    }
    std::ranges::sort(files);
    std::string out;
    for (const std::string& file : files)
      out += file + "\n";
    return out;
  }
  [[nodiscard]] std::int64_t open_connections() override {
    std::int64_t count = 0;
    std::error_code gone;  // a descriptor may be closed while we look
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      if (std::filesystem::read_symlink(entry.path(), gone) == data_ / "customer_db.sqlite") ++count;
    }
    return count;
  }
  void go_away() override { std::filesystem::rename(data_, away_); }
  void come_back() override { std::filesystem::rename(away_, data_); }

 private:
  static std::string endless(std::string_view columns) {
    return "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT " + std::string(columns) +
           " FROM c";
  }
  void run(std::string_view database, const std::vector<std::string>& statements) const {
    sqlite3* raw = nullptr;
    const std::string path = (data_ / (std::string(database) + ".sqlite")).string();
    const int opened = sqlite3_open(path.c_str(), &raw);
    const std::unique_ptr<sqlite3, CloseDatabase> handle(raw);
    if (opened != SQLITE_OK) throw std::runtime_error("cannot open " + path);
    sqlite3_busy_timeout(raw, 10'000);
    sqlite3_exec(raw, "PRAGMA synchronous = OFF", nullptr, nullptr,
                 nullptr);  // nothing here outlives the process
    for (const std::string& statement : statements) {
      if (sqlite3_exec(raw, statement.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        throw std::runtime_error(std::string(sqlite3_errmsg(raw)) + " in " + statement.substr(0, 200));
      }
    }
  }

  test::TemporaryFolder folder_;
  std::filesystem::path data_ = std::filesystem::canonical(folder_.path()) / "data";
  std::filesystem::path away_ = std::filesystem::canonical(folder_.path()) / "away";
};

std::vector<Attack> write_attacks() {
  return {
      {"insert", "INSERT INTO people VALUES ('x', 'y', 'z')"},
      {"insert_returning", "INSERT INTO people VALUES ('x', 'y', 'z') RETURNING *"},
      {"upsert", "INSERT INTO people VALUES ('p1', 'y', 'z') ON CONFLICT (id) DO UPDATE SET name = 'y'"},
      {"replace", "REPLACE INTO people VALUES ('p1', 'y', 'z')"},
      {"update", "UPDATE people SET name = 'x'"},
      {"update_behind_comment", "/* SELECT */ -- harmless\nUPDATE people SET name = 'x'"},
      {"delete", "DELETE FROM people"},
      {"delete_with", "WITH x AS (SELECT 1) DELETE FROM people"},
      {"delete_with_returning",
       "WITH x AS (SELECT 1) DELETE FROM people WHERE id IN (SELECT id FROM people) RETURNING id"},
      {"delete_elsewhere", "DELETE FROM accounts_db.savings"},
      {"second_statement", "SELECT * FROM people; DELETE FROM people"},
      {"second_after_comment", "SELECT 1 -- ;\n; DROP TABLE people"},
      {"schema_table_insert",
       "INSERT INTO sqlite_schema VALUES ('table', 'x', 'x', 0, 'CREATE TABLE x (y)')"},
      {"schema_table_update",
       "UPDATE sqlite_master SET sql = 'CREATE TABLE people (x)' WHERE name = 'people'"},
      {"sequence_delete", "DELETE FROM sqlite_sequence"},
      {"statistics_insert", "INSERT INTO sqlite_stat1 VALUES ('people', NULL, '1')"},
      {"page_update", "UPDATE sqlite_dbpage SET data = zeroblob(4096) WHERE pgno = 1"},
      {"create_table", "CREATE TABLE stolen (x)"},
      {"create_table_as", "CREATE TABLE stolen AS SELECT * FROM people"},
      {"create_temp_table", "CREATE TEMP TABLE people (id, name, city)"},
      {"create_temp_view", "CREATE TEMP VIEW people AS SELECT 'x' AS id, 'y' AS name, 'z' AS city"},
      {"create_temp_trigger", "CREATE TEMP TRIGGER t AFTER INSERT ON people BEGIN DELETE FROM people; END"},
      {"create_view", "CREATE VIEW v AS SELECT * FROM people"},
      {"create_trigger", "CREATE TRIGGER t AFTER INSERT ON people BEGIN DELETE FROM people; END"},
      {"create_index", "CREATE INDEX i ON people (name)"},
      {"create_virtual_table", "CREATE VIRTUAL TABLE f USING fts5(x)"},
      {"drop_table", "DROP TABLE people"},
      {"alter_table", "ALTER TABLE people RENAME TO persons"},
      {"alter_drop_column", "ALTER TABLE people DROP COLUMN city"},
      {"reindex", "REINDEX"},
      {"analyze", "ANALYZE"},
      {"vacuum", "VACUUM"},
      {"vacuum_into", "VACUUM INTO '{folder}/copy.sqlite'"},
      {"vacuum_other", "VACUUM accounts_db"},
  };
}

std::vector<Attack> session_attacks() {
  return {
      {"begin", "BEGIN"},
      {"begin_exclusive", "BEGIN EXCLUSIVE"},
      {"commit", "COMMIT"},
      {"rollback", "ROLLBACK"},
      {"savepoint", "SAVEPOINT s"},
      {"release", "RELEASE s"},
      {"attach", "ATTACH '{folder}/new.sqlite' AS n"},
      {"attach_read_write", "ATTACH 'file:{folder}/new.sqlite?mode=rwc' AS n"},
      {"attach_expression", "ATTACH ('{folder}' || '/new.sqlite') AS n"},
      {"attach_password_file", "ATTACH '/etc/passwd' AS p"},
      {"attach_memory", "ATTACH ':memory:' AS m"},
      {"detach", "DETACH customer_db"},
      {"query_only_off", "PRAGMA query_only(0)"},
      {"query_only_assign", "PRAGMA query_only = OFF"},
      {"query_only_qualified", "PRAGMA customer_db.query_only = OFF"},
      {"writable_schema", "PRAGMA writable_schema(1)"},
      {"writable_schema_reset", "PRAGMA writable_schema = RESET"},
      {"trusted_schema", "PRAGMA trusted_schema = ON"},
      {"journal_mode", "PRAGMA journal_mode = WAL"},
      {"journal_mode_off", "PRAGMA journal_mode = OFF"},
      {"locking_mode", "PRAGMA locking_mode = EXCLUSIVE"},
      {"user_version", "PRAGMA user_version = 7"},
      {"application_id", "PRAGMA application_id = 7"},
      {"schema_version", "PRAGMA schema_version = 7"},
      {"page_size", "PRAGMA page_size = 512"},
      {"auto_vacuum", "PRAGMA auto_vacuum = FULL"},
      {"incremental_vacuum", "PRAGMA incremental_vacuum"},
      {"wal_checkpoint", "PRAGMA wal_checkpoint(TRUNCATE)"},
      {"optimize", "PRAGMA optimize"},
      {"temp_store_directory", "PRAGMA temp_store_directory = '{folder}'"},
      {"data_store_directory", "PRAGMA data_store_directory = '{folder}'"},
      {"database_list", "PRAGMA database_list"},
      {"database_list_table", "SELECT * FROM pragma_database_list"},
      {"busy_timeout", "PRAGMA busy_timeout = 1000000"},
      {"cache_spill", "PRAGMA cache_spill = 0"},
      {"hard_heap_limit", "PRAGMA hard_heap_limit = 1000"},
      {"load_extension", "SELECT load_extension('{folder}/evil.so')"},
      {"load_extension_entry", "SELECT load_extension('{folder}/evil', 'entry')"},
      {"fts3_tokenizer", "SELECT fts3_tokenizer('simple')"},
      {"fts3_tokenizer_pointer", "SELECT fts3_tokenizer('x', x'0102030405060708')"},
      {"readfile", "SELECT readfile('/etc/passwd')"},
      {"writefile", "SELECT writefile('{folder}/x', 'y')"},
      {"file_listing", "SELECT * FROM fsdir('/')"},
      {"csv_module", "CREATE VIRTUAL TABLE temp.t USING csv(filename = '/etc/passwd')"},
      {"log", "SELECT sqlite_log(1, 'forged line')"},
  };
}

std::vector<Leak> leaks() {
  return {
      {"like_pragma", "PRAGMA case_sensitive_like = ON", "SELECT 'A' LIKE 'a'"},
      {"foreign_keys_pragma", "PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys"},
      {"recursive_triggers_pragma", "PRAGMA recursive_triggers = ON", "PRAGMA recursive_triggers"},
      {"cache_size_pragma", "PRAGMA cache_size = 7", "PRAGMA cache_size"},
      {"reverse_pragma", "PRAGMA reverse_unordered_selects = ON", "SELECT id FROM people"},
      {"short_names_pragma", "PRAGMA full_column_names = ON", "SELECT id FROM people"},
      {"temp_table", "CREATE TEMP TABLE leak AS SELECT 1 AS x", "SELECT * FROM leak"},
      {"temp_table_shadow", "CREATE TEMP TABLE people AS SELECT 'x' AS id", "SELECT * FROM people"},
      {"temp_view_shadow", "CREATE TEMP VIEW people AS SELECT 'x' AS id", "SELECT * FROM people"},
      {"temp_trigger", "CREATE TEMP TRIGGER t AFTER INSERT ON people BEGIN DELETE FROM people; END",
       "SELECT name FROM temp.sqlite_schema"},
      {"attached_memory", "ATTACH ':memory:' AS leak", "SELECT * FROM leak.sqlite_schema"},
      {"other_database", "SELECT count(*) FROM accounts_db.sqlite_schema", "SELECT * FROM savings"},
      {"last_insert_rowid", "INSERT INTO people VALUES ('p9', 'Barbara', NULL)",
       "SELECT last_insert_rowid()"},
      {"changes", "INSERT INTO people VALUES ('p9', 'Barbara', NULL)", "SELECT changes()"},
      {"total_changes", "INSERT INTO people VALUES ('p9', 'Barbara', NULL)", "SELECT total_changes()"},
      {"open_transaction", "BEGIN", "SELECT * FROM people"},
      {"open_savepoint", "SAVEPOINT s", "RELEASE s"},
      {"half_a_write", "INSERT INTO people VALUES ('p8', 'Barbara', NULL), ('p1', 'twice', NULL)",
       "SELECT count(*) FROM people"},
  };
}

Exclusion no_type(std::string reason) {
  return {std::move(reason), kTypes};
}

Quirks quirks() {
  Quirks quirks;
  quirks.without[Feature::comments] = {"SQLite keeps no comments on tables or columns",
                                       "https://www.sqlite.org/lang_createtable.html"};
  quirks.without[Feature::permissions] = {"who may read the file may read all of it",
                                          "https://www.sqlite.org/whentouse.html"};
  quirks.without[Feature::sessions] = {"it runs within the process",
                                       "https://www.sqlite.org/serverless.html"};
  quirks.without_types = {
      {TypeId::uint64, no_type("an integer is signed and has 64 bits")},
      {TypeId::float32, no_type("a real has 64 bits")},
      {TypeId::decimal,
       no_type("a number is an integer or a 64-bit real; digits beyond are lost when it is stored")},
      {TypeId::timestamp_tz, no_type("times are text, and their zones have no type of their own")},
      {TypeId::interval, no_type("there are no intervals")},
      {TypeId::list, no_type("there are no lists")},
  };
  quirks.without_values = {
      {"float64_nan",
       {"NaN is stored as NULL (sqlite3VdbeMemSetDouble)", "https://sqlite.org/src/file/src/vdbemem.c"}},
      {"float64_minus_zero", no_type("a real without a fraction is stored as an integer, which has no -0")},
  };
  quirks.invalid_text_comes_as_bytes = true;
  quirks.attacks = write_attacks();
  std::ranges::move(session_attacks(), std::back_inserter(quirks.attacks));
  quirks.leaks = leaks();
  quirks.two_statements = "SELECT 1; SELECT 2";
  quirks.minimum_executed = 330;
  return quirks;
}

}  // namespace

Engine sqlite_engine() {
  return {.name = "sqlite",
          .type = "sqlite",
          .quirks = quirks(),
          .language = std::make_shared<SqliteLanguage>(),
          .deploy = [](const std::vector<std::string>& databases) -> std::unique_ptr<Deployment> {
            return std::make_unique<SqliteDeployment>(databases);
          }};
}

}  // namespace penstock::conformance
