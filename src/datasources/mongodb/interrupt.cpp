#include "datasources/mongodb/interrupt.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <limits>
#include <system_error>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace penstock::mongodb {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFarewell{2'000};

// For poll(2): rounded up, so that the deadline has passed when it ends.
int poll_time(Deadline deadline) {
  if (deadline.is_never()) return -1;
  const auto left = std::chrono::ceil<milliseconds>(deadline.remaining()).count();
  return static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max()));
}

}  // namespace

Interrupt::Interrupt() : waker_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (waker_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Interrupt::~Interrupt() {
  on_stop_.reset();
  close(waker_);
}

void Interrupt::begin(Deadline deadline, std::stop_token stop) {
  deadline_ = deadline;
  stop_ = std::move(stop);
  mark_.begin();
  if (stop_.stop_possible()) on_stop_.emplace(stop_, Wake{this});
}

void Interrupt::end() noexcept {
  on_stop_.reset();
  mark_.end();
  deadline_ = Deadline::never();
  stop_ = {};
}

void Interrupt::cancel() noexcept {
  const std::uint64_t run = mark_.running();
  if (run == 0) return;
  mark_.cancel(run);
  wake();
}

void Interrupt::wake() const noexcept {
  const std::uint64_t one = 1;
  // Full means that a wake is on its way already.
  [[maybe_unused]] const ssize_t written = write(waker_, &one, sizeof one);
}

RunStop Interrupt::must_stop() const noexcept {
  if (mark_.running() == 0) return RunStop::nothing;
  if (mark_.is_cancelled() || stop_.stop_requested()) return RunStop::cancelled;
  return deadline_.expired() ? RunStop::timeout : RunStop::nothing;
}

Result<void> Interrupt::check() const {
  const RunStop stop = must_stop();
  if (stop == RunStop::nothing) return {};
  return std::unexpected(error_of(stop));
}

Interrupt::Wait Interrupt::wait(int descriptor, short events, std::int32_t patience_ms) noexcept {
  const bool running = mark_.running() != 0;
  Deadline until = running ? deadline_ : Deadline::after(kFarewell);
  if (patience_ms >= 0) until = until.min(Deadline::after(milliseconds(patience_ms)));
  for (;;) {
    if (must_stop() != RunStop::nothing) return Wait::stopped;
    std::array<pollfd, 2> watched{pollfd{descriptor, events, 0}, pollfd{waker_, POLLIN, 0}};
    const int ready = poll(watched.data(), watched.size(), poll_time(until));
    if (ready < 0 && errno != EINTR) return Wait::failed;
    if (ready > 0 && watched[1].revents != 0) {
      std::uint64_t wakes = 0;  // perhaps of an earlier run: must_stop() knows
      [[maybe_unused]] const ssize_t taken = read(waker_, &wakes, sizeof wakes);
      continue;
    }
    if (ready > 0) return Wait::ready;
    if (ready == 0 && until.expired())
      return must_stop() != RunStop::nothing ? Wait::stopped : Wait::timed_out;
  }
}

}  // namespace penstock::mongodb
