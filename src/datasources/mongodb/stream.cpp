#include "datasources/mongodb/stream.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "datasources/mongodb/mongoc_library.hpp"

namespace penstock::mongodb {

namespace {

// libmongoc tells its own kinds of streams apart by small numbers.
constexpr int kStreamType = 101;
// What libmongoc puts between a socket and its reader by itself.
constexpr std::size_t kReadAhead = 1'024;

struct SocketStream {
  mongoc_stream_t base;  // first, so that a pointer to one is a pointer to the other
  StreamOpener* opener;
  int descriptor;
  bool timed_out;
  bool would_block;  // with no patience at all, as libmongoc's scan of the servers has
};

SocketStream& socket_of(mongoc_stream_t* stream) {
  return *reinterpret_cast<SocketStream*>(stream);
}

int close_socket(mongoc_stream_t* stream) {
  SocketStream& socket = socket_of(stream);
  if (socket.descriptor < 0) return 0;
  if (socket.opener->descriptor == socket.descriptor) socket.opener->descriptor = -1;
  const int closed = close(socket.descriptor);
  socket.descriptor = -1;
  return closed;
}

void destroy_socket(mongoc_stream_t* stream) {
  close_socket(stream);
  delete &socket_of(stream);
}

int flush_socket(mongoc_stream_t*) {
  return 0;
}

// Leaves out the first `count` bytes of what is still to be moved.
void advance(msghdr& message, std::size_t count) {
  while (message.msg_iovlen > 0 && count >= message.msg_iov->iov_len) {
    count -= message.msg_iov->iov_len;
    ++message.msg_iov;
    --message.msg_iovlen;
  }
  if (message.msg_iovlen == 0) return;
  message.msg_iov->iov_base = static_cast<char*>(message.msg_iov->iov_base) + count;
  message.msg_iov->iov_len -= count;
}

// All that is to be moved; what the last transfer had to say is forgotten.
msghdr begin_transfer(SocketStream& socket, mongoc_iovec_t* vectors, std::size_t count) {
  socket.timed_out = false;
  socket.would_block = false;
  msghdr message{};
  message.msg_iov = vectors;
  message.msg_iovlen = count;
  advance(message, 0);
  return message;
}

// Whether to try again; errno says why not.
bool wait_for(SocketStream& socket, short events, std::int32_t timeout) {
  // What TLS has left of a wait without a limit is none either.
  const std::int32_t patience = timeout > kNoLimitMilliseconds / 2 ? -1 : timeout;
  switch (socket.opener->interrupt->wait(socket.descriptor, events, patience)) {
    case Interrupt::Wait::ready:
      return true;
    case Interrupt::Wait::failed:
      return false;
    case Interrupt::Wait::timed_out:
      if (timeout == 0) {
        // TLS asks for what comes behind its own messages, and asks again when there is nothing yet.
        socket.would_block = true;
        errno = EAGAIN;
        return false;
      }
      [[fallthrough]];
    default:
      socket.timed_out = true;
      errno = ETIMEDOUT;
      return false;
  }
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

ssize_t write_socket(mongoc_stream_t* stream, mongoc_iovec_t* vectors, std::size_t count,
                     std::int32_t timeout) {
  SocketStream& socket = socket_of(stream);
  msghdr message = begin_transfer(socket, vectors, count);
  ssize_t total = 0;
  while (message.msg_iovlen > 0) {
    const ssize_t sent = sendmsg(socket.descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      total += sent;
      advance(message, static_cast<std::size_t>(sent));
    } else if (would_block()) {
      if (!wait_for(socket, POLLOUT, timeout)) return -1;
    } else if (errno != EINTR) {
      return -1;
    }
  }
  return total;
}

ssize_t read_socket(mongoc_stream_t* stream, mongoc_iovec_t* vectors, std::size_t count, std::size_t least,
                    std::int32_t timeout) {
  SocketStream& socket = socket_of(stream);
  msghdr message = begin_transfer(socket, vectors, count);
  std::size_t total = 0;
  while (message.msg_iovlen > 0) {
    const ssize_t received = recvmsg(socket.descriptor, &message, MSG_DONTWAIT);
    if (received > 0) {
      total += static_cast<std::size_t>(received);
      if (total >= least) break;
      advance(message, static_cast<std::size_t>(received));
    } else if (received == 0) {
      errno = ECONNRESET;
      return -1;
    } else if (would_block()) {
      if (!wait_for(socket, POLLIN, timeout)) return -1;
    } else if (errno != EINTR) {
      return -1;
    }
  }
  return static_cast<ssize_t>(total);
}

int set_socket_option(mongoc_stream_t* stream, int level, int name, void* value, mongoc_socklen_t size) {
  return setsockopt(socket_of(stream).descriptor, level, name, value, size);
}

bool is_closed(mongoc_stream_t* stream) {
  char byte = 0;
  const ssize_t peeked = recv(socket_of(stream).descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return peeked == 0 || (peeked < 0 && !would_block() && errno != EINTR);
}

ssize_t poll_sockets(mongoc_stream_poll_t* streams, std::size_t count, std::int32_t timeout) {
  std::vector<pollfd> watched(count);
  for (std::size_t i = 0; i < count; ++i)
    watched[i] = {socket_of(streams[i].stream).descriptor, static_cast<short>(streams[i].events), 0};
  // One server at a time, as clients that scan several in one thread ask them in turn.
  if (count == 1 && !wait_for(socket_of(streams[0].stream), watched[0].events, timeout)) return 0;
  const int ready = poll(watched.data(), count, count == 1 ? 0 : timeout);
  for (std::size_t i = 0; i < count; ++i)
    streams[i].revents = watched[i].revents;
  return ready;
}

bool has_timed_out(mongoc_stream_t* stream) {
  return socket_of(stream).timed_out;
}

bool should_retry(mongoc_stream_t* stream) {
  return socket_of(stream).would_block;  // else reads and writes here try until they have failed
}

mongoc_stream_t* make_stream(StreamOpener& opener, int descriptor) {
  auto made = std::make_unique<SocketStream>();
  *made = {};
  made->opener = &opener;
  made->descriptor = descriptor;
  mongoc_stream_t& base = made->base;
  base.type = kStreamType;
  base.destroy = destroy_socket;
  base.close = close_socket;
  base.flush = flush_socket;
  base.writev = write_socket;
  base.readv = read_socket;
  base.setsockopt = set_socket_option;
  base.check_closed = is_closed;
  base.poll = poll_sockets;
  base.failed = destroy_socket;
  base.timed_out = has_timed_out;
  base.should_retry = should_retry;
  opener.descriptor = descriptor;
  return &made.release()->base;
}

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { freeaddrinfo(list); }
};

bool connected(Interrupt& interrupt, int descriptor, const sockaddr* address, socklen_t size,
               std::int32_t timeout) {
  if (connect(descriptor, address, size) == 0) return true;
  if (errno != EINPROGRESS && errno != EAGAIN) return false;
  if (interrupt.wait(descriptor, POLLOUT, timeout) != Interrupt::Wait::ready) {
    errno = ETIMEDOUT;
    return false;
  }
  int failure = 0;
  socklen_t length = sizeof failure;
  if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length) != 0) return false;
  errno = failure;
  return failure == 0;
}

int open_socket(Interrupt& interrupt, int family, const sockaddr* address, socklen_t size,
                std::int32_t timeout) {
  const int descriptor = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  const int on = 1;
  if (family != AF_UNIX) {
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  }
  if (connected(interrupt, descriptor, address, size, timeout)) return descriptor;
  const int why = errno;
  close(descriptor);
  errno = why;
  return -1;
}

int connect_unix(Interrupt& interrupt, const mongoc_host_list_t& host, std::int32_t timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(host.host);
  if (length >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  std::memcpy(address.sun_path, host.host, length);
  return open_socket(interrupt, AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address,
                     timeout);
}

int connect_tcp(Interrupt& interrupt, const mongoc_host_list_t& host, std::int32_t timeout) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.host, std::to_string(host.port).c_str(), &wanted, &found) != 0) {
    errno = EHOSTUNREACH;
    return -1;
  }
  const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    const int descriptor = open_socket(interrupt, each->ai_family, each->ai_addr, each->ai_addrlen, timeout);
    if (descriptor >= 0) return descriptor;
  }
  return -1;
}

mongoc_stream_t* with_tls(mongoc_stream_t* plain, const TlsOptions& tls, const mongoc_host_list_t& host,
                          std::int32_t timeout, bson_error_t* error) {
  const auto text = [](const std::string& value) { return value.empty() ? nullptr : value.c_str(); };
  mongoc_ssl_opt_t options = *mongoc().ssl_opt_get_default();
  options.pem_file = text(tls.certificate_key_file);
  options.pem_pwd = text(tls.certificate_key_password);
  options.ca_file = text(tls.ca_file);
  options.weak_cert_validation = tls.allow_invalid_certificates;
  options.allow_invalid_hostname = tls.allow_invalid_hostnames || tls.allow_invalid_certificates;
  mongoc_stream_t* encrypted = mongoc().stream_tls_new_with_hostname(plain, host.host, &options, 1);
  if (encrypted == nullptr) {
    mongoc().stream_destroy(plain);
    bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET,
                   "TLS cannot be set up with the configured certificates");
    return nullptr;
  }
  if (mongoc().stream_tls_handshake_block(encrypted, host.host, timeout, error)) return encrypted;
  mongoc().stream_destroy(encrypted);
  return nullptr;
}

}  // namespace

mongoc_stream_t* open_stream(const mongoc_uri_t* uri, const mongoc_host_list_t* host, void* opener,
                             bson_error_t* error) {
  auto& self = *static_cast<StreamOpener*>(opener);
  const std::int32_t timeout = mongoc().uri_get_option_as_int32(uri, MONGOC_URI_CONNECTTIMEOUTMS, 10'000);
  if (self.closed) {
    bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_CONNECT, "the session has ended");
    return nullptr;
  }
  Interrupt& interrupt = *self.interrupt;
  const int descriptor = host->family == AF_UNIX ? connect_unix(interrupt, *host, timeout)
                                                 : connect_tcp(interrupt, *host, timeout);
  if (descriptor < 0) {
    bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_CONNECT, "cannot connect to %s: %s",
                   host->host_and_port, std::error_code(errno, std::generic_category()).message().c_str());
    return nullptr;
  }
  mongoc_stream_t* stream = make_stream(self, descriptor);
  if (self.options->tls) stream = with_tls(stream, *self.options->tls, *host, timeout, error);
  return stream == nullptr ? nullptr : mongoc().stream_buffered_new(stream, kReadAhead);
}

}  // namespace penstock::mongodb
