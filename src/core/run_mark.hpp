// Which run of a connection a cancel from another thread was meant for.
#pragma once

#include <atomic>
#include <cstdint>

namespace penstock {

/// One run after another, each of which can be cancelled, and none by what was meant for an earlier one: runs
/// are numbered, and a cancel names the number that it saw. begin() and end() belong to the thread that runs;
/// everything else to any. Nothing blocks.
class RunMark {
 public:
  void begin() noexcept { running_.store(++runs_, std::memory_order_release); }
  void end() noexcept { running_.store(0, std::memory_order_release); }

  /// The number of the run that is under way; 0: none is.
  [[nodiscard]] std::uint64_t running() const noexcept { return running_.load(std::memory_order_acquire); }

  /// Cancels the run of this number, if it has not ended. Of two that come late and out of order, the one for
  /// the later run counts.
  void cancel(std::uint64_t run) noexcept {
    std::uint64_t known = cancelled_.load(std::memory_order_relaxed);
    while (known < run && !cancelled_.compare_exchange_weak(known, run, std::memory_order_release,
                                                            std::memory_order_relaxed)) {
    }
  }

  /// A run is under way, and was cancelled.
  [[nodiscard]] bool is_cancelled() const noexcept {
    const std::uint64_t run = running_.load(std::memory_order_relaxed);
    return run != 0 && cancelled_.load(std::memory_order_acquire) == run;
  }

 private:
  std::uint64_t runs_ = 0;                   // how many have begun
  std::atomic<std::uint64_t> running_{0};    // the number of the run under way; 0: none
  std::atomic<std::uint64_t> cancelled_{0};  // the highest number that was cancelled
};

}  // namespace penstock
