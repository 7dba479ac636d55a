// A server of the imagination: a DataSource whose connects, probes and connections fail, hang and break on
// demand.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "penstock/data_source.hpp"

namespace penstock::pool {

/// Waits for a fact. False when it has not come true in ten seconds.
template <typename Predicate>
bool wait_until(Predicate predicate) {
  const Deadline patience = Deadline::after(std::chrono::seconds(10));
  while (!predicate()) {
    if (patience.expired()) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

/// Threads stop at it while it is closed, each until its deadline. Thread-safe.
class Gate {
 public:
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    closed_ = false;
    opens_.notify_all();
  }
  /// False when the deadline came first.
  bool pass(Deadline deadline) {
    std::unique_lock lock(mutex_);
    ++stopped_;
    const auto is_open = [this] { return !closed_; };
    bool passed = true;
    if (deadline.is_never()) {
      opens_.wait(lock, is_open);
    } else {
      passed = opens_.wait_until(lock, deadline.time(), is_open);
    }
    --stopped_;
    return passed;
  }
  int stopped() {
    const std::lock_guard lock(mutex_);
    return stopped_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable opens_;
  bool closed_ = false;
  int stopped_ = 0;
};

/// What all connections of one fake share.
struct FakeServer {
  Gate connects;
  Gate probes;
  std::atomic<bool> refuses = false;  ///< connects fail
  std::atomic<int> generation = 0;    ///< a restart: connections of an earlier one are broken()
  std::atomic<bool> probes_fail = false;
  std::atomic<int> opened = 0, closed = 0, attempts = 0, probed = 0, cancelled = 0;
  std::atomic<int> overlaps = 0;        ///< two threads on one connection
  std::function<bool()> connect_fails;  ///< further trouble; set it before the first connect
};

class FakeConnection final : public Connection {
 public:
  FakeConnection(std::shared_ptr<FakeServer> server, int id)
      : server_(std::move(server)), id_(id), generation_(server_->generation) {
    ++server_->opened;
  }
  ~FakeConnection() override {
    if (used_) ++server_->overlaps;
    if (on_close_) on_close_();
    ++server_->closed;
  }

  Result<std::unique_ptr<BatchReader>> execute(const Execution&) override {
    return fail(ErrorCode::unsupported, "a fake runs nothing");
  }
  Result<DatabaseSchema> introspect(std::string_view, std::string_view, Deadline) override {
    return DatabaseSchema{};
  }
  Result<void> probe(Deadline deadline) override {
    ++server_->probed;
    if (!server_->probes.pass(deadline)) return fail(ErrorCode::timeout, "the probe hung");
    if (server_->probes_fail || broken()) return fail(ErrorCode::unavailable, "the probe failed");
    return {};
  }
  Result<ServerInfo> server_info(Deadline) override { return ServerInfo{}; }
  void cancel() noexcept override { ++server_->cancelled; }
  bool broken() const noexcept override { return broken_ || generation_ != server_->generation; }
  std::string_view current_database() const noexcept override { return database_; }

  /// Uses it as a query does, and notices when somebody else does at the same time.
  void use(std::string_view database) {
    if (used_.exchange(true)) ++server_->overlaps;
    database_ = database;
    used_ = false;
  }
  void break_it() { broken_ = true; }
  void on_close(std::function<void()> hook) { on_close_ = std::move(hook); }
  int id() const { return id_; }

 private:
  const std::shared_ptr<FakeServer> server_;
  const int id_;
  const int generation_;
  std::string database_;
  std::function<void()> on_close_;
  std::atomic<bool> broken_ = false;
  std::atomic<bool> used_ = false;
};

class FakeDataSource final : public DataSource {
 public:
  explicit FakeDataSource(std::shared_ptr<FakeServer> server) : server_(std::move(server)) {}

  Result<Analysis> analyze(const AnalysisRequest&) const override { return Analysis{}; }
  Result<std::unique_ptr<Connection>> connect(const Node&, Deadline deadline) override {
    const int attempt = server_->attempts++;
    if (!server_->connects.pass(deadline)) return fail(ErrorCode::timeout, "the server did not answer");
    if (server_->refuses) return fail(ErrorCode::unavailable, "connection refused");
    if (server_->connect_fails && server_->connect_fails()) return fail(ErrorCode::unavailable, "bad luck");
    return std::make_unique<FakeConnection>(server_, attempt);
  }

 private:
  const std::shared_ptr<FakeServer> server_;
};

}  // namespace penstock::pool
