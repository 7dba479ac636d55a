// A connection of the pool: its sessions with the instances of one datasource, and the statement that runs.
#pragma once

#include <list>
#include <memory>

#include "penstock/data_source.hpp"

#include "datasources/duckdb/instance.hpp"
#include "datasources/duckdb/session.hpp"

namespace penstock::duckdb {

/// What all connections of a datasource share; it outlives them.
struct Shared {
  Shared(Api functions, Options configured)
      : api(functions), options(std::move(configured)), watch(api), instances(api, options) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  const Api api;
  const Options options;
  Watch watch;
  Instances instances;
};

/// Serves every logical database of the datasource. Thread safety and errors: as Connection says. What is
/// wrong with the files of one database leaves the connection whole.
class DuckDbConnection final : public Connection {
 public:
  explicit DuckDbConnection(std::shared_ptr<Shared> shared);
  ~DuckDbConnection() override;

  [[nodiscard]] Result<std::unique_ptr<BatchReader>> execute(const Execution& execution) override;
  [[nodiscard]] Result<DatabaseSchema> introspect(std::string_view database, std::string_view table,
                                                  Deadline deadline) override;
  [[nodiscard]] Result<void> probe(Deadline deadline) override;
  [[nodiscard]] Result<ServerInfo> server_info(Deadline deadline) override;
  void cancel() noexcept override { control_.cancel(); }
  [[nodiscard]] bool broken() const noexcept override { return broken_; }

 private:
  class Reader;
  [[nodiscard]] Result<std::unique_ptr<BatchReader>> start(const Execution& execution,
                                                           const std::vector<std::string>& named);
  [[nodiscard]] Result<Session*> session_for(std::string_view database,
                                             const std::vector<std::string>& named);
  [[nodiscard]] Result<Session*> open_session(const LogicalDatabase& database,
                                              std::shared_ptr<Instance> instance,
                                              const std::vector<std::string>& named);
  [[nodiscard]] bool is_folder() const;
  [[nodiscard]] Result<void> look_at(const std::string& database);
  [[nodiscard]] Error failure(const Session& session, std::string_view message);

  std::shared_ptr<Shared> shared_;
  RunControl control_;
  std::list<std::unique_ptr<Session>> sessions_;  // the last used first
  bool broken_ = false;
  bool busy_ = false;  // a reader is alive
};

}  // namespace penstock::duckdb
