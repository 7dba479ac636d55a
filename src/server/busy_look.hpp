// Whether an event loop that has nothing to do looks on for more, or sleeps.
#pragma once

#include <chrono>
#include <cstddef>
#include <utility>

namespace penstock::server {

/// To look on spares everybody a wake-up, and lets others run between two looks. But a thread that never
/// sleeps stays on its core, and PostgreSQL or a client that was woken there waits for it while another core
/// may be idle; after a sleep, it is woken on the idle one. So a loop sleeps once where somebody else ran on
/// its core while it served several connections. A single client's request is with one process at a time,
/// wherever that is. Pure: no clock, no thread.
class BusyLook {
 public:
  using Duration = std::chrono::steady_clock::duration;

  /// To let others run and to look takes less than this where nobody else runs.
  static constexpr Duration kAloneFor = std::chrono::microseconds(10);

  /// So many connections got something in one turn.
  void served(std::size_t connections) noexcept {
    if (connections > 0) serves_several_ = connections > 1;
  }
  [[nodiscard]] bool serves_several() const noexcept { return serves_several_; }
  /// So long others had the core, and a look that found nothing.
  void let_others_run(Duration time) noexcept { sleeps_ = serves_several_ && time > kAloneFor; }
  /// Whether to sleep now; then not again before others had the core.
  [[nodiscard]] bool sleeps_at_once() noexcept { return std::exchange(sleeps_, false); }

 private:
  bool serves_several_ = false;  ///< the last time that it served any
  bool sleeps_ = false;
};

}  // namespace penstock::server
