// What ends a run of a session early: its deadline, a stop request, a cancel from another thread.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>

#include "penstock/error.hpp"
#include "penstock/query.hpp"

#include "core/run_mark.hpp"
#include "datasources/run_stop.hpp"

namespace penstock::mongodb {

/// The run of a session that is under way, if any. The session's socket waits through it, so that a wait ends
/// at once when the run must stop. Every function but cancel() belongs to the session's thread.
class Interrupt {
 public:
  /// Why a wait ended.
  enum class Wait : std::uint8_t { ready, timed_out, stopped, failed };

  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();

  void begin(Deadline deadline, std::stop_token stop);
  void end() noexcept;
  /// Ends the run that is under way, and no later one. Any thread; does not block.
  void cancel() noexcept;

  [[nodiscard]] Deadline deadline() const noexcept { return deadline_; }
  /// Reads a clock.
  [[nodiscard]] RunStop must_stop() const noexcept;
  /// `cancelled` or `timeout` when the run must stop.
  [[nodiscard]] Result<void> check() const;

  /// Waits until the descriptor is ready for `events` (of poll(2)), for at most `patience_ms`; negative:
  /// without a limit of its own. Outside of a run, what is waited for is the session's farewell, for at most
  /// two seconds.
  [[nodiscard]] Wait wait(int descriptor, short events, std::int32_t patience_ms) noexcept;

 private:
  struct Wake {
    Interrupt* interrupt;
    void operator()() const noexcept { interrupt->wake(); }
  };
  void wake() const noexcept;

  int waker_ = -1;
  Deadline deadline_ = Deadline::never();
  std::stop_token stop_;
  std::optional<std::stop_callback<Wake>> on_stop_;
  RunMark mark_;
};

/// One run, from its constructor to its end.
class Run {
 public:
  Run(Interrupt& interrupt, Deadline deadline, std::stop_token stop) : interrupt_(&interrupt) {
    interrupt.begin(deadline, std::move(stop));
  }
  ~Run() { interrupt_->end(); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

 private:
  Interrupt* interrupt_;
};

}  // namespace penstock::mongodb
