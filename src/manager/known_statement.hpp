// What is remembered of a statement from one run to the next.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>

#include "penstock/data_source.hpp"

namespace penstock {

/// Whether the runs of a statement end fast and small, as the last ones did. Thread-safe.
class Quickness {
 public:
  static constexpr std::chrono::milliseconds kQuick{5};

  /// A run on a connection of its own: from the lease to the last row, and the bytes of its values. True when
  /// it is quick from now on: the driver then has to say that it may share, else it broke().
  [[nodiscard]] bool ran(std::chrono::nanoseconds took, std::int64_t bytes) noexcept {
    const std::uint32_t runs = quick_runs_.load(std::memory_order_relaxed);
    const bool well = took <= kQuick && bytes <= SharingLimits::kMaxResultBytes;
    if (!well) broke();
    if (!well || runs >= kRuns) return false;
    quick_runs_.store(runs + 1, std::memory_order_relaxed);
    return runs + 1 == kRuns;
  }
  /// A run failed, was slow, grew large or may not share: it has to show itself quick again.
  void broke() noexcept { quick_runs_.store(0, std::memory_order_relaxed); }
  [[nodiscard]] bool is_quick() const noexcept {
    return quick_runs_.load(std::memory_order_relaxed) >= kRuns;
  }
  /// It was one of `runs` on one connection, which took so long from the first to the last of them. Whatever
  /// else the machine does adds to that, so what was instant once stays it until a run takes much longer.
  void ran_with_others(std::chrono::nanoseconds took, std::size_t runs) noexcept {
    const auto instant = kWakeUps + runs * kInstant;
    if (took <= instant) instant_.store(true, std::memory_order_relaxed);
    if (took > kMuchLonger * instant) instant_.store(false, std::memory_order_relaxed);
  }
  /// When it ran with others lately, waking up for them was no small part of what they took.
  [[nodiscard]] bool is_instant() const noexcept { return instant_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::uint32_t kRuns = 2;
  static constexpr std::chrono::microseconds kWakeUps{100};
  static constexpr std::chrono::microseconds kInstant{25};
  static constexpr int kMuchLonger = 4;
  std::atomic<std::uint32_t> quick_runs_{0};
  std::atomic<bool> instant_{false};
};

/// Whether a statement that has parameters for another's literals is to be run in place of that. A plan that
/// holds for any value can be a bad one for some, and where a run takes long, planning costs next to nothing:
/// so only statements whose runs are quick are worth it. Thread-safe.
class Parameterization {
 public:
  using Clock = Deadline::Clock;
  static constexpr std::uint32_t kSlowRuns = 3;  ///< in a row; one may be slow for other reasons
  static constexpr std::chrono::minutes kPause{1};

  [[nodiscard]] bool is_in_use(Clock::time_point now) const noexcept {
    return now.time_since_epoch().count() >= paused_until_.load(std::memory_order_relaxed);
  }
  void ran(bool quick, Clock::time_point now) noexcept {
    if (quick) return slow_runs_.store(0, std::memory_order_relaxed);
    if (slow_runs_.fetch_add(1, std::memory_order_relaxed) + 1 < kSlowRuns) return;
    slow_runs_.store(0, std::memory_order_relaxed);
    pause(now);
  }
  /// With literals it ran, and with parameters it did not.
  void pause(Clock::time_point now) noexcept {
    paused_until_.store((now + kPause).time_since_epoch().count(), std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint32_t> slow_runs_{0};
  std::atomic<Clock::rep> paused_until_{std::numeric_limits<Clock::rep>::min()};
};

struct KnownStatement {
  explicit KnownStatement(Analysis given) : analysis(std::move(given)) {}
  const Analysis analysis;
  mutable Quickness quickness;
  mutable Parameterization parameterization;  ///< of one that has parameters for literals

  [[nodiscard]] bool reads() const noexcept {
    return analysis.kind == StatementKind::select && !analysis.may_write;
  }
  /// It reads, and its runs are quick.
  [[nodiscard]] bool may_share() const noexcept { return reads() && quickness.is_quick(); }
};

}  // namespace penstock
