#include "server/http_loop_waits.hpp"

#include <exception>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "server/log.hpp"

namespace penstock::server {

namespace {

thread_local EventLoop* loop_of_this_thread = nullptr;

template <typename Task, typename... Arguments>
void run_guarded(Task& task, Arguments... arguments) {
  try {
    task(arguments...);
  } catch (const std::exception& thrown) {
    log(LogLevel::error, "loop_task_threw", {{"what", thrown.what()}});
  }
}

}  // namespace

EventLoop* EventLoop::current() noexcept {
  return loop_of_this_thread;
}

HttpLoopWaits::~HttpLoopWaits() {
  // A thread may go on without its loop.
  if (loop_of_this_thread == this) loop_of_this_thread = nullptr;
}

void HttpLoopWaits::adopt_thread() noexcept {
  loop_of_this_thread = this;
}

void HttpLoopWaits::defer(std::move_only_function<void()> task) {
  boost::asio::post(*context_, [waits = weak(), task = std::move(task)]() mutable {
    const auto self = waits.lock();
    run_guarded(task);
    task = nullptr;
    if (self != nullptr) self->settle_();
  });
}

EventLoop::Wait HttpLoopWaits::await(int socket, Time time, std::move_only_function<void(bool)> ended) {
  const Wait wait = ++last_;
  Pending& pending =
      waits_.emplace(wait, Pending{Descriptor(*context_, socket), time, std::move(ended)}).first->second;
  if (has_ended_) {
    defer([this, wait] { finish(wait, false); });
    return wait;
  }
  pending.descriptor.async_wait(Descriptor::wait_read,
                                [waits = weak(), wait](const boost::system::error_code& error) {
                                  const auto self = waits.lock();
                                  if (self == nullptr || error == boost::asio::error::operation_aborted)
                                    return;
                                  self->finish(wait, !error);
                                  self->settle_();
                                });
  return wait;
}

void HttpLoopWaits::finish(Wait wait, bool readable) {
  auto found = waits_.extract(wait);
  if (found.empty()) return;
  // The socket is somebody else's.
  static_cast<void>(found.mapped().descriptor.release());
  run_guarded(found.mapped().ended, readable);
}

void HttpLoopWaits::end(Wait wait) {
  boost::asio::post(*context_, [waits = weak(), wait] {
    const auto self = waits.lock();
    if (self == nullptr) return;
    self->finish(wait, false);
    self->settle_();
  });
}

void HttpLoopWaits::check_time(Time now) {
  std::vector<Wait> over;
  for (const auto& [wait, pending] : waits_) {
    if (pending.time <= now) over.push_back(wait);
  }
  for (const Wait wait : over)
    finish(wait, false);
}

void HttpLoopWaits::end_all() {
  has_ended_ = true;
  check_time(Time::max());
}

}  // namespace penstock::server
