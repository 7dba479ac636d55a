// The event loop of HTTP connections, as others see it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "server/event_loop.hpp"
#include "server/loop_context.hpp"

namespace penstock::server {

/// Everything but end() on the loop's thread.
class HttpLoopWaits final : public EventLoop {
 public:
  /// `begin`: called before what waited for a socket that has become readable. `settle`: called after each
  /// task; not after the loop has ended.
  HttpLoopWaits(std::shared_ptr<LoopContext> context, std::function<void()> begin,
                std::function<void()> settle)
      : context_(std::move(context)), begin_(std::move(begin)), settle_(std::move(settle)) {}

  ~HttpLoopWaits() override;

  /// This thread is the loop's.
  void adopt_thread() noexcept;

  void defer(std::move_only_function<void()> task) override;
  Wait await(int socket, Time time, std::move_only_function<void(bool)> ended) override;
  void end(Wait wait) override;

  /// To be called often enough for waits that end by time.
  void check_time(Time now);
  /// Ends all, and each that comes from now on.
  void end_all();
  [[nodiscard]] bool empty() const noexcept { return waits_.empty(); }

 private:
  class Pending final : public SocketPoll::Watcher {
   public:
    Pending(HttpLoopWaits& waits, Wait wait, int awaited, Time until,
            std::move_only_function<void(bool)> then)
        : socket(awaited), time(until), ended(std::move(then)), waits_(waits), wait_(wait) {}
    void ready(std::uint32_t events) override;

    const int socket;
    const Time time;
    std::move_only_function<void(bool)> ended;

   private:
    HttpLoopWaits& waits_;
    const Wait wait_;
  };

  [[nodiscard]] std::weak_ptr<HttpLoopWaits> weak() {
    return std::static_pointer_cast<HttpLoopWaits>(shared_from_this());
  }
  using Waits = std::map<Wait, Pending>;
  /// Takes it out and calls what waits. What is returned has that still, for it may hold much.
  Waits::node_type finish(Wait wait, bool readable);

  const std::shared_ptr<LoopContext> context_;
  const std::function<void()> begin_;
  const std::function<void()> settle_;
  Waits waits_;
  Wait last_ = 0;
  bool has_ended_ = false;
};

}  // namespace penstock::server
