// What a statement does and names, by DuckDB's own parser.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/data_source.hpp"

#include "datasources/duckdb/handles.hpp"
#include "datasources/duckdb/options.hpp"

namespace penstock::duckdb {

/// Parses statements in an instance of its own, which holds nothing and may open nothing, made when it is
/// first asked. Thread-safe.
class Analyzer {
 public:
  /// Both must outlive it.
  Analyzer(const Api& api, const Options& options) noexcept;
  ~Analyzer();
  Analyzer(const Analyzer&) = delete;
  Analyzer& operator=(const Analyzer&) = delete;

  /// See DataSource::analyze(). `is_file`: the databases are the schemas of one file, which statements name
  /// as the file does.
  [[nodiscard]] Result<Analysis> analyze(std::string_view sql, bool is_file);

 private:
  struct Parser;  // a connection, and the statement that parses
  [[nodiscard]] Result<std::string> tree_of(std::string_view sql);
  [[nodiscard]] Result<std::unique_ptr<Parser>> parser();

  const Api* api_;
  const Options* options_;
  std::mutex mutex_;
  std::shared_ptr<DatabaseHandle> database_;
  std::vector<std::unique_ptr<Parser>> idle_;
};

}  // namespace penstock::duckdb
