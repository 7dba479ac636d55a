#include <utility>

#include "server/http_exchange.hpp"

namespace penstock::server {

namespace {
thread_local const HttpInbox* inbox_of_this_thread = nullptr;
}  // namespace

void HttpInbox::adopt_thread() noexcept {
  inbox_of_this_thread = this;
}

bool HttpInbox::put(HttpDelivery& delivery) {
  const bool is_own = inbox_of_this_thread == this;
  const bool is_whole = delivery.kind == HttpDelivery::Kind::whole;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    waiting_.push_back(std::move(delivery));
    if (!is_own && std::exchange(will_look_, true)) return true;
  }
  // The loop cannot end meanwhile: what it waits for at its end is this very delivery's exchange, or close().
  if (!is_own) {
    wake_();
  } else if (is_whole && settles_at_once_) {
    settle_();
  }
  return true;
}

bool HttpInbox::take(std::vector<HttpDelivery>& into) {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) {
    will_look_ = false;
    return false;
  }
  waiting_.swap(into);
  return true;
}

void HttpInbox::close() {
  std::vector<HttpDelivery> dropped;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(waiting_);
  }
  for (HttpDelivery& delivery : dropped) {
    if (delivery.written) delivery.written(false);
  }
}

}  // namespace penstock::server
