// What the thread of an event loop does for others, besides its own connections.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "penstock/query.hpp"

namespace penstock::server {

/// Outlives its thread. What is handed in is called on that thread, must not block, and is called before the
/// thread ends.
class EventLoop : public std::enable_shared_from_this<EventLoop> {
 public:
  using Time = Deadline::Clock::time_point;
  using Wait = std::uint64_t;

  EventLoop() = default;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  virtual ~EventLoop() = default;

  /// That of the calling thread; null: it is none's.
  [[nodiscard]] static EventLoop* current() noexcept;

  /// On the loop's thread: calls `task` once what is ready there now has had its turn.
  virtual void defer(std::move_only_function<void()> task) = 0;
  /// On the loop's thread: calls `ended` once, with true when the socket is readable, with false at `time`
  /// (some milliseconds late), after end(), and when the loop ends. The socket must stay open until then.
  virtual Wait await(int socket, Time time, std::move_only_function<void(bool)> ended) = 0;
  /// From any thread: lets a wait end soon. It may have ended.
  virtual void end(Wait wait) = 0;
};

}  // namespace penstock::server
