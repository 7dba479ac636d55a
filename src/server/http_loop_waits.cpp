#include "server/http_loop_waits.hpp"

#include <exception>
#include <utility>
#include <vector>

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
  for (const auto& [wait, pending] : waits_)
    context_->sockets().forget(pending.socket, pending);
  // A thread may go on without its loop.
  if (loop_of_this_thread == this) loop_of_this_thread = nullptr;
}

void HttpLoopWaits::adopt_thread() noexcept {
  loop_of_this_thread = this;
}

void HttpLoopWaits::defer(std::move_only_function<void()> task) {
  context_->defer([waits = weak(), task = std::move(task)]() mutable {
    const auto self = waits.lock();
    run_guarded(task);
    task = nullptr;
    if (self != nullptr) self->settle_();
  });
}

EventLoop::Wait HttpLoopWaits::await(int socket, Time time, std::move_only_function<void(bool)> ended) {
  const Wait wait = ++last_;
  Pending& pending = waits_.try_emplace(wait, *this, wait, socket, time, std::move(ended)).first->second;
  if (has_ended_ || !context_->sockets().watch_once(socket, pending))
    defer([this, wait] { finish(wait, false); });
  return wait;
}

void HttpLoopWaits::Pending::ready(std::uint32_t /*events*/) {
  const auto waits = std::static_pointer_cast<HttpLoopWaits>(waits_.shared_from_this());
  waits->begin_();
  {
    const auto over = waits->finish(wait_, true);  // destroyed once the answers that it led to are out
    waits->settle_();
  }
  // What it held may have been answered by its end.
  waits->settle_();
}

HttpLoopWaits::Waits::node_type HttpLoopWaits::finish(Wait wait, bool readable) {
  auto found = waits_.extract(wait);
  if (found.empty()) return found;
  Pending& pending = found.mapped();
  if (!readable) context_->sockets().forget(pending.socket, pending);
  run_guarded(pending.ended, readable);
  return found;
}

void HttpLoopWaits::end(Wait wait) {
  context_->post([waits = weak(), wait] {
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
