#include "server/loop_context.hpp"

#include <fcntl.h>

namespace penstock::server {

namespace {
/// To look at timers and at who wants to connect is a system call, and nobody notices when it happens less
/// often.
constexpr unsigned kTurnsWithoutAsio = 8;
/// In one turn: thousands may want to connect at once, and those that are there have theirs in between.
constexpr std::size_t kMostOfAsio = 16;
}  // namespace

LoopContext::LoopContext()
    : work_(boost::asio::make_work_guard(asio_)),
      ready_sockets_(asio_, ::fcntl(sockets_.descriptor(), F_DUPFD_CLOEXEC, 0)) {}

std::size_t LoopContext::poll() {
  std::size_t done = sockets_.poll();
  done += run_deferred();
  if (asio_has_more_.load(std::memory_order_acquire) || ++turns_without_asio_ >= kTurnsWithoutAsio) {
    turns_without_asio_ = 0;
    done += poll_asio();
  }
  return done;
}

std::size_t LoopContext::poll_asio() {
  asio_has_more_.store(false, std::memory_order_relaxed);
  std::size_t done = 0;
  while (done < kMostOfAsio && asio_.poll_one() != 0)
    ++done;
  if (done == kMostOfAsio) asio_has_more_.store(true, std::memory_order_relaxed);
  return done;
}

// Without those that come meanwhile.
std::size_t LoopContext::run_deferred() {
  running_.swap(deferred_);
  for (Task& task : running_)
    task();
  const std::size_t count = running_.size();
  running_.clear();
  return count;
}

void LoopContext::sleep() {
  if (!is_finishing_ && !std::exchange(awaits_sockets_, true)) {
    ready_sockets_.async_wait(decltype(ready_sockets_)::wait_read,
                              [this](const boost::system::error_code&) { awaits_sockets_ = false; });
  }
  asio_.run_one();
  asio_has_more_.store(true, std::memory_order_relaxed);
}

void LoopContext::finish() {
  is_finishing_ = true;
  ready_sockets_.cancel();
  work_.reset();
}

}  // namespace penstock::server
