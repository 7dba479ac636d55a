// Whether an event loop that has nothing to do looks on for more, or sleeps.
#pragma once

#include <chrono>
#include <cstddef>
#include <utility>

namespace penstock::server {

/// To look on spares everybody a wake-up, and others have their turn between looks. But a thread that never
/// sleeps stays on its core, and PostgreSQL or a client that was woken there waits for it while another core
/// may be idle; after a sleep, it is woken on the idle one. So a loop sleeps once where somebody else ran on
/// its core while it served several connections. A single client's request is with one process at a time,
/// wherever that is. Pure: no clock, no thread.
class BusyLook {
 public:
  using Duration = std::chrono::steady_clock::duration;

  /// A turn of the others', with the looks behind it, takes less than this where nobody else runs.
  static constexpr Duration kAloneFor = std::chrono::microseconds(10);
  /// So many looks a turn of the others', where a single client is served and nobody else runs: to ask
  /// whether somebody wants to takes longer than to look.
  static constexpr int kLooksAlone = 4;

  /// So many connections got something in one turn.
  void served(std::size_t connections) noexcept {
    if (connections > 0) serves_several_ = connections > 1;
  }
  [[nodiscard]] bool serves_several() const noexcept { return serves_several_; }
  /// So long others had the core, and the looks before them that found nothing.
  void let_others_run(Duration time) noexcept {
    is_alone_ = time <= kAloneFor;
    sleeps_ = serves_several_ && !is_alone_;
  }
  /// How often to look before others have their turn again.
  [[nodiscard]] int looks() const noexcept { return is_alone_ && !serves_several_ ? kLooksAlone : 1; }
  /// Whether to sleep now; then not again before others had the core.
  [[nodiscard]] bool sleeps_at_once() noexcept { return std::exchange(sleeps_, false); }

 private:
  bool serves_several_ = false;  ///< the last time that it served any
  bool is_alone_ = false;        ///< nobody else ran when others were let run
  bool sleeps_ = false;
};

}  // namespace penstock::server
