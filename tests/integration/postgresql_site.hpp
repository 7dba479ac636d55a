// A private PostgreSQL server with two logical databases, and managers that are configured for it.
#pragma once

#include <chrono>
#include <concepts>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "penstock/manager.hpp"

#include "servers/postgresql_cluster.hpp"

namespace penstock::test {

/// What a configuration says beside the defaults: lines under `connection:` and under the datasource.
struct PostgresqlKeys {
  std::vector<std::pair<std::string, std::string>> connection{};
  std::vector<std::pair<std::string, std::string>> datasource{};
};

/// Schemas customer_db and accounts_db of the database `postgres`, with a table people(id, name) of three
/// rows in the first. The user is the superuser, whom no grant stops, unless the keys name another.
class PostgresqlSite {
 public:
  explicit PostgresqlSite(PostgresqlCluster::Options options = {});

  [[nodiscard]] PostgresqlCluster& cluster() noexcept { return cluster_; }
  /// As the superuser, in the schema customer_db.
  void run(const std::string& statements) const {
    cluster_.run("SET search_path = customer_db; " + statements);
  }
  /// What `connection:` says without further keys.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> connection() const;
  /// Writes a datasources.yaml with these keys in the place of the defaults.
  void write_configuration(const std::filesystem::path& folder, const PostgresqlKeys& keys) const;
  /// One that is configured so; throws when the configuration is refused.
  [[nodiscard]] std::unique_ptr<DataSourceManager> manager(const PostgresqlKeys& keys = {}) const;

 private:
  PostgresqlCluster cluster_;
};

/// A test with a site of its own and a manager of one connection.
class PostgresqlTest : public testing::Test {
 protected:
  void SetUp() override;
  void configure(const PostgresqlKeys& keys) { manager_ = site_->manager(keys); }
  [[nodiscard]] PostgresqlSite& site() noexcept { return *site_; }
  [[nodiscard]] DataSourceManager& manager() noexcept { return *manager_; }
  [[nodiscard]] QueryResult query(std::string_view sql, const Params& params = {},
                                  const QueryOptions& options = {}) {
    return manager_->execute_query(sql, "customer_db", params, options);
  }
  /// The values of a result as text, "a|b" a row, rows joined by line ends; or the error.
  [[nodiscard]] std::string answer(std::string_view sql, const Params& params = {});
  /// Connections that the pool has made.
  [[nodiscard]] std::uint64_t connects();
  /// Process numbers of our sessions at the server.
  [[nodiscard]] std::vector<std::string> backends() const;

  PostgresqlCluster::Options cluster_options_;
  PostgresqlKeys keys_{.connection = {{"max_pool_size", "1"}}};

 private:
  std::unique_ptr<PostgresqlSite> site_;
  std::unique_ptr<DataSourceManager> manager_;
};

[[nodiscard]] std::string as_text(const QueryResult& result);

/// Waits for a fact; false when it did not come true in time.
[[nodiscard]] bool wait_until(const std::predicate auto& fact,
                              std::chrono::milliseconds patience = std::chrono::seconds(20)) {
  const Deadline deadline = Deadline::after(patience);
  while (!fact()) {
    if (deadline.expired()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace penstock::test
