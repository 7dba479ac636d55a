#include "cli/interrupt.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <system_error>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace penstock::cli {

namespace {

// A signal that was ignored when the command started (`nohup`, `trap '' INT`) stays ignored.
bool is_ignored(int signal) noexcept {
  struct sigaction action{};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t watched_signals() noexcept {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(signal)) sigaddset(&set, signal);
  }
  return set;
}

int checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return fd;
}

/// Ends at once, from any thread: nothing is flushed, as the main thread may hold stdio's locks.
[[noreturn]] void die(int signal) noexcept {
  struct sigaction action{};
  action.sa_handler = SIG_DFL;
  sigaction(signal, &action, nullptr);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::raise(signal);
  ::_exit(128 + signal);  // process 1 of a container does not die of a signal
}

}  // namespace

Interrupts::Interrupts() {
  const sigset_t set = watched_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_fd_ = checked(::signalfd(-1, &set, SFD_CLOEXEC), "signalfd");
  wake_fd_ = checked(::eventfd(0, EFD_CLOEXEC), "eventfd");
  thread_ = std::thread([this] { watch(); });
}

Interrupts::~Interrupts() {
  const std::uint64_t one = 1;
  // Writing to an eventfd fails only beyond 2^64 - 2.
  [[maybe_unused]] const ssize_t written = ::write(wake_fd_, &one, sizeof(one));
  thread_.join();
  ::close(wake_fd_);
  ::close(signals_fd_);
}

void Interrupts::watch() noexcept {
  for (;;) {
    std::array<pollfd, 2> wait{pollfd{signals_fd_, POLLIN, 0}, pollfd{wake_fd_, POLLIN, 0}};
    if (::poll(wait.data(), wait.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    if ((wait[1].revents & POLLIN) != 0) return;
    signalfd_siginfo info{};
    if (::read(signals_fd_, &info, sizeof(info)) != sizeof(info)) continue;
    const int number = static_cast<int>(info.ssi_signo);
    if (signal_.exchange(number) != 0) die(number);
    stop_.request_stop();
  }
}

void end_by_signal(int signal) noexcept {
  std::fflush(nullptr);
  die(signal);
}

}  // namespace penstock::cli
