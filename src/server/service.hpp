// Everything behind the sockets: the manager, what runs its queries, and what the front ends offer of it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "penstock/manager.hpp"

#include "config/configuration.hpp"
#include "monitor/metrics.hpp"
#include "protocol/mcp/server.hpp"
#include "server/identity/identities.hpp"
#include "server/query_executor.hpp"
#include "server/query_gate.hpp"
#include "server/rest.hpp"
#include "server/schema_cache.hpp"

namespace penstock::server {

struct ServiceOptions {
  std::filesystem::path folder;  ///< of datasources.yaml
  config::ServingConfiguration configuration;
  /// server.yaml as it was read, where `configuration` has it otherwise, by the command line.
  std::optional<config::ServerConfig> server_as_read;
  std::string version;                     ///< of Penstock, as clients are told
  FrontEnd mcp_front_end = FrontEnd::mcp;  ///< by which calls of MCP come
};

/// Thread-safe but for reload() and close(), which one thread at a time calls. Must outlive whatever hands it
/// requests. Members are declared in the order in which they need each other.
class Service {
 public:
  /// Errors: those of DataSourceManager::load(), `unavailable` for an audit log that cannot be opened, and
  /// `invalid_argument` for tools that cannot be offered.
  [[nodiscard]] static Result<std::unique_ptr<Service>> make(const ServiceOptions& options);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service();

  [[nodiscard]] DataSourceManager& manager() noexcept { return *manager_; }
  [[nodiscard]] QueryExecutor& executor() noexcept { return *executor_; }
  [[nodiscard]] QueryGate& gate() noexcept { return *gate_; }
  [[nodiscard]] const std::shared_ptr<QueryGate>& shared_gate() const noexcept { return gate_; }
  [[nodiscard]] monitor::Metrics& metrics() noexcept { return *metrics_; }
  [[nodiscard]] Identities& identities() noexcept { return *identities_; }
  [[nodiscard]] RestApi& rest() noexcept { return *rest_; }
  [[nodiscard]] const std::shared_ptr<protocol::mcp::Server>& mcp() const noexcept { return mcp_; }

  /// The datasources are read from their files again; tools, limits and identities are these. All of it takes
  /// effect, or, with an error, nothing. MCP's clients are told what changed.
  [[nodiscard]] Result<void> reload(const config::ServingConfiguration& configuration);
  /// Connects to the datasources, and keeps their smallest pools from now on; says in the log what their
  /// servers are and allow. Returns at once.
  void warm_up();
  /// What waits is refused and what runs is cancelled.
  void close();
  /// After close(): until nothing runs any more.
  void wait();

 private:
  void log_nodes();
  Service(std::shared_ptr<monitor::Metrics> metrics, std::shared_ptr<QueryGate> gate,
          std::unique_ptr<DataSourceManager> manager);
  /// Whether make_catalog() can make something of it, with the databases of `manager`.
  [[nodiscard]] Result<void> check(const config::ServingConfiguration& configuration,
                                   const DataSourceManager& manager);
  [[nodiscard]] Result<protocol::mcp::Catalog> make_catalog(
      const config::ServingConfiguration& configuration);

  std::filesystem::path folder_;
  std::shared_ptr<monitor::Metrics> metrics_;
  std::shared_ptr<QueryGate> gate_;
  std::unique_ptr<Identities> identities_;
  std::unique_ptr<DataSourceManager> manager_;
  std::unique_ptr<SchemaCache> schemas_;  // what the executor runs for it may end after it is asked to stop
  std::unique_ptr<QueryExecutor> executor_;
  FrontEnd mcp_front_end_ = FrontEnd::mcp;
  std::unique_ptr<RestApi> rest_;
  std::shared_ptr<protocol::mcp::Server> mcp_;
};

}  // namespace penstock::server
