#include "server/http_transport.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <memory>
#include <utility>

#include <openssl/err.h>
#include <sys/socket.h>

namespace penstock::server {

namespace {

using Kind = TransportResult::Kind;

bool would_block(int number) noexcept {
  return number == EAGAIN || number == EWOULDBLOCK;
}

/// A record of TLS holds so much: pieces are put together, as each record costs bytes and time.
constexpr std::size_t kRecordBytes = 16'384;

}  // namespace

TransportResult HttpTransport::read(std::span<char> into) {
  if (session_) {
    ERR_clear_error();
    return tls_result(
        SSL_read(session_.get(), into.data(), static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX))));
  }
  ssize_t received = 0;
  do
    received = ::recv(socket_, into.data(), into.size(), 0);
  while (received < 0 && errno == EINTR);
  if (received > 0) return {Kind::bytes, static_cast<std::size_t>(received)};
  if (received == 0) return {Kind::end, 0};
  return {would_block(errno) ? Kind::wait_readable : Kind::failed, 0};
}

TransportResult HttpTransport::write(const HttpGather& pieces) {
  if (session_) {
    // On the heap: a thread has its thread-local variables in memory though it never uses them.
    thread_local const auto record = std::make_unique_for_overwrite<char[]>(kRecordBytes);
    std::size_t size = 0;
    for (std::size_t i = 0; i < pieces.count && size < kRecordBytes; ++i) {
      const std::size_t part = std::min(pieces.pieces[i].iov_len, kRecordBytes - size);
      std::memcpy(record.get() + size, pieces.pieces[i].iov_base, part);
      size += part;
    }
    ERR_clear_error();
    return tls_result(SSL_write(session_.get(), record.get(), static_cast<int>(size)));
  }
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.pieces.data());  // sendmsg() reads only
  message.msg_iovlen = pieces.count;
  ssize_t sent = 0;
  do
    sent = ::sendmsg(socket_, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent >= 0) return {Kind::bytes, static_cast<std::size_t>(sent)};
  return {would_block(errno) ? Kind::wait_writable : Kind::failed, 0};
}

TransportResult HttpTransport::tls_result(int returned) noexcept {
  if (returned > 0) return {Kind::bytes, static_cast<std::size_t>(returned)};
  switch (SSL_get_error(session_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return {Kind::wait_readable, 0};
    case SSL_ERROR_WANT_WRITE:
      return {Kind::wait_writable, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {Kind::end, 0};
    default:
      return {Kind::failed, 0};
  }
}

void HttpTransport::end_writing() noexcept {
  if (session_ && SSL_is_init_finished(session_.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(session_.get());
  }
  ::shutdown(socket_, SHUT_WR);
}

}  // namespace penstock::server
