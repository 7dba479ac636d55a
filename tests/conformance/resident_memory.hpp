// The memory of this process, as Linux counts it.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>

namespace penstock::conformance {

/// Forgets the peak so far (man 5 proc, clear_refs).
inline void reset_peak_memory() {
  std::ofstream("/proc/self/clear_refs") << 5;
}

/// Bytes that are resident now ("VmRSS") or were at the peak ("VmHWM").
[[nodiscard]] inline std::int64_t resident_bytes(const std::string& which) {
  std::ifstream status("/proc/self/status");
  for (std::string key; status >> key;) {
    std::int64_t kibibytes = 0;
    if (key == which + ":" && status >> kibibytes) return kibibytes * 1024;
    status.ignore(4096, '\n');
  }
  return 0;
}

/// Whether the figures mean anything: sanitizers keep freed memory.
inline constexpr bool kMemoryCounts =
#ifdef PENSTOCK_SANITIZED
    false;
#else
    true;
#endif

}  // namespace penstock::conformance
