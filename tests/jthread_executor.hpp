// An executor for tests: a thread for each thing to do.
#pragma once

#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "server/executor.hpp"

namespace penstock::server {

class JthreadExecutor final : public Executor {
 public:
  explicit JthreadExecutor(DataSourceManager& manager) : manager_(manager) {}

  void query(QueryCall call, Answered answered) override {
    post([this, call = std::move(call), answered = std::move(answered)]() mutable {
      answered(manager_.stream_query(call.sql, call.database, call.params, call.options));
    });
  }
  /// Time stands still here.
  void resume_at(Deadline::Clock::time_point /*time*/, std::move_only_function<void()> /*work*/) override {}
  void post(std::move_only_function<void()> work) override {
    const std::scoped_lock lock(mutex_);
    threads_.emplace_back(std::move(work));
  }

 private:
  DataSourceManager& manager_;
  std::mutex mutex_;
  std::vector<std::jthread> threads_;  // joined at the end
};

}  // namespace penstock::server
