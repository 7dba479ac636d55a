#include "demo/duckdb_file.hpp"

#include <fstream>
#include <memory>
#include <stdexcept>
#include <system_error>

#include <unistd.h>

#include "demo/sqlite_file.hpp"

#if PENSTOCK_WITH_DUCKDB
#include "datasources/duckdb/statement_text.hpp"
#include "demo/duckdb_writer.hpp"
#endif

namespace penstock::demo {

namespace fs = std::filesystem;

#if PENSTOCK_WITH_DUCKDB

namespace {

using duckdb::quote_name;
using duckdb::quote_text;

/// A folder that is gone at the end.
class Scratch {
 public:
  explicit Scratch(fs::path path) : path_(std::move(path)) { fs::create_directories(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const noexcept { return path_; }

 private:
  fs::path path_;
};

/// Rows as CSV: text in quotes, null as nothing.
class CsvSink : public RowSink {
 public:
  explicit CsvSink(const fs::path& file) : out_(file, std::ios::binary) {}
  using RowSink::add;
  void add(std::span<const Value> row) override {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i != 0) out_ << ',';
      if (row[i].is_null()) continue;
      out_ << '"';
      for (const char c : row[i].to_text())
        out_ << (c == '"' ? "\"\"" : std::string(1, c));
      out_ << '"';
    }
    out_ << '\n';
    ++count_;
  }
  std::int64_t close() {
    out_.close();
    if (!out_) throw std::runtime_error("the rows could not be written");
    return count_;
  }

 private:
  std::ofstream out_;
  std::int64_t count_ = 0;
};

std::int64_t write_table(const DuckDbWriter& writer, const Table& table, const fs::path& scratch) {
  Table plain = table;
  plain.foreign_keys.clear();
  writer.run(create_table_sql(plain));
  const fs::path rows = scratch / (table.name + ".csv");
  CsvSink sink(rows);
  table.rows(sink);
  const std::int64_t count = sink.close();
  writer.run("COPY " + quote_name(table.name) + " FROM " + quote_text(rows.string()) +
             " (FORMAT csv, HEADER false, DELIMITER ',', QUOTE '\"', ESCAPE '\"', AUTO_DETECT false, "
             "ALLOW_QUOTED_NULLS false)");
  fs::remove(rows);
  writer.run("COMMENT ON TABLE " + quote_name(table.name) + " IS " + quote_text(table.comment));
  for (const Column& column : table.columns) {
    writer.run("COMMENT ON COLUMN " + quote_name(table.name) + "." + quote_name(column.name) + " IS " +
               quote_text(column.comment));
  }
  return count;
}

RowCounts write_tables(const DuckDbWriter& writer, const Database& database, const fs::path& scratch) {
  RowCounts counts;
  for (const Table& table : database.tables)
    counts.emplace_back(table.name, write_table(writer, table, scratch));
  for (const View& view : database.views) {
    writer.run(create_view_sql(view));
    writer.run("COMMENT ON VIEW " + quote_name(view.name) + " IS " + quote_text(view.comment));
  }
  return counts;
}

std::string of_process(const fs::path& path) {
  return path.string() + ".new-" + std::to_string(getpid());
}

}  // namespace

void write_duckdb_file(const std::vector<Database>& databases, const fs::path& file, int version,
                       const OnWritten& written) {
  const Scratch scratch(of_process(fs::absolute(file)));
  const fs::path draft = scratch.path() / "draft.duckdb";
  {
    const DuckDbWriter writer(draft);
    for (const Database& database : databases) {
      writer.run("CREATE SCHEMA " + quote_name(database.name));
      writer.run("USE " + quote_name(database.name));
      written(database, write_tables(writer, database, scratch.path()));
    }
    writer.run("CREATE TABLE main.demo_version AS SELECT " + std::to_string(version) + " AS version");
  }
  fs::rename(draft, file);
}

RowCounts write_parquet_folder(const Database& database, const fs::path& folder) {
  const Scratch scratch(of_process(fs::absolute(folder)));
  const DuckDbWriter writer;
  RowCounts counts = write_tables(writer, database, scratch.path());
  fs::create_directories(folder);
  for (const Table& table : database.tables) {
    const fs::path draft = scratch.path() / (table.name + ".parquet");
    writer.run("COPY " + quote_name(table.name) + " TO " + quote_text(draft.string()) + " (FORMAT parquet)");
    fs::rename(draft, folder / (table.name + ".parquet"));
  }
  return counts;
}

bool has_duckdb_version(const fs::path& file, int version) {
  if (!fs::is_regular_file(file)) return false;
  try {
    const DuckDbWriter writer;
    writer.run("ATTACH " + quote_text(file.string()) + " AS bank (READ_ONLY)");
    const auto rows = writer.rows("SELECT version::VARCHAR FROM bank.main.demo_version");
    return rows.size() == 1 && rows[0][0] == std::to_string(version);
  } catch (const std::runtime_error&) {
    return false;  // no database, or one that cannot be read: written anew
  }
}

#else

namespace {

[[noreturn]] void throw_missing() {
  throw std::runtime_error("this build has no DuckDB: run scripts/setup and build again");
}

}  // namespace

void write_duckdb_file(const std::vector<Database>&, const fs::path&, int, const OnWritten&) {
  throw_missing();
}
RowCounts write_parquet_folder(const Database&, const fs::path&) {
  throw_missing();
}
bool has_duckdb_version(const fs::path&, int) {
  return false;
}

#endif

}  // namespace penstock::demo
