// Files of DuckDB, made by DuckDB's own C API with all rights.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "datasources/duckdb/handles.hpp"
#include "datasources/duckdb/own_statements.hpp"

namespace penstock::demo {

/// A database file, or none (statements that write Parquet, CSV and JSON need no database), open while it
/// lives.
class DuckDbWriter {
 public:
  explicit DuckDbWriter(const std::filesystem::path& file = {})
      : api_(functions()), database_(api_), connection_(api_) {
    char* problem = nullptr;
    const std::string path = file.empty() ? ":memory:" : file.string();
    if (api_.open_ext(path.c_str(), database_.out(), nullptr, &problem) != DuckDBSuccess)
      throw std::runtime_error(duckdb::taken_text(api_, problem));
    if (api_.connect(database_.get(), connection_.out()) != DuckDBSuccess)
      throw std::runtime_error("DuckDB gives no connection");
  }
  void run(const std::string& sql) const {
    if (const auto done = duckdb::run_own(api_, connection_.get(), sql); !done)
      throw std::runtime_error(done.error().message + " in " + sql.substr(0, 200));
  }
  /// The rows of a query all of whose columns are VARCHAR.
  std::vector<duckdb::TextRow> rows(const std::string& sql) const {
    auto rows = duckdb::read_own(api_, connection_.get(), sql);
    if (!rows) throw std::runtime_error(rows.error().message + " in " + sql.substr(0, 200));
    return std::move(*rows);
  }

 private:
  static duckdb::Api functions() {
    auto api = duckdb::load_library({});
    if (!api) throw std::runtime_error(api.error().message);
    return *api;
  }
  duckdb::Api api_;
  duckdb::DatabaseHandle database_;
  duckdb::ConnectionHandle connection_;
};

}  // namespace penstock::demo
