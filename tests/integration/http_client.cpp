#include "integration/http_client.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace penstock::test {

namespace {

bool wait_for(int socket, short events) {
  pollfd asked{socket, events, 0};
  const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(HttpClient::kPatience);
  return ::poll(&asked, 1, static_cast<int>(patience.count())) == 1;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

HttpClient::HttpClient(const std::string& url) {
  const std::size_t authority = url.find("//") + 2;
  host_ = url.substr(authority);
  const std::size_t colon = host_.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(host_.substr(colon + 1))));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0 || ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    throw std::runtime_error("cannot connect to " + url);
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (!url.starts_with("https")) return;
  context_ = SSL_CTX_new(TLS_client_method());
  session_ = SSL_new(context_);
  SSL_set_fd(session_, socket_);
  if (SSL_connect(session_) != 1) was_reset_ = true;
}

HttpClient::~HttpClient() {
  close();
  SSL_free(session_);
  SSL_CTX_free(context_);
}

bool HttpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!wait_for(socket_, POLLOUT)) return false;
    const ssize_t sent = session_ != nullptr
                             ? SSL_write(session_, bytes.data(), static_cast<int>(bytes.size()))
                             : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool HttpClient::get(std::string_view path, std::string_view headers) {
  return send(fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n{}\r\n", path, host_, headers));
}

bool HttpClient::post(std::string_view path, std::string_view body, std::string_view headers) {
  return send(fmt::format("POST {} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n{}\r\n{}", path, host_,
                          body.size(), headers, body));
}

bool HttpClient::fill() {
  std::array<char, 65'536> bytes;
  if ((session_ == nullptr || SSL_pending(session_) == 0) && !wait_for(socket_, POLLIN)) return false;
  const ssize_t size = session_ != nullptr ? SSL_read(session_, bytes.data(), static_cast<int>(bytes.size()))
                                           : ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (size < 0 && errno == ECONNRESET) was_reset_ = true;
  if (size <= 0) return false;
  unread_.append(bytes.data(), static_cast<std::size_t>(size));
  return true;
}

std::optional<std::string> HttpClient::read_line() {
  std::size_t end = 0;
  while ((end = unread_.find("\r\n")) == std::string::npos) {
    if (!fill()) return std::nullopt;
  }
  std::string line = unread_.substr(0, end);
  unread_.erase(0, end + 2);
  return line;
}

HttpAnswer HttpClient::read_head() {
  HttpAnswer answer;
  const auto first = read_line();
  if (!first || !first->starts_with("HTTP/1.1 ")) return answer;
  answer.status = std::atoi(first->c_str() + 9);
  for (;;) {
    const auto line = read_line();
    if (!line) return answer;
    if (line->empty()) break;
    const std::size_t colon = line->find(": ");
    if (colon == std::string::npos) throw std::runtime_error("not a header: " + *line);
    answer.headers[lower(line->substr(0, colon))] = line->substr(colon + 2);
  }
  answer.is_whole = true;
  return answer;
}

HttpAnswer HttpClient::read(bool has_body) {
  HttpAnswer answer = read_head();
  if (!answer.is_whole || !has_body || answer.status < 200 || answer.status == 204 || answer.status == 304)
    return answer;
  if (answer.header("transfer-encoding") == "chunked") {
    answer.is_whole = read_chunked(answer.body);
    return answer;
  }
  const std::string length = answer.header("content-length");
  const std::size_t wanted = length.empty() ? std::string::npos : std::stoul(length);
  while (unread_.size() < wanted && fill()) {
  }
  answer.is_whole = wanted == std::string::npos ? !was_reset_ : unread_.size() >= wanted;
  answer.body = unread_.substr(0, wanted);
  unread_.erase(0, answer.body.size());
  return answer;
}

bool HttpClient::read_chunked(std::string& body) {
  for (;;) {
    const auto line = read_line();
    if (!line) return false;
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(line->data(), line->data() + line->size(), size, 16);
    if (error != std::errc() || end != line->data() + line->size())
      throw std::runtime_error("not a chunk: " + *line);
    while (unread_.size() < size + 2) {
      if (!fill()) {
        body += unread_.substr(0, size);
        return false;
      }
    }
    if (unread_.compare(size, 2, "\r\n") != 0) throw std::runtime_error("a chunk ends in other bytes");
    body.append(unread_, 0, size);
    unread_.erase(0, size + 2);
    if (size == 0) return true;
  }
}

std::string HttpClient::read_some() {
  if (unread_.empty() && !fill()) return {};
  return std::exchange(unread_, {});
}

bool HttpClient::is_ended() {
  if (!unread_.empty()) return false;
  pollfd asked{socket_, POLLIN, 0};
  const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(kPatience);
  if (::poll(&asked, 1, static_cast<int>(patience.count())) != 1) return false;
  return !fill() && unread_.empty();
}

bool HttpClient::is_reset() {
  while (fill()) {
  }
  return was_reset_;
}

void HttpClient::end_sending() {
  ::shutdown(socket_, SHUT_WR);
}

void HttpClient::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void HttpClient::reset() {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
  close();
}

void HttpClient::limit_receive_buffer(int bytes) {
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

long HttpClient::certificate_serial() const {
  X509* const certificate = session_ == nullptr ? nullptr : SSL_get1_peer_certificate(session_);
  if (certificate == nullptr) return -1;
  const long serial = ASN1_INTEGER_get(X509_get_serialNumber(certificate));
  X509_free(certificate);
  return serial;
}

}  // namespace penstock::test
