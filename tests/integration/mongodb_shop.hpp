// What tests of the MongoDB driver ask through: a manager of one logical database, `shop`.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "penstock/manager.hpp"

#include "temporary_folder.hpp"

namespace penstock {

/// Of one datasource.
class Shop {
 public:
  /// `server` has a port(); `more` are keys of its connection: "user: agents".
  template <typename Server>
    requires requires(const Server& server) { server.port(); }
  explicit Shop(const Server& server, const std::string& more = {})
      : Shop("port: " + std::to_string(server.port()) + (more.empty() ? "" : ", ") + more) {}
  explicit Shop(const std::string& connection) {
    test::write_file(folder_.path() / "datasources.yaml",
                     "datasources:\n  shop:\n    type: mongodb\n    databases: [shop]\n"
                     "    connection: {host: 127.0.0.1, " +
                         connection + "}\n");
    auto manager = DataSourceManager::load(folder_.path(), {.environment = {}});
    if (!manager) throw std::runtime_error(manager.error().message);
    manager_ = std::move(*manager);
  }
  QueryResult ask(std::string_view query, std::chrono::milliseconds timeout = std::chrono::seconds(30),
                  std::optional<std::int64_t> max_rows = std::nullopt, const Params& params = {}) {
    QueryOptions options;
    options.timeout = timeout;
    options.max_rows = max_rows;
    return manager_->execute_query(query, "shop", params, options);
  }
  /// "_id|count\nnull|5\n", or the error.
  std::string text(std::string_view query, const Params& params = {}) {
    const QueryResult result = ask(query, std::chrono::seconds(30), std::nullopt, params);
    if (!result.success) return "error: " + result.error;
    std::string out;
    for (const std::string& column : result.columns)
      out += (out.empty() ? "" : "|") + column;
    for (const Row row : result.data) {
      out += "\n";
      for (std::size_t i = 0; i < row.size(); ++i)
        out += (i == 0 ? "" : "|") + row[i].to_text();
    }
    return out;
  }
  [[nodiscard]] DataSourceManager& manager() { return *manager_; }

 private:
  test::TemporaryFolder folder_;
  std::unique_ptr<DataSourceManager> manager_;
};

}  // namespace penstock
