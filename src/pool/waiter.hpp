// One caller that waits for its turn, on its own stack.
#pragma once

#include <atomic>
#include <cstdint>

#include "pool/pool_state.hpp"

namespace penstock::pool {

/// The caller's thread waits; exactly one other settles it, once; any number may poke it. Waking costs one
/// futex call and wakes this one thread. Settling is the last touch of the waiter: right after it, the waiter
/// may be gone.
class Waiter {
 public:
  struct Outcome {
    bool granted = false;
    SlotId slot = 0;                    ///< when granted
    Refusal refusal = Refusal::closed;  ///< when not
  };

  /// Until settled, poked, or the time has come. True when settled.
  [[nodiscard]] bool wait_until(Time time) noexcept;
  /// Until settled, which must be certain to happen soon.
  void wait_settled() noexcept;
  /// What it was settled with.
  [[nodiscard]] const Outcome& outcome() const noexcept { return outcome_; }

  void settle(Outcome outcome) noexcept;
  /// Ends wait_until() without settling. The caller makes sure that the waiter is still there.
  void poke() noexcept;

 private:
  void sleep(std::uint32_t expected, Time until) noexcept;

  std::atomic<std::uint32_t> word_{0};
  Outcome outcome_;
};

}  // namespace penstock::pool
