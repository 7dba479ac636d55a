// Stops a running statement: on cancel from any thread, a stop request, the deadline, and while waiting for a
// lock.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <stop_token>

#include <sqlite3.h>

#include "penstock/error.hpp"
#include "penstock/query.hpp"

#include "core/run_mark.hpp"
#include "datasources/run_stop.hpp"

namespace penstock::sqlite {

/// The run of a connection that is under way, if any. SQLite asks it every thousand steps of its virtual
/// machine whether to go on, so no thread has to watch. Every function but cancel() belongs to the
/// connection's thread.
class RunControl {
 public:
  explicit RunControl(std::chrono::milliseconds busy_timeout) noexcept : lock_patience_(busy_timeout) {}
  RunControl(const RunControl&) = delete;
  RunControl& operator=(const RunControl&) = delete;

  /// Has SQLite ask this object about everything that runs on `database`, which must not outlive it.
  void watch(sqlite3* database) noexcept;

  void begin(Deadline deadline, std::stop_token stop) noexcept;
  void end() noexcept;
  /// Ends the run that is under way, and no later one. Any thread; does not block.
  void cancel() noexcept { mark_.cancel(mark_.running()); }

  /// While it lives, nothing is stopped: for what must be done in any case.
  class Shield {
   public:
    explicit Shield(RunControl& control) noexcept : control_(&control) { control.shielded_ = true; }
    ~Shield() { control_->shielded_ = false; }
    Shield(const Shield&) = delete;
    Shield& operator=(const Shield&) = delete;

   private:
    RunControl* control_;
  };

  /// While it lives, a lock is waited for at most this long: for what only wants to know.
  class Patience {
   public:
    Patience(RunControl& control, std::chrono::milliseconds longest) noexcept
        : control_(&control), before_(control.lock_patience_) {
      control.lock_patience_ = std::min(before_, longest);
    }
    ~Patience() { control_->lock_patience_ = before_; }
    Patience(const Patience&) = delete;
    Patience& operator=(const Patience&) = delete;

   private:
    RunControl* control_;
    std::chrono::milliseconds before_;
  };

  /// `cancelled` or `timeout` when the run must stop, `nothing` otherwise. Reads a clock.
  [[nodiscard]] RunStop must_stop() const noexcept;
  /// The same as an error.
  [[nodiscard]] Result<void> check() const;

 private:
  static int on_progress(void* self) noexcept;
  static int on_busy(void* self, int attempts) noexcept;
  [[nodiscard]] bool wait_for_lock(int attempts) noexcept;

  std::chrono::milliseconds lock_patience_;  // how long to wait for a lock
  Deadline deadline_ = Deadline::never();
  std::stop_token stop_;
  Deadline::Clock::time_point waiting_since_;
  bool shielded_ = false;
  RunMark mark_;
};

/// One run, from its constructor to its end.
class Run {
 public:
  Run(RunControl& control, Deadline deadline, std::stop_token stop) noexcept : control_(&control) {
    control.begin(deadline, std::move(stop));
  }
  ~Run() { control_->end(); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

 private:
  RunControl* control_;
};

}  // namespace penstock::sqlite
