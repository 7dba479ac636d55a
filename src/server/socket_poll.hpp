// Which of many sockets can be read or written, found out without waiting.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <sys/epoll.h>

#include "config/descriptor.hpp"

namespace penstock::server {

/// A set of epoll(7). A socket stays in it, so that to wait for it once more costs no system call, and to
/// find out which of all are ready costs one. One thread at a time.
class SocketPoll {
 public:
  /// Outlives its place in the set, but for one that was told once and is not watched again.
  class Watcher {
   public:
    Watcher() = default;
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;
    virtual ~Watcher() = default;
    /// `events`: EPOLLIN and others, as epoll_wait(2) has them.
    virtual void ready(std::uint32_t events) = 0;
  };

  SocketPoll() noexcept;

  /// Until forget(): tells each time when something has come or more can be written, and what the socket is
  /// ready for already. Who is told must read until there is no more, as nobody says so again; of TCP, until
  /// there is less than was asked for, unless EPOLLRDHUP said that its end is there, too. False, with errno:
  /// there is no room for it in the system.
  [[nodiscard]] bool watch(int socket, Watcher& watcher) noexcept;
  /// Tells once, when the socket can be read. What was there for this socket before is replaced.
  [[nodiscard]] bool watch_once(int socket, Watcher& watcher) noexcept;
  /// The socket must be open still. Nothing is told any more, even of what is known already.
  void forget(int socket, const Watcher& watcher) noexcept;

  /// Tells those that are ready. Returns how many were.
  std::size_t poll();
  /// Readable when poll() has something to tell. Below zero: the system had none.
  [[nodiscard]] int descriptor() const noexcept { return set_.get(); }

 private:
  [[nodiscard]] bool control(int operation, int socket, std::uint32_t events, Watcher& watcher) noexcept;

  config::Descriptor set_;
  std::array<epoll_event, 64> found_;
  std::size_t next_ = 0;   ///< of what was found, whom to tell next
  std::size_t count_ = 0;  ///< that were found
};

}  // namespace penstock::server
