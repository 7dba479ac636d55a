// A session with an instance: one logical database's names, and the statements that were prepared for it.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "datasources/duckdb/instance.hpp"

namespace penstock::duckdb {

struct PreparedStatement {
  std::string sql;
  PreparedHandle handle;
  bool explains = false;
};

/// Belongs to one connection and is used by one thread at a time.
class Session {
 public:
  /// Errors: as Instance::connect().
  [[nodiscard]] static Result<std::unique_ptr<Session>> open(const Api& api,
                                                             std::shared_ptr<Instance> instance,
                                                             const LogicalDatabase& database,
                                                             const std::vector<std::string>& named);

  /// The statement, prepared now or earlier. It must be one statement, of DuckDB's kind SELECT, or an EXPLAIN
  /// of one: that is asked of DuckDB itself, whatever the analysis said. Valid until the next call. Errors:
  /// any.
  [[nodiscard]] Result<PreparedStatement*> prepare(std::string_view sql);
  /// What DuckDB said of a failure, as an error that names the nearest table where one is missing.
  [[nodiscard]] Error explained(std::string_view message) const;

  [[nodiscard]] duckdb_connection connection() const noexcept { return connection_.get(); }
  [[nodiscard]] const LogicalDatabase& database() const noexcept { return database_; }
  /// The databases, in order, whose names are found beside those of database().
  [[nodiscard]] const std::vector<std::string>& named() const noexcept { return named_; }
  [[nodiscard]] const std::shared_ptr<Instance>& instance() const noexcept { return instance_; }

 private:
  Session(const Api& api, std::shared_ptr<Instance> instance, ConnectionHandle connection,
          const LogicalDatabase& database, std::vector<std::string> named)
      : api_(&api),
        instance_(std::move(instance)),
        connection_(std::move(connection)),
        database_(database),
        named_(std::move(named)) {}
  struct Compiled {
    PreparedHandle handle;
    duckdb_statement_type type = DUCKDB_STATEMENT_TYPE_INVALID;
  };
  [[nodiscard]] Result<Compiled> compile(const std::string& sql) const;
  [[nodiscard]] Result<void> check_kind(const std::string& sql, duckdb_statement_type type) const;

  const Api* api_;
  std::shared_ptr<Instance> instance_;
  ConnectionHandle connection_;  // goes before the instance
  LogicalDatabase database_;
  std::vector<std::string> named_;
  std::list<PreparedStatement> statements_;  // the last used first; they go before the connection
  std::unordered_map<std::string_view, std::list<PreparedStatement>::iterator> by_text_;
};

}  // namespace penstock::duckdb
