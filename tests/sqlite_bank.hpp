// A folder of SQLite files for the tests of the SQLite driver, and the driver on them.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "penstock/data_source.hpp"

#include "datasources/sqlite/options.hpp"
#include "datasources/sqlite/sqlite.hpp"
#include "temporary_folder.hpp"

namespace penstock::sqlite {

/// Runs statements on a file with nothing but SQLite, as another program would. Throws what SQLite says.
inline void run_sql(const std::filesystem::path& file, const std::string& sql) {
  sqlite3* handle = nullptr;
  sqlite3_open(file.c_str(), &handle);
  char* message = nullptr;
  const int code = sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &message);
  const std::string text = message == nullptr ? "" : message;
  sqlite3_free(message);
  sqlite3_close(handle);
  if (code != SQLITE_OK) throw std::runtime_error(text + " in " + sql);
}

[[nodiscard]] inline std::string contents_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The answer to one statement, read to its end.
struct Answer {
  std::vector<RecordBatch> batches;
  SchemaPtr schema;
  std::optional<std::int64_t> affected_rows;

  [[nodiscard]] Rows rows() const { return Rows(batches); }
  /// Every cell as text: rows by line, columns by '|'.
  [[nodiscard]] std::string text() const {
    std::string out;
    for (const Row row : rows()) {
      if (!out.empty()) out += '\n';
      for (std::size_t i = 0; i < row.size(); ++i)
        out += (i == 0 ? "" : "|") + row[i].to_text();
    }
    return out;
  }
  [[nodiscard]] TypeId type(std::size_t column) const { return schema->field(column).type.id; }
};

/// The driver on one folder or file, with one connection.
class TestSource {
 public:
  TestSource(const std::filesystem::path& path, const std::vector<std::string>& databases,
             Access access = Access::read_only, Layers with_layers = {})
      : layers(with_layers) {
    config.name = "bank";
    config.type = "sqlite";
    config.access = access;
    config.connection.set("path", path);
    config.connection.set("busy_timeout", std::chrono::milliseconds(100));
    for (const std::string& name : databases)
      config.databases.push_back({name, name});
  }

  /// The source, made at the first call; settings may be changed until then.
  [[nodiscard]] DataSource& source() {
    if (source_ == nullptr) {
      auto made = make_data_source(config, layers);
      if (!made) throw std::runtime_error(made.error().message);
      source_ = std::move(*made);
    }
    return *source_;
  }
  [[nodiscard]] Connection& connection() {
    if (connection_ == nullptr) {
      auto made = source().connect(Node{"primary"}, Deadline::after(std::chrono::seconds(10)));
      if (!made) throw std::runtime_error(made.error().message);
      connection_ = std::move(*made);
    }
    return *connection_;
  }

  /// Analyses and runs a statement as the manager does: the qualifiers that are databases are attached.
  [[nodiscard]] Result<Answer> run(std::string_view sql, std::string_view database,
                                   const Params& params = {}) {
    auto analysis = source().analyze({sql, database, config.access});
    if (!analysis) return std::unexpected(analysis.error());
    Execution execution{.sql = sql, .database = database, .params = params, .analysis = *analysis};
    for (const std::string& name : analysis->qualifiers) {
      if (std::ranges::find(config.databases, name, &LogicalDatabase::name) != config.databases.end() &&
          name != database) {
        execution.also_named.push_back(name);
      }
    }
    for (const std::string& name : also_named)
      execution.also_named.push_back(name);
    execution.access = config.access;
    execution.deadline = deadline;
    execution.stop = stop;
    execution.max_value_bytes = max_value_bytes;
    execution.row_limit = row_limit;
    auto reader = connection().execute(execution);
    if (!reader) return std::unexpected(reader.error());
    Answer answer;
    answer.schema = (*reader)->schema();
    while (true) {
      auto batch = (*reader)->next();
      if (!batch) return std::unexpected(batch.error());
      if (!*batch) break;
      answer.batches.push_back(std::move(**batch));
    }
    answer.affected_rows = (*reader)->affected_rows();
    return answer;
  }
  /// What it answers, as text; an error as its code and message.
  [[nodiscard]] std::string text(std::string_view sql, std::string_view database, const Params& params = {}) {
    auto answer = run(sql, database, params);
    return answer ? answer->text()
                  : std::string(to_string(answer.error().code)) + ": " + answer.error().message;
  }
  /// The error of a statement that must fail.
  [[nodiscard]] Error error(std::string_view sql, std::string_view database, const Params& params = {}) {
    auto answer = run(sql, database, params);
    if (answer) {
      ADD_FAILURE() << "this should have failed: " << sql << "\n" << answer->text();
      return {};
    }
    return answer.error();
  }

  DataSourceConfig config;
  Layers layers;
  std::vector<std::string> also_named;  // attached for every statement
  Deadline deadline = Deadline::never();
  std::stop_token stop;
  std::int64_t max_value_bytes = 64LL << 20;
  std::optional<std::int64_t> row_limit;

 private:
  std::unique_ptr<DataSource> source_;
  std::unique_ptr<Connection> connection_;
};

/// Another program that holds a lock on a file until it is told to go.
class Locker {
 public:
  explicit Locker(const std::filesystem::path& file, const char* lock = "BEGIN EXCLUSIVE") {
    sqlite3_open(file.c_str(), &handle_);
    sqlite3_exec(handle_, lock, nullptr, nullptr, nullptr);
  }
  ~Locker() { release(); }
  Locker(const Locker&) = delete;
  Locker& operator=(const Locker&) = delete;
  void release() {
    sqlite3_close(handle_);
    handle_ = nullptr;
  }

 private:
  sqlite3* handle_ = nullptr;
};

/// What the check says as a user who owns nothing: root would be let through everywhere.
inline std::string as_nobody(const std::function<std::string()>& check) {
  int ends[2];
  if (::pipe(ends) != 0) return "pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    std::string result;
    constexpr uid_t kNobody = 65'534;
    if (::geteuid() == 0 && (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) {
      result = "setuid failed";
    } else {
      try {
        result = check();
      } catch (const std::exception& thrown) {
        result = thrown.what();
      }
    }
    static_cast<void>(!::write(ends[1], result.data(), result.size()));
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string out;
  char chunk[512];
  for (ssize_t got = ::read(ends[0], chunk, sizeof chunk); got > 0;
       got = ::read(ends[0], chunk, sizeof chunk))
    out.append(chunk, static_cast<std::size_t>(got));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? out : "the child died";
}

/// customer_db (customers and a view) and accounts_db (accounts), as files of a folder.
class SqliteBank : public ::testing::Test {
 protected:
  SqliteBank() {
    run_sql(folder / "customer_db.sqlite",
            "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, born DATE, balance "
            "DECIMAL(10,2));"
            "INSERT INTO customers VALUES (1, 'Ada', '1815-12-10', 12.5), (2, 'Grace', '1906-12-09', 7);"
            "CREATE VIEW names AS SELECT name FROM customers");
    run_sql(folder / "accounts_db.sqlite",
            "CREATE TABLE accounts (id INTEGER PRIMARY KEY, customer_id INTEGER, kind TEXT);"
            "INSERT INTO accounts VALUES (10, 1, 'savings'), (11, 2, 'current'), (12, 1, 'current');"
            "CREATE VIEW kinds AS SELECT DISTINCT kind FROM accounts");
  }
  [[nodiscard]] TestSource bank(Access access = Access::read_only, Layers layers = {}) const {
    return TestSource(folder.path(), {"customer_db", "accounts_db"}, access, layers);
  }

  test::TemporaryFolder folder;
};

}  // namespace penstock::sqlite
