#include "demo/sqlite_file.hpp"

#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <sqlite3.h>
#include <unistd.h>

namespace penstock::demo {

namespace {

struct CloseFile {
  void operator()(sqlite3* file) const noexcept { sqlite3_close(file); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using FilePtr = std::unique_ptr<sqlite3, CloseFile>;
using StatementPtr = std::unique_ptr<sqlite3_stmt, Finalize>;

[[noreturn]] void throw_error(sqlite3* file, std::string_view what) {
  throw std::runtime_error(std::string(what) + ": " + sqlite3_errmsg(file));
}

FilePtr open(const std::filesystem::path& path, int flags) {
  sqlite3* opened = nullptr;
  const int status = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
  FilePtr file{opened};
  if (status != SQLITE_OK) throw_error(file.get(), "cannot open " + path.string());
  return file;
}

void run(sqlite3* file, const std::string& sql) {
  if (sqlite3_exec(file, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) throw_error(file, sql);
}

StatementPtr prepare(sqlite3* file, const std::string& sql) {
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(file, sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK) throw_error(file, sql);
  return StatementPtr{prepared};
}

std::string joined(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    if (!list.empty()) list += ", ";
    list += name;
  }
  return list;
}

/// Binds rows to the INSERT of one table.
class Inserter : public RowSink {
 public:
  Inserter(sqlite3* file, const Table& table) : file_(file), width_(table.columns.size()) {
    std::string sql = "INSERT INTO " + table.name + " VALUES (?";
    for (std::size_t i = 1; i < width_; ++i)
      sql += ", ?";
    statement_ = prepare(file, sql + ")");
  }

  using RowSink::add;
  void add(std::span<const Value> row) override {
    if (row.size() != width_) throw std::logic_error("a row of another width than its table");
    for (int column = 1; const Value& value : row)
      bind(column++, value);
    if (sqlite3_step(statement_.get()) != SQLITE_DONE) throw_error(file_, sqlite3_sql(statement_.get()));
    sqlite3_reset(statement_.get());
    ++count_;
  }

  [[nodiscard]] std::int64_t count() const noexcept { return count_; }

 private:
  void bind(int column, const Value& value) {
    int status = SQLITE_OK;
    if (value.is_null()) {
      status = sqlite3_bind_null(statement_.get(), column);
    } else if (const auto* integer = value.get_if<std::int64_t>()) {
      status = sqlite3_bind_int64(statement_.get(), column, *integer);
    } else if (const auto* truth = value.get_if<bool>()) {
      status = sqlite3_bind_int(statement_.get(), column, *truth ? 1 : 0);
    } else {
      std::string text = value.to_text();
      // As SQLite's own functions write a timestamp, so that it compares with what they return.
      if (value.get_if<Timestamp>() != nullptr) text[10] = ' ';
      status = sqlite3_bind_text(statement_.get(), column, text.data(), static_cast<int>(text.size()),
                                 SQLITE_TRANSIENT);
    }
    if (status != SQLITE_OK) throw_error(file_, "bind");
  }

  sqlite3* file_;
  std::size_t width_;
  StatementPtr statement_;
  std::int64_t count_ = 0;
};

RowCounts write_content(sqlite3* file, const Database& database) {
  RowCounts counts;
  for (const Table& table : database.tables) {
    run(file, create_table_sql(table));
    Inserter inserter(file, table);
    table.rows(inserter);
    counts.emplace_back(table.name, inserter.count());
  }
  // After the rows: an index is made faster than it is kept up to date.
  for (const Table& table : database.tables) {
    for (const Index& index : table.indexes) {
      std::string name = table.name;
      for (const std::string& column : index.columns)
        name += "_" + column;
      run(file, std::string("CREATE ") + (index.unique ? "UNIQUE " : "") + "INDEX " + name + "_idx ON " +
                    table.name + " (" + joined(index.columns) + ")");
    }
  }
  for (const View& view : database.views)
    run(file, create_view_sql(view));
  return counts;
}

/// A file that is gone at the end unless it was moved to its place.
class Draft {
 public:
  explicit Draft(const std::filesystem::path& target)
      : target_(target), path_(target.string() + ".new-" + std::to_string(getpid())) {
    std::filesystem::remove(path_);
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  void publish() { std::filesystem::rename(path_, target_); }

 private:
  std::filesystem::path target_;
  std::filesystem::path path_;
};

}  // namespace

std::string create_table_sql(const Table& table) {
  std::string sql = "CREATE TABLE " + table.name + " ( -- " + table.comment + "\n";
  for (const Column& column : table.columns) {
    sql += "  " + column.name + " " + column.type.sql;
    if (!column.nullable) sql += " NOT NULL";
    if (!column.check.empty()) sql += " CHECK (" + column.check + ")";
    sql += ", -- " + column.comment + "\n";
  }
  for (const ForeignKey& key : table.foreign_keys) {
    sql += "  FOREIGN KEY (" + key.column + ") REFERENCES " + key.table + " (" + key.referenced + "),\n";
  }
  return sql + "  PRIMARY KEY (" + joined(table.primary_key) + ")\n)";
}

std::string create_view_sql(const View& view) {
  return "CREATE VIEW " + view.name + " AS -- " + view.comment + "\n" + view.query;
}

RowCounts write_sqlite_file(const Database& database, const std::filesystem::path& file, int version) {
  std::filesystem::create_directories(std::filesystem::absolute(file).parent_path());
  Draft draft(file);
  RowCounts counts;
  {
    const FilePtr opened =
        open(draft.path(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX);
    // A draft needs no journal: when this fails, it is thrown away.
    run(opened.get(),
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; BEGIN");
    counts = write_content(opened.get(), database);
    run(opened.get(), "COMMIT; ANALYZE; PRAGMA user_version = " + std::to_string(version));
    // Readers of the finished file need no write access to its folder.
    run(opened.get(), "PRAGMA synchronous = FULL; PRAGMA journal_mode = DELETE");
  }
  draft.publish();
  return counts;
}

bool has_version(const std::filesystem::path& file, int version) {
  if (!std::filesystem::is_regular_file(file)) return false;
  try {
    const FilePtr opened = open(file, SQLITE_OPEN_READONLY);
    const StatementPtr statement = prepare(opened.get(), "PRAGMA user_version");
    return sqlite3_step(statement.get()) == SQLITE_ROW && sqlite3_column_int(statement.get(), 0) == version;
  } catch (const std::runtime_error&) {
    return false;  // no database, or one that cannot be read: written anew
  }
}

}  // namespace penstock::demo
