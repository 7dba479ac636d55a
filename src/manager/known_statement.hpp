// What is remembered of a statement from one run to the next.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

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

 private:
  static constexpr std::uint32_t kRuns = 2;
  std::atomic<std::uint32_t> quick_runs_{0};
};

struct KnownStatement {
  explicit KnownStatement(Analysis given) : analysis(std::move(given)) {}
  const Analysis analysis;
  mutable Quickness quickness;

  /// It reads, and its runs are quick.
  [[nodiscard]] bool may_share() const noexcept {
    return analysis.kind == StatementKind::select && !analysis.may_write && quickness.is_quick();
  }
};

}  // namespace penstock
