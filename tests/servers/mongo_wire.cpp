#include "servers/mongo_wire.hpp"

#include <array>
#include <cstring>
#include <stdexcept>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

namespace penstock::test {

namespace {

constexpr std::int32_t kOpReply = 1;
constexpr std::size_t kLargest = std::size_t{64} << 20;

bool read_exactly(int descriptor, char* to, std::size_t count, const std::atomic<bool>& ending) {
  while (count > 0) {
    pollfd watched{descriptor, POLLIN, 0};
    if (poll(&watched, 1, 20) == 0) {
      if (ending) return false;
      continue;
    }
    const ssize_t got = recv(descriptor, to, count, 0);
    if (got <= 0) return false;
    to += got;
    count -= static_cast<std::size_t>(got);
  }
  return true;
}

void append_number(std::string& to, std::int32_t number) {
  to.append(reinterpret_cast<const char*>(&number), sizeof number);
}

}  // namespace

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int listen_on_loopback(std::uint16_t& port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = loopback(port);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 64) != 0)
    throw std::runtime_error("a server of a test cannot listen");
  socklen_t size = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return listener;
}

std::int32_t number_at(const std::string& message, std::size_t offset) {
  std::int32_t value = 0;
  std::memcpy(&value, message.data() + offset, sizeof value);
  return value;
}

std::optional<std::size_t> command_at(const std::string& message) {
  std::size_t at = kDocumentAt;
  if (number_at(message, 12) == kOpQuery) {
    const std::size_t name_end = message.find('\0', kMessageHeader + 4);
    if (name_end == std::string::npos) return std::nullopt;
    at = name_end + 1 + 8;  // behind the numbers to skip and to return
  } else if (number_at(message, 12) != kOpMsg) {
    return std::nullopt;
  }
  if (message.size() < at + 5 || number_at(message, at) < 5 ||
      static_cast<std::size_t>(number_at(message, at)) > message.size() - at)
    return std::nullopt;
  return at;
}

std::optional<std::string> read_message(int descriptor, const std::atomic<bool>& ending) {
  std::string message(kMessageHeader, '\0');
  if (!read_exactly(descriptor, message.data(), kMessageHeader, ending)) return std::nullopt;
  const auto length = static_cast<std::size_t>(number_at(message, 0));
  if (length < kMessageHeader || length > kLargest) return std::nullopt;
  message.resize(length);
  if (!read_exactly(descriptor, message.data() + kMessageHeader, length - kMessageHeader, ending))
    return std::nullopt;
  return message;
}

bool send_all(int descriptor, const std::string& message) {
  std::size_t sent = 0;
  while (sent < message.size()) {
    const ssize_t now = send(descriptor, message.data() + sent, message.size() - sent, MSG_NOSIGNAL);
    if (now <= 0) return false;
    sent += static_cast<std::size_t>(now);
  }
  return true;
}

std::string reply_to(const std::string& message, const bson_t& document) {
  const bool to_query = number_at(message, 12) == kOpQuery;
  std::string out(kMessageHeader, '\0');
  append_number(out, 0);  // flags
  if (to_query) {
    out.append(12, '\0');  // no cursor, from its start
    append_number(out, 1);
  } else {
    out += '\0';  // a body
  }
  out.append(reinterpret_cast<const char*>(bson_get_data(&document)), document.len);
  const std::array<std::int32_t, 4> header{static_cast<std::int32_t>(out.size()), 1, number_at(message, 4),
                                           to_query ? kOpReply : kOpMsg};
  std::memcpy(out.data(), header.data(), sizeof header);
  return out;
}

}  // namespace penstock::test
