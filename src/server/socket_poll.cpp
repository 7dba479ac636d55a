#include "server/socket_poll.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace penstock::server {

SocketPoll::SocketPoll() noexcept : set_(::epoll_create1(EPOLL_CLOEXEC)), found_{} {}

bool SocketPoll::control(int operation, int socket, std::uint32_t events, Watcher& watcher) noexcept {
  epoll_event event{.events = events, .data = {.ptr = &watcher}};
  return ::epoll_ctl(set_.get(), operation, socket, &event) == 0;
}

bool SocketPoll::watch(int socket, Watcher& watcher) noexcept {
  return control(EPOLL_CTL_ADD, socket, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, watcher);
}

// The system forgets a socket that is closed, and its number may be another's since.
bool SocketPoll::watch_once(int socket, Watcher& watcher) noexcept {
  constexpr std::uint32_t kOnce = EPOLLIN | EPOLLONESHOT;
  return control(EPOLL_CTL_MOD, socket, kOnce, watcher) ||
         (errno == ENOENT && control(EPOLL_CTL_ADD, socket, kOnce, watcher));
}

void SocketPoll::forget(int socket, const Watcher& watcher) noexcept {
  (void)::epoll_ctl(set_.get(), EPOLL_CTL_DEL, socket, nullptr);
  for (std::size_t i = next_; i < count_; ++i) {
    if (found_[i].data.ptr == &watcher) found_[i].data.ptr = nullptr;
  }
}

std::size_t SocketPoll::poll() {
  const int found = ::epoll_wait(set_.get(), found_.data(), static_cast<int>(found_.size()), 0);
  count_ = static_cast<std::size_t>(std::max(found, 0));
  for (next_ = 0; next_ < count_;) {
    const epoll_event& event = found_[next_++];
    if (event.data.ptr != nullptr) static_cast<Watcher*>(event.data.ptr)->ready(event.events);
  }
  return std::exchange(count_, 0);
}

}  // namespace penstock::server
