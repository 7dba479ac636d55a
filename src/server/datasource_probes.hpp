// GET /v1/datasources?probe=true: signs of life of every datasource, asked for by any number of clients.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "penstock/manager.hpp"

#include "server/exchange.hpp"
#include "server/executor.hpp"

namespace penstock::server {

/// One probe runs at a time: who asks meanwhile has its answer too, which may be older than the question by
/// kTimeout. So clients that ask without end cost each datasource one connection. Thread-safe.
class DatasourceProbes {
 public:
  static constexpr std::chrono::milliseconds kTimeout{5'000};

  DatasourceProbes(DataSourceManager& manager, Executor& executor) : manager_(manager), executor_(executor) {}

  /// Does not block. Must outlive the answer.
  void ask(std::shared_ptr<Exchange> exchange);

 private:
  void run();

  DataSourceManager& manager_;
  Executor& executor_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Exchange>> waiting_;  ///< not empty: a probe runs, or is about to
};

}  // namespace penstock::server
