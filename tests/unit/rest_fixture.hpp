// What a server's handlers run on, without a server: an executor of threads, and exchanges that keep their
// answer.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "penstock/manager.hpp"

#include "server/exchange.hpp"
#include "server/executor.hpp"

namespace penstock::server::test {

/// Runs queries on a few threads of its own. What is waiting at its end runs before it goes.
class ThreadExecutor final : public Executor {
 public:
  explicit ThreadExecutor(DataSourceManager& manager, std::size_t threads = 2) : manager_(manager) {
    for (std::size_t i = 0; i < threads; ++i)
      threads_.emplace_back([this] { work(); });
  }
  ~ThreadExecutor() override {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    ready_.notify_all();
  }

  void query(QueryCall&& call, Answered answered) override {
    post([this, call = std::move(call), answered = std::move(answered)]() mutable {
      answered(manager_.stream_query(call.sql, call.database, call.params, call.options));
    });
  }
  /// Time stands still here.
  void resume_at(Deadline::Clock::time_point /*time*/, std::move_only_function<void()> /*work*/) override {}
  void post(std::move_only_function<void()> work) override {
    {
      const std::scoped_lock lock(mutex_);
      work_.push_back(std::move(work));
    }
    ready_.notify_one();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      ready_.wait(lock, [this] { return stopping_ || !work_.empty(); });
      if (work_.empty()) return;
      auto next = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      next();
      next = nullptr;
      lock.lock();
    }
  }

  DataSourceManager& manager_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::move_only_function<void()>> work_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace penstock::server::test
