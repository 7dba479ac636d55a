#include "comparison/delay_proxy.hpp"

#include <array>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "comparison/bank.hpp"

namespace comparison {

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int new_socket() {
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) give_up("no socket can be made");
  const int yes = 1;
  setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return made;
}

}  // namespace

DelayProxy::DelayProxy(std::uint16_t target, std::chrono::microseconds round_trip)
    : target_(target), delay_(round_trip / 2), listener_(new_socket()) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 16) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    give_up("no port can be listened on");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this] { accept_all(); });
}

DelayProxy::~DelayProxy() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (const int open : sockets_)
    shutdown(open, SHUT_RDWR);
  carriers_.clear();
  for (const int open : sockets_)
    close(open);
  close(listener_);
}

void DelayProxy::accept_all() {
  while (true) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = new_socket();
    const sockaddr_in address = loopback(target_);
    if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      give_up("the server behind the proxy does not answer");
    }
    const int yes = 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    sockets_.insert(sockets_.end(), {client, server});
    carriers_.emplace_back([this, client, server] { hand_on(client, server); });
    carriers_.emplace_back([this, client, server] { hand_on(server, client); });
  }
}

void DelayProxy::hand_on(int from, int to) const {
  std::array<char, 1 << 16> buffer{};
  while (true) {
    const ssize_t got = recv(from, buffer.data(), buffer.size(), 0);
    if (got <= 0) break;
    std::this_thread::sleep_for(delay_);
    for (ssize_t sent = 0; sent < got;) {
      const ssize_t put = send(to, buffer.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
      if (put <= 0) return;
      sent += put;
    }
  }
  shutdown(to, SHUT_WR);
}

}  // namespace comparison
