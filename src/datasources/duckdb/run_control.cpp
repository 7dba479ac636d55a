#include "datasources/duckdb/run_control.hpp"

#include <algorithm>
#include <utility>

#include <pthread.h>

namespace penstock::duckdb {

namespace {

constexpr std::chrono::milliseconds kAgain{2};

}  // namespace

Watch::~Watch() {
  thread_.request_stop();
  wake();
}

void Watch::add(RunControl& run) {
  const std::scoped_lock lock(mutex_);
  running_.push_back(&run);
  if (!thread_.joinable()) {
    thread_ = std::jthread([this](const std::stop_token& end) { work(end); });
  }
  // The usual run's deadline lies behind that of one before it, so the thread need not know.
  if (run.deadline_.time() >= next_look_) return;
  next_look_ = run.deadline_.time();
  asked_to_look_ = true;
  woken_.notify_one();
}

void Watch::remove(RunControl& run) noexcept {
  const auto found = std::ranges::find(running_, &run);
  if (found == running_.end()) return;
  *found = running_.back();
  running_.pop_back();
}

void Watch::wake() noexcept {
  const std::scoped_lock lock(mutex_);
  asked_to_look_ = true;
  woken_.notify_one();
}

// Interrupting sets a flag, so it may be done under the lock: then no run can end, and the next one begin, in
// between.
Deadline::Clock::time_point Watch::look() noexcept {
  auto next = Deadline::Clock::time_point::max();
  for (const RunControl* run : running_) {
    if (run->must_stop() == RunStop::nothing) {
      next = std::min(next, run->deadline_.time());
      continue;
    }
    if (run->connection_ != nullptr) api_->interrupt(run->connection_);
    next = std::min(next, Deadline::Clock::now() + kAgain);
  }
  return next;
}

void Watch::work(const std::stop_token& end) {
  pthread_setname_np(pthread_self(), "penstock-duckdb");
  std::unique_lock lock(mutex_);
  while (!end.stop_requested()) {
    asked_to_look_ = false;
    next_look_ = look();
    const auto asked = [this] { return asked_to_look_; };
    if (next_look_ == Deadline::Clock::time_point::max()) {
      woken_.wait(lock, end, asked);
    } else {
      woken_.wait_until(lock, end, next_look_, asked);
    }
  }
}

void RunControl::begin(Deadline deadline, std::stop_token stop) {
  deadline_ = deadline;
  stop_ = std::move(stop);
  mark_.begin();
  watch_->add(*this);
  // Not under the lock: it is called at once when the stop was requested already.
  if (stop_.stop_possible()) on_stop_.emplace(stop_, [watch = watch_] { watch->wake(); });
}

void RunControl::end() noexcept {
  on_stop_.reset();
  const std::scoped_lock lock(watch_->mutex_);
  watch_->remove(*this);
  mark_.end();
  connection_ = nullptr;
  deadline_ = Deadline::never();
  stop_ = {};
}

void RunControl::works_on(duckdb_connection connection) noexcept {
  const std::scoped_lock lock(watch_->mutex_);
  connection_ = connection;
}

void RunControl::cancel() noexcept {
  const std::uint64_t run = mark_.running();
  if (run == 0) return;
  mark_.cancel(run);
  watch_->wake();
}

RunStop RunControl::must_stop() const noexcept {
  if (mark_.running() == 0) return RunStop::nothing;
  if (mark_.is_cancelled() || stop_.stop_requested()) return RunStop::cancelled;
  return deadline_.expired() ? RunStop::timeout : RunStop::nothing;
}

Result<void> RunControl::check() const {
  const RunStop stop = must_stop();
  if (stop == RunStop::nothing) return {};
  return std::unexpected(error_of(stop));
}

}  // namespace penstock::duckdb
