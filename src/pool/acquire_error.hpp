// What a caller is told who gets no connection: the pool's numbers, and the last failure to connect.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "penstock/pool_statistics.hpp"

#include "pool/pool_state.hpp"

namespace penstock::pool {

/// What the message tells; taken at one moment.
struct PoolReport {
  std::string_view datasource;
  std::string_view node;
  PoolStatistics numbers;
  NodeHealth health;
  std::int64_t max_waiting = 0;
  Time now;
};

/// A pool's numbers as messages have them.
[[nodiscard]] std::string numbers_text(std::string_view node, const PoolStatistics& numbers);

/// `timeout`: the deadline passed `waited` after the caller came.
[[nodiscard]] Error timeout_error(const PoolReport& report, std::chrono::nanoseconds waited);
/// `cancelled`.
[[nodiscard]] Error cancelled_error(const PoolReport& report);
/// `overloaded`, `unavailable`, or the code of the last failure to connect when that tells more.
[[nodiscard]] Error refusal_error(const PoolReport& report, Refusal why);

}  // namespace penstock::pool
