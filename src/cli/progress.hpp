// How far a long query is, on the terminal.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace penstock::cli {

/// "1,250,000 rows, 410,000 rows/s, 3 s", or what a wait for the first row, and a cancel under way, look
/// like.
[[nodiscard]] std::string progress_text(std::int64_t rows, std::chrono::milliseconds elapsed,
                                        bool cancelling);

/// A line on standard error that says how far a query is: from its first second on, five times a second,
/// erased at the end. Owns the command's "progress" thread, which only draws.
class Progress {
 public:
  /// Draws nothing, and has no thread, unless `enabled`. `cancelled` only changes what the line says.
  Progress(bool enabled, std::stop_token cancelled);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { finish(); }

  void add_rows(std::int64_t rows) noexcept { rows_.fetch_add(rows, std::memory_order_relaxed); }
  /// Erases the line and ends the thread. May be called again.
  void finish() noexcept;

 private:
  void run(const std::stop_token& finished);
  void draw();

  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  const std::stop_token cancelled_;
  std::atomic<std::int64_t> rows_ = 0;
  bool drawn_ = false;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace penstock::cli
