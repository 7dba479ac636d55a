// Which requests and queries are let in, by what each principal may have. Pure: no clock, no thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace penstock::server {

/// Why somebody has to come again later.
struct AdmissionRefusal {
  enum class Limit : std::uint8_t { requests_per_minute, max_concurrent };
  Limit limit = Limit::requests_per_minute;
  std::int64_t allowed = 0;
  /// When it is of use to come again. Of `max_concurrent` nobody knows; a second is a good guess.
  std::chrono::milliseconds retry_after{0};
  bool first = true;  ///< the request before was let in
};

/// What each principal has used of its limits, by the name that tells it from others. Those who use nothing
/// are forgotten, so that names are no way to fill the memory.
class Admission {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// A request, of which so many may come in a minute: all of them at once, if need be, and from then on one
  /// in each part of a minute (a token bucket). Nothing: it is let in, and counted.
  [[nodiscard]] std::optional<AdmissionRefusal> request(std::string_view who, std::int64_t per_minute,
                                                        Time now);
  /// A query, of which so many may be under way at a time. One that is let in is told of by query_ended().
  [[nodiscard]] std::optional<AdmissionRefusal> query(std::string_view who, std::int64_t max_concurrent,
                                                      Time now);
  void query_ended(std::string_view who) noexcept;

  /// How many principals it knows.
  [[nodiscard]] std::size_t size() const noexcept { return states_.size(); }

 private:
  struct State {
    Time full_at;  ///< when its bucket is full again
    std::int64_t running = 0;
    bool refuses = false;  ///< requests, now
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  [[nodiscard]] State& state_of(std::string_view who, Time now);

  std::unordered_map<std::string, State, Hash, std::equal_to<>> states_;
  std::size_t sweep_at_ = 1024;
};

}  // namespace penstock::server
