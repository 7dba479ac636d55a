// Bytes to and from a socket that never waits, with or without TLS between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "server/http_output.hpp"
#include "server/tls_certificates.hpp"

namespace penstock::server {

struct TransportResult {
  enum class Kind : std::uint8_t {
    bytes,
    wait_readable,  ///< nothing more now: again when the socket can be read
    wait_writable,  ///< again when the socket can be written; a read of TLS may ask for this too
    end,            ///< the other side sends no more
    failed,         ///< the connection is of no use any more
  };
  Kind kind = Kind::failed;
  std::size_t bytes = 0;
};

/// Does not own the socket, whose O_NONBLOCK must be set. One thread at a time.
class HttpTransport {
 public:
  HttpTransport(int socket, TlsSession session) noexcept : socket_(socket), session_(std::move(session)) {}

  [[nodiscard]] TransportResult read(std::span<char> into);
  [[nodiscard]] TransportResult write(const HttpGather& pieces);
  /// Tells the other side that nothing more comes.
  void end_writing() noexcept;
  [[nodiscard]] int socket() const noexcept { return socket_; }
  [[nodiscard]] bool is_tls() const noexcept { return session_ != nullptr; }

 private:
  [[nodiscard]] TransportResult tls_result(int returned) noexcept;

  int socket_;
  TlsSession session_;
};

}  // namespace penstock::server
