// When a set of keys is fetched, and how long an old one holds. No clock, no thread.
#pragma once

#include <chrono>
#include <optional>

namespace penstock::server {

struct JwksTimes {
  std::chrono::milliseconds refresh_interval{600'000};  ///< a good set is fetched again after it
  std::chrono::milliseconds refetch_interval{10'000};   ///< no two fetches begin closer to each other
  std::chrono::milliseconds keep_keys{3'600'000};  ///< a set that cannot be fetched again holds this long
  friend bool operator==(const JwksTimes&, const JwksTimes&) = default;
};

class JwksSchedule {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  explicit JwksSchedule(JwksTimes times) : times_(times) {}

  void began(Time now) noexcept { begun_ = now; }
  void ended(Time now, bool well) noexcept {
    failing_ = !well;
    if (well) fetched_ = now;
  }

  /// When the next fetch is due, whoever asks.
  [[nodiscard]] Time due() const noexcept {
    if (!begun_) return Time::min();
    if (failing_ || !fetched_) return *begun_ + times_.refetch_interval;
    return *begun_ + times_.refresh_interval;
  }
  /// Whether a token with an unknown key is worth another fetch.
  [[nodiscard]] bool may_refetch(Time now) const noexcept {
    return !begun_ || now >= *begun_ + times_.refetch_interval;
  }
  /// Whether the last fetch failed, so that the set may not be the newest.
  [[nodiscard]] bool failing() const noexcept { return failing_; }
  /// Whether the last good set still holds.
  [[nodiscard]] bool holds(Time now) const noexcept {
    return fetched_ && (!failing_ || now < *fetched_ + times_.keep_keys);
  }

 private:
  JwksTimes times_;
  std::optional<Time> begun_;
  std::optional<Time> fetched_;
  bool failing_ = false;
};

}  // namespace penstock::server
