#include "integration/scripted_issuer.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace penstock::test {

namespace {

constexpr int kLookEveryMs = 10;

// False when it is to stop first.
bool wait_readable(int descriptor, const std::stop_token& stop) {
  pollfd watched{descriptor, POLLIN, 0};
  while (!stop.stop_requested())
    if (::poll(&watched, 1, kLookEveryMs) > 0) return true;
  return false;
}

}  // namespace

ScriptedIssuer::ScriptedIssuer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || ::bind(listener_, plain, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, plain, &size) != 0)
    throw std::runtime_error("cannot listen on loopback");
  url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

ScriptedIssuer::~ScriptedIssuer() {
  thread_.request_stop();
  thread_.join();
  ::close(listener_);
}

void ScriptedIssuer::answer(std::string_view body) {
  answer_raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " +
             std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
}

void ScriptedIssuer::answer_raw(std::string bytes) {
  const std::scoped_lock lock(mutex_);
  answer_ = std::move(bytes);
}

void ScriptedIssuer::hang() {
  const std::scoped_lock lock(mutex_);
  answer_.reset();
}

std::string ScriptedIssuer::last_request() const {
  const std::scoped_lock lock(mutex_);
  return last_request_;
}

void ScriptedIssuer::run(const std::stop_token& stop) {
  while (wait_readable(listener_, stop)) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    serve(connection, stop);
    ::close(connection);
  }
}

void ScriptedIssuer::serve(int connection, const std::stop_token& stop) {
  std::string request;
  while (request.find("\r\n\r\n") == std::string::npos) {
    std::array<char, 4'096> bytes;
    if (!wait_readable(connection, stop)) return;
    const ssize_t size = ::recv(connection, bytes.data(), bytes.size(), 0);
    if (size <= 0) return;
    request.append(bytes.data(), static_cast<std::size_t>(size));
  }
  std::optional<std::string> answer;
  {
    const std::scoped_lock lock(mutex_);
    last_request_ = request;
    answer = answer_;
  }
  ++requests_;
  if (!answer) {
    // Until the client gives up.
    static_cast<void>(wait_readable(connection, stop));
    return;
  }
  for (std::string_view left = *answer; !left.empty();) {
    const ssize_t sent = ::send(connection, left.data(), left.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    left.remove_prefix(static_cast<std::size_t>(sent));
  }
  ::shutdown(connection, SHUT_WR);
  // The client closes first, so that nothing that it has not read is lost by a reset.
  static_cast<void>(wait_readable(connection, stop));
}

}  // namespace penstock::test
