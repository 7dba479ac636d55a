// The numbers of one pool, as health reports, metrics and timeout messages show them.
#pragma once

#include <chrono>
#include <cstdint>

namespace penstock {

/// Taken at one moment, so that they fit each other. The counters run from the pool's beginning and never go
/// back.
struct PoolStatistics {
  std::int64_t total = 0;  ///< open connections: idle, leased, or being checked
  std::int64_t idle = 0;
  std::int64_t leased = 0;
  std::int64_t waiting = 0;     ///< callers in the queue
  std::int64_t connecting = 0;  ///< connections being opened; not part of `total`
  std::int64_t min_size = 0, max_size = 0;
  std::uint64_t acquires = 0;  ///< leases given
  std::uint64_t connects = 0;  ///< connections opened
  std::uint64_t connect_failures = 0;
  std::uint64_t timeouts = 0;             ///< callers whose deadline passed in the queue
  std::uint64_t cancelled = 0;            ///< callers who were stopped in the queue
  std::uint64_t overloaded = 0;           ///< callers turned away by `max_waiting`
  std::uint64_t unavailable = 0;          ///< callers turned away because the node is down
  std::uint64_t failed_checks = 0;        ///< connections found dead before use, unseen by any caller
  std::uint64_t leaks = 0;                ///< leases held longer than the threshold, each counted once
  std::chrono::nanoseconds wait_time{0};  ///< in the queue, of all acquires together
};

}  // namespace penstock
