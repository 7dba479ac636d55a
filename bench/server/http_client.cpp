#include "server/http_client.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "comparison/bank.hpp"

namespace server_client {

using comparison::give_up;

namespace {

// Servers write this field's name in either case.
std::size_t content_length(std::string_view head) {
  for (const std::string_view name : {"Content-Length: ", "content-length: "}) {
    const std::size_t at = head.find(name);
    if (at == std::string_view::npos) continue;
    std::size_t length = 0;
    std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length);
    return length;
  }
  give_up("an answer without Content-Length: " + std::string(head));
}

}  // namespace

RequestTemplate::RequestTemplate(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  text_.assign(std::istreambuf_iterator<char>(in), {});
  if (text_.find(kMark) == std::string::npos) give_up(file + " has no mark for the key");
}

std::string RequestTemplate::with_key(std::int64_t key) const {
  std::string out = text_;
  const std::string digits = std::to_string(key);
  for (std::size_t at = out.find(kMark); at != std::string::npos; at = out.find(kMark, at))
    out.replace(at, kMark.size(), digits);
  return out;
}

std::string name_of(std::int64_t key) {
  return "Customer " + std::to_string(key * 31 % 20011);
}

Connection::Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (socket_ < 0) give_up(std::string("no socket: ") + std::strerror(errno));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    give_up(std::string("cannot connect: ") + std::strerror(errno));
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Connection::Connection(Connection&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}

Connection::~Connection() {
  if (socket_ >= 0) ::close(socket_);
}

void Connection::read_some(std::string& into) const {
  char buffer[16384];
  const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
  if (got <= 0) give_up("the server closed the connection instead of answering");
  into.append(buffer, static_cast<std::size_t>(got));
}

void Connection::ask(std::string_view request, std::string_view expected) {
  while (!request.empty()) {
    const ssize_t sent = ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent <= 0) give_up(std::string("cannot send: ") + std::strerror(errno));
    request.remove_prefix(static_cast<std::size_t>(sent));
  }
  std::string answer;
  std::size_t head_end = std::string::npos;
  while (head_end == std::string::npos) {
    read_some(answer);
    head_end = answer.find("\r\n\r\n");
  }
  const std::size_t whole = head_end + 4 + content_length(std::string_view(answer).substr(0, head_end));
  while (answer.size() < whole)
    read_some(answer);
  if (!answer.starts_with("HTTP/1.1 200") || answer.find(expected, head_end) == std::string::npos)
    give_up("expected " + std::string(expected) + ", was answered\n" + answer);
}

}  // namespace server_client
