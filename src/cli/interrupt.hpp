// Ctrl-C: the signals that ask the command to stop, as a stop token.
#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace penstock::cli {

/// From its making to its end, SIGINT, SIGTERM and SIGHUP no longer kill: the first one requests a stop, the
/// second ends the process at once. A signal that the process was started with ignored (nohup, a shell's
/// background job) stays ignored.
///
/// Owns the command's "interrupt" thread, which does nothing but wait for these signals. Make it before any
/// other thread: threads inherit the mask that keeps the signals away from them.
class Interrupts {
 public:
  Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  /// Ends the thread. The signals stay blocked: one that comes now waits for end_by_signal(), or for nothing.
  ~Interrupts();

  [[nodiscard]] std::stop_token token() const noexcept { return stop_.get_token(); }
  /// The signal that came; 0 when none did.
  [[nodiscard]] int signal() const noexcept { return signal_.load(); }

 private:
  void watch() noexcept;

  std::stop_source stop_;
  std::atomic<int> signal_ = 0;
  int signals_fd_ = -1;
  int wake_fd_ = -1;
  std::thread thread_;
};

/// Ends the process by this signal, as if it had never been caught, so that a shell sees 128 + signal and a
/// script that runs the command stops too. Buffers of stdio are flushed; destructors of the callers do not
/// run.
[[noreturn]] void end_by_signal(int signal) noexcept;

}  // namespace penstock::cli
