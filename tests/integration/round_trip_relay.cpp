#include "integration/round_trip_relay.hpp"

#include <array>
#include <utility>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace penstock::test {

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

void send_at_once(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// False when the other end is gone.
bool hand_on(int from, int to) {
  std::array<char, 1 << 16> bytes;
  const ssize_t got = recv(from, bytes.data(), bytes.size(), 0);
  for (ssize_t sent = 0; sent < got;) {
    const ssize_t put = send(to, bytes.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
    if (put <= 0) return false;
    sent += put;
  }
  return got > 0;
}

}  // namespace

RoundTripRelay::RoundTripRelay(std::uint16_t target)
    : target_(target), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
  listen(listener_, 16);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

RoundTripRelay::~RoundTripRelay() {
  acceptor_ = {};
  carriers_.clear();
  close(listener_);
}

void RoundTripRelay::serve(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd ready{listener_, POLLIN, 0};
    if (poll(&ready, 1, 20) <= 0) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    carriers_.emplace_back([this, client](const std::stop_token& end) { carry(client, end); });
  }
}

void RoundTripRelay::carry(int client, const std::stop_token& stop) {
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(target_);
  bool open = connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  send_at_once(client);
  send_at_once(server);
  bool heard = true;
  while (open && !stop.stop_requested()) {
    std::array<pollfd, 2> ready{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
    if (poll(ready.data(), ready.size(), 20) <= 0) continue;
    if (ready[0].revents != 0) {
      if (std::exchange(heard, false)) ++trips_;
      open = hand_on(client, server);
    } else {
      heard = true;
      open = hand_on(server, client);
    }
  }
  close(server);
  close(client);
}

}  // namespace penstock::test
