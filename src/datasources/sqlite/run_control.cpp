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

void RunControl::watch(sqlite3* database) noexcept {
  sqlite3_progress_handler(database, kStepsBetweenLooks, &RunControl::on_progress, this);
  sqlite3_busy_handler(database, &RunControl::on_busy, this);
}

void RunControl::begin(Deadline deadline, std::stop_token stop) noexcept {
  deadline_ = deadline;
  stop_ = std::move(stop);
  mark_.begin();
}

void RunControl::end() noexcept {
  mark_.end();
  deadline_ = Deadline::never();
  stop_ = {};
}

RunStop RunControl::must_stop() const noexcept {
  if (mark_.running() == 0 || shielded_) return RunStop::nothing;
  if (mark_.is_cancelled() || stop_.stop_requested()) return RunStop::cancelled;
  return deadline_.expired() ? RunStop::timeout : RunStop::nothing;
}

Result<void> RunControl::check() const {
  const RunStop stop = must_stop();
  if (stop == RunStop::nothing) return {};
  return std::unexpected(error_of(stop));
}

int RunControl::on_progress(void* self) noexcept {
  return static_cast<RunControl*>(self)->must_stop() == RunStop::nothing ? 0 : 1;
}

int RunControl::on_busy(void* self, int attempts) noexcept {
  return static_cast<RunControl*>(self)->wait_for_lock(attempts) ? 1 : 0;
}

bool RunControl::wait_for_lock(int attempts) noexcept {
  using std::chrono::milliseconds;
  const auto now = Deadline::Clock::now();
  if (attempts == 0) waiting_since_ = now;
  if (must_stop() != RunStop::nothing) return false;
  const auto left =
      std::min<Deadline::Clock::duration>(waiting_since_ + lock_patience_ - now, deadline_.remaining());
  if (left <= Deadline::Clock::duration::zero()) return false;
  const milliseconds sleep = std::min(milliseconds(1 + attempts * 2), kLongestSleep);
  std::this_thread::sleep_for(std::min<Deadline::Clock::duration>(sleep, left));
  return true;
}

}  // namespace penstock::sqlite
