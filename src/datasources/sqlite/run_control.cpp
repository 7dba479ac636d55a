#include "datasources/sqlite/run_control.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace penstock::sqlite {

namespace {

// Some ten microseconds of work between two looks at the clock.
constexpr int kStepsBetweenLooks = 1'000;
// No longer, so that a cancel is heard while waiting for a lock.
constexpr std::chrono::milliseconds kLongestSleep{20};

}  // namespace

void store_higher(std::atomic<std::uint64_t>& highest, std::uint64_t number) noexcept {
  std::uint64_t known = highest.load(std::memory_order_relaxed);
  while (known < number && !highest.compare_exchange_weak(known, number, std::memory_order_release,
                                                          std::memory_order_relaxed)) {
  }
}

void RunControl::watch(sqlite3* database) noexcept {
  sqlite3_progress_handler(database, kStepsBetweenLooks, &RunControl::on_progress, this);
  sqlite3_busy_handler(database, &RunControl::on_busy, this);
}

void RunControl::begin(Deadline deadline, std::stop_token stop) noexcept {
  deadline_ = deadline;
  stop_ = std::move(stop);
  running_.store(++runs_, std::memory_order_release);
}

void RunControl::end() noexcept {
  running_.store(0, std::memory_order_release);
  deadline_ = Deadline::never();
  stop_ = {};
}

void RunControl::cancel() noexcept {
  // Naming the run by its number is what keeps a late cancel from the next one.
  if (const std::uint64_t run = running_.load(std::memory_order_acquire); run != 0) {
    store_higher(cancelled_, run);
  }
}

RunControl::Stop RunControl::must_stop() const noexcept {
  const std::uint64_t run = running_.load(std::memory_order_relaxed);
  if (run == 0 || shielded_) return Stop::nothing;
  if (cancelled_.load(std::memory_order_acquire) == run || stop_.stop_requested()) return Stop::cancelled;
  return deadline_.expired() ? Stop::timeout : Stop::nothing;
}

Result<void> RunControl::check() const {
  const Stop stop = must_stop();
  if (stop == Stop::nothing) return {};
  return std::unexpected(error_of(stop));
}

Error RunControl::error_of(Stop reason) {
  Error error;
  error.sqlstate = "57014";
  if (reason == Stop::timeout) {
    error.code = ErrorCode::timeout;
    error.message =
        "the statement did not end within its time limit and was stopped; narrow it, or allow it more time";
  } else {
    error.code = ErrorCode::cancelled;
    error.message = "the statement was cancelled";
  }
  return error;
}

int RunControl::on_progress(void* self) noexcept {
  return static_cast<RunControl*>(self)->must_stop() == Stop::nothing ? 0 : 1;
}

int RunControl::on_busy(void* self, int attempts) noexcept {
  return static_cast<RunControl*>(self)->wait_for_lock(attempts) ? 1 : 0;
}

bool RunControl::wait_for_lock(int attempts) noexcept {
  using std::chrono::milliseconds;
  const auto now = Deadline::Clock::now();
  if (attempts == 0) waiting_since_ = now;
  if (must_stop() != Stop::nothing) return false;
  const auto left =
      std::min<Deadline::Clock::duration>(waiting_since_ + lock_patience_ - now, deadline_.remaining());
  if (left <= Deadline::Clock::duration::zero()) return false;
  const milliseconds sleep = std::min(milliseconds(1 + attempts * 2), kLongestSleep);
  std::this_thread::sleep_for(std::min<Deadline::Clock::duration>(sleep, left));
  return true;
}

}  // namespace penstock::sqlite
