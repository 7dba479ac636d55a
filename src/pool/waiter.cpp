#include "pool/waiter.hpp"

#include <chrono>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace penstock::pool {
namespace {

constexpr std::uint32_t kSettled = 1;
constexpr std::uint32_t kPoked = 2;

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t) &&
              std::atomic<std::uint32_t>::is_always_lock_free);

}  // namespace

bool Waiter::wait_until(Time time) noexcept {
  while (word_.load(std::memory_order_acquire) == 0 && Deadline::Clock::now() < time)
    sleep(0, time);
  return (word_.load(std::memory_order_acquire) & kSettled) != 0;
}

void Waiter::wait_settled() noexcept {
  for (std::uint32_t word = word_.load(std::memory_order_acquire); (word & kSettled) == 0;
       word = word_.load(std::memory_order_acquire)) {
    sleep(word, Time::max());
  }
}

void Waiter::settle(Outcome outcome) noexcept {
  outcome_ = outcome;
  auto* const word = &word_;
  word->fetch_or(kSettled, std::memory_order_release);
  // From here on *this may be gone. Its address is only a name for the kernel; a thread that sleeps on the
  // same address for another reason wakes for nothing and sleeps again.
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

void Waiter::poke() noexcept {
  word_.fetch_or(kPoked, std::memory_order_release);
  syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

// futex(2): FUTEX_WAIT_BITSET takes an absolute time of CLOCK_MONOTONIC, which is the steady clock's.
void Waiter::sleep(std::uint32_t expected, Time until) noexcept {
  timespec timeout{};
  const bool forever = until == Time::max();
  if (!forever) {
    const auto since_boot = until.time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since_boot);
    timeout.tv_sec = seconds.count();
    timeout.tv_nsec = std::chrono::nanoseconds(since_boot - seconds).count();
  }
  syscall(SYS_futex, &word_, FUTEX_WAIT_BITSET_PRIVATE, expected, forever ? nullptr : &timeout, nullptr,
          FUTEX_BITSET_MATCH_ANY);
}

}  // namespace penstock::pool
