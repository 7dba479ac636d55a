// What an event loop waits for: sockets, timers, and what other threads ask of it.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include "server/socket_poll.hpp"

namespace penstock::server {

/// Asio has what is rare: timers, connections that come, tasks of other threads, and sleep. The sockets of
/// those that are served are in a set of our own. Everything but post() on the loop's thread.
class LoopContext {
 public:
  using Task = std::move_only_function<void()>;
  using Asio = boost::asio::io_context;

  LoopContext();
  LoopContext(const LoopContext&) = delete;
  LoopContext& operator=(const LoopContext&) = delete;
  ~LoopContext() = default;

  [[nodiscard]] Asio& asio() noexcept { return asio_; }
  [[nodiscard]] SocketPoll& sockets() noexcept { return sockets_; }

  /// From any thread. After the end it is dropped.
  template <typename Posted>
  void post(Posted&& task) {
    boost::asio::post(asio_, std::forward<Posted>(task));
    asio_has_more_.store(true, std::memory_order_release);
  }
  /// Once what is ready has had its turn.
  void defer(Task task) { deferred_.push_back(std::move(task)); }

  /// Does what is ready. Returns how much that was.
  std::size_t poll();
  /// Until there is something to do.
  void sleep();
  /// From here on it ends, once there is nothing left to do.
  void finish();
  [[nodiscard]] bool has_ended() const noexcept { return asio_.stopped() && deferred_.empty(); }

 private:
  std::size_t run_deferred();
  std::size_t poll_asio();

  Asio asio_{1};
  boost::asio::executor_work_guard<Asio::executor_type> work_;
  SocketPoll sockets_;
  /// Of the set of sockets, so that they end a sleep.
  boost::asio::posix::basic_stream_descriptor<Asio::executor_type> ready_sockets_;
  bool awaits_sockets_ = false;
  bool is_finishing_ = false;
  unsigned turns_without_asio_ = 0;
  std::atomic<bool> asio_has_more_ = true;
  std::vector<Task> deferred_;
  std::vector<Task> running_;
};

}  // namespace penstock::server
