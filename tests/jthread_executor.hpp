// An executor for tests: a thread for each thing to do.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "server/executor.hpp"

namespace penstock::server {

class JthreadExecutor final : public Executor {
 public:
  explicit JthreadExecutor(DataSourceManager& manager) : manager_(manager) {}

  void query(QueryCall&& call, Answered answered) override {
    post([this, call = std::move(call), answered = std::move(answered)]() mutable {
      answered(manager_.stream_query(call.sql, call.database, call.params, call.options));
    });
  }
  /// Time stands still here, but for pass_time().
  void resume_at(Deadline::Clock::time_point /*time*/, std::move_only_function<void()> work) override {
    const std::scoped_lock lock(mutex_);
    due_.push_back(std::move(work));
  }
  /// Runs what was to be resumed at some time. How much that was.
  std::size_t pass_time() {
    std::vector<std::move_only_function<void()>> due;
    {
      const std::scoped_lock lock(mutex_);
      due.swap(due_);
    }
    for (auto& work : due)
      work();
    return due.size();
  }
  void post(std::move_only_function<void()> work) override {
    const std::scoped_lock lock(mutex_);
    threads_.emplace_back(std::move(work));
  }

 private:
  DataSourceManager& manager_;
  std::mutex mutex_;
  std::vector<std::move_only_function<void()>> due_;
  std::vector<std::jthread> threads_;  // joined at the end
};

}  // namespace penstock::server
