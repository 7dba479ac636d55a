// Stops a running statement: on cancel from any thread, a stop request, the deadline.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "penstock/query.hpp"

#include "core/run_mark.hpp"
#include "datasources/duckdb/library.hpp"
#include "datasources/run_stop.hpp"

namespace penstock::duckdb {

class RunControl;

/// Interrupts the runs of a datasource that must stop. DuckDB asks nobody whether to go on, so a thread
/// watches: it begins with the first run, sleeps until the earliest deadline, and interrupts again and again
/// until the run has ended, as DuckDB forgets an interrupt that comes before the statement has begun.
/// Thread-safe.
class Watch {
 public:
  explicit Watch(const Api& api) noexcept : api_(&api) {}
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  friend class RunControl;
  void add(RunControl& run);
  void remove(RunControl& run) noexcept;
  void wake() noexcept;
  void work(const std::stop_token& end);
  [[nodiscard]] Deadline::Clock::time_point look() noexcept;

  const Api* api_;
  std::mutex mutex_;
  std::condition_variable_any woken_;
  std::vector<RunControl*> running_;
  Deadline::Clock::time_point next_look_ = Deadline::Clock::time_point::max();
  bool asked_to_look_ = false;
  std::jthread thread_;  // last: ends before what it uses
};

/// The run of a connection that is under way, if any. Every function but cancel() belongs to the connection's
/// thread.
class RunControl {
 public:
  /// `watch` must outlive it.
  explicit RunControl(Watch& watch) noexcept : watch_(&watch) {}
  RunControl(const RunControl&) = delete;
  RunControl& operator=(const RunControl&) = delete;

  void begin(Deadline deadline, std::stop_token stop);
  void end() noexcept;
  /// What DuckDB works on from now on, until the next call: what is to be interrupted. Null: nothing. Must be
  /// called before the connection is closed.
  void works_on(duckdb_connection connection) noexcept;
  /// Ends the run that is under way, and no later one. Any thread; does not wait for DuckDB.
  void cancel() noexcept;

  /// `cancelled` or `timeout` when the run must stop, `nothing` otherwise. Reads a clock.
  [[nodiscard]] RunStop must_stop() const noexcept;
  /// The same as an error.
  [[nodiscard]] Result<void> check() const;
  [[nodiscard]] Deadline deadline() const noexcept { return deadline_; }

 private:
  friend class Watch;

  Watch* watch_;
  RunMark mark_;
  // Written by the connection's thread under the watch's mutex, read by the watch under it.
  Deadline deadline_ = Deadline::never();
  std::stop_token stop_;
  duckdb_connection connection_ = nullptr;
  std::optional<std::stop_callback<std::function<void()>>> on_stop_;
};

/// One run, from its constructor to its end.
class Run {
 public:
  Run(RunControl& control, Deadline deadline, std::stop_token stop) : control_(&control) {
    control.begin(deadline, std::move(stop));
  }
  ~Run() { control_->end(); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

 private:
  RunControl* control_;
};

}  // namespace penstock::duckdb
