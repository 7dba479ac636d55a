// Cancelling at a server that lets everybody in and then says nothing more.
#include <array>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datasources/postgresql/session.hpp"
#include "datasources/postgresql/stop_session.hpp"

namespace penstock::postgresql {
namespace {

using namespace std::chrono_literals;

/// Answers each start of a session as a server does that asks for no password, and nothing else.
class SilentServer {
 public:
  SilentServer() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    listen(socket_, 64);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  ~SilentServer() {
    thread_ = {};
    close(socket_);
    for (const int client : clients_)
      close(client);
  }
  [[nodiscard]] Keywords place() const {
    return {{"host", "127.0.0.1"}, {"port", std::to_string(port_)}, {"user", "u"},
            {"dbname", "d"},       {"sslmode", "disable"},          {"gssencmode", "disable"}};
  }

 private:
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd ready{socket_, POLLIN, 0};
      if (poll(&ready, 1, 10) <= 0) continue;
      const int client = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      clients_.push_back(client);
      std::array<char, 1024> hello{};
      if (recv(client, hello.data(), hello.size(), 0) <= 16) continue;  // a request to cancel
      constexpr std::string_view kWelcome("R\0\0\0\x8\0\0\0\0K\0\0\0\xC\0\0\0\x1\0\0\0\x2Z\0\0\0\x5I", 28);
      static_cast<void>(send(client, kWelcome.data(), kWelcome.size(), MSG_NOSIGNAL));
    }
  }

  int socket_;
  std::uint16_t port_ = 0;
  std::vector<int> clients_;
  std::jthread thread_;
};

TEST(Canceller, GoesInTimeWhateverItsServersDo) {
  const SilentServer server;
  const auto start = std::chrono::steady_clock::now();
  {
    Canceller canceller(nullptr, 200ms);
    for (int i = 0; i < 20; ++i) {
      auto session = Session::open(server.place(), Deadline::after(20s));
      ASSERT_TRUE(session) << session.error().message << session.error().server_message;
      cancel_and_close(canceller, (*session)->take_handle());
    }
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s) << "twenty cancels, of which none is answered";
}

}  // namespace
}  // namespace penstock::postgresql
