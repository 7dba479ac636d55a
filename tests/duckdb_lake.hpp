// What the tests of DuckDB start from: a folder with files, and a manager or a driver that reads it.
#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "penstock/manager.hpp"

#include "datasources/duckdb/duckdb.hpp"
#include "datasources/duckdb/options.hpp"
#include "demo/duckdb_writer.hpp"
#include "temporary_folder.hpp"

namespace penstock::duckdb {

/// A datasource `here` of what lies under `path`, with customer_db and accounts_db.
inline DataSourceConfig config_of(const std::filesystem::path& path) {
  DataSourceConfig config{.name = "here", .type = "duckdb"};
  config.connection.set("path", path);
  config.connection.set("memory_limit", std::int64_t{256} << 20U);
  for (const char* name : {"customer_db", "accounts_db"})
    config.databases.push_back({name, name});
  return config;
}

/// The driver without a manager: one connection, and statements that may pass by the analysis.
class Door {
 public:
  Door(const DataSourceConfig& config, const Layers& layers) : analyzes_(layers.analysis) {
    auto source = make_data_source(config, layers);
    if (!source) throw std::runtime_error(source.error().message);
    source_ = std::move(*source);
    auto connection = source_->connect(Node{"primary"}, Deadline::after(std::chrono::seconds(20)));
    if (!connection) throw std::runtime_error(connection.error().message + connection.error().server_message);
    connection_ = std::move(*connection);
  }

  /// The rows as lines of text, or what went wrong.
  Result<std::vector<std::string>> ask(std::string_view sql, const Params& params = {},
                                       std::string_view database = "customer_db") {
    Analysis analysis{.may_write = false};
    if (analyzes_) {
      auto analyzed = source_->analyze({.sql = sql, .database = database});
      if (!analyzed) return pass_error(analyzed);
      analysis = std::move(*analyzed);
    }
    Execution execution{.sql = sql,
                        .database = database,
                        .params = params,
                        .analysis = analysis,
                        .deadline = Deadline::after(std::chrono::seconds(20))};
    for (const std::string& qualifier : analysis.qualifiers) {
      if (qualifier == "accounts_db" && qualifier != database) execution.also_named.push_back(qualifier);
      if (qualifier != "accounts_db" && qualifier != "customer_db")
        return fail(ErrorCode::forbidden, "not mapped: " + qualifier);  // as the manager says
    }
    auto reader = connection_->execute(execution);
    if (!reader) return pass_error(reader);
    std::vector<std::string> lines;
    while (true) {
      auto batch = (*reader)->next();
      if (!batch) return pass_error(batch);
      if (!*batch) return lines;
      add_lines(**batch, lines);
    }
  }
  Connection& connection() { return *connection_; }
  DataSource& source() { return *source_; }

 private:
  static void add_lines(const RecordBatch& batch, std::vector<std::string>& lines) {
    for (std::int64_t i = 0; i < batch.num_rows(); ++i) {
      std::string line;
      const Row row = batch.row(i);
      for (std::size_t column = 0; column < row.size(); ++column)
        line += (column == 0 ? "" : "|") + row[column].to_text();
      lines.push_back(std::move(line));
    }
  }

  bool analyzes_;
  std::unique_ptr<DataSource> source_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace penstock::duckdb
