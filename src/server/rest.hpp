// REST: the endpoints under /v1, the signs of life, and their description. docs/rest.md is for who calls
// them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "penstock/manager.hpp"

#include "server/datasource_probes.hpp"
#include "server/exchange.hpp"
#include "server/executor.hpp"
#include "server/query_gate.hpp"
#include "server/schema_cache.hpp"

namespace penstock::server {

/// What a request may have at most; it can only ask for less.
struct RestOptions {
  std::int64_t max_rows = 10'000;
  std::int64_t max_bytes = 8 << 20;
  std::chrono::milliseconds timeout{30'000};
  bool explain_analyze = false;     ///< explanations may run statements
  bool pass_trace_context = false;  ///< the database is shown a request's `traceparent`
};

/// One endpoint: "GET", "/v1/databases/{id}".
struct RestRoute {
  std::string_view method;
  std::string_view path;
};

/// Thread-safe. It, and what it refers to, must outlive the exchanges that it was given.
class RestApi {
 public:
  /// `gate` counts the requests of each principal; null: nobody does.
  RestApi(DataSourceManager& manager, Executor& executor, SchemaCache& schemas, RestOptions options = {},
          std::shared_ptr<QueryGate> gate = nullptr);
  ~RestApi();

  /// Answers a request, or refuses it: for HttpRoutes under "/v1/", "/healthz", "/readyz" and
  /// "/openapi.json". Does not block.
  void answer(std::shared_ptr<Exchange> exchange);
  /// For a reload: counts for requests that come from now on.
  void set_options(RestOptions options);

  /// Every endpoint, each once.
  [[nodiscard]] static std::span<const RestRoute> routes() noexcept;
  /// The path of the endpoint that a request's path leads to, "/v1/databases/{id}"; empty: to none.
  [[nodiscard]] static std::string_view pattern_of(std::string_view path) noexcept;

  class Requests;

 private:
  [[nodiscard]] Result<void> admit(const Exchange& exchange) const;

  DataSourceManager& manager_;
  Executor& executor_;
  SchemaCache& schemas_;
  DatasourceProbes probes_;
  std::atomic<std::shared_ptr<const RestOptions>> options_;
  const std::shared_ptr<QueryGate> gate_;
};

}  // namespace penstock::server
