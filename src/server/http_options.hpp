// How the HTTP server listens, and what it puts up with.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::server {

/// An answer that was sent whole. The views live for the call.
struct HttpAnswer {
  std::string_view method;
  std::string_view path;
  int status = 0;
  std::chrono::microseconds duration{0};  ///< from the request's first byte to the answer's last
};

/// Every limit is one on what a client may cost. The defaults are those of a cautious operator.
struct HttpOptions {
  /// "HOST:PORT" each, an address of IPv6 in brackets; port 0 takes a free one. Names are looked up once.
  std::vector<std::string> listen{"127.0.0.1:8080"};
  /// Threads that sockets are read and written on; 0: one for every four cores, at least one and at most
  /// four.
  std::size_t event_loops = 0;

  /// A loop that has nothing more to do looks up to so long whether there is something, before it sleeps. See
  /// BusyLook.
  std::chrono::microseconds busy_poll{100};

  std::size_t max_connections = 12'000;  ///< one more is told 503 and closed
  std::size_t max_pipelined = 16;        ///< requests read ahead on one connection, 1 or more
  std::size_t max_target_bytes = std::size_t{8} * 1024;
  std::size_t max_header_bytes = std::size_t{16} * 1024;  ///< the request line included; at most 1 MiB
  std::size_t max_body_bytes = std::size_t{1} * 1024 * 1024;

  std::chrono::milliseconds header_timeout{
      10'000};  ///< from a request's first byte (or the accept) to its headers
  std::chrono::milliseconds body_timeout{60'000};   ///< from the headers to the end of the body
  std::chrono::milliseconds idle_timeout{60'000};   ///< between two requests
  std::chrono::milliseconds write_timeout{30'000};  ///< a client that takes nothing for so long is gone
  /// What is under way at stop() has so long to end by itself; then it is cancelled.
  std::chrono::milliseconds drain_timeout{20'000};

  /// Further names that a request may be addressed to, beside loopback's and the address it came to:
  /// "api.example.com", "*.example.com"; "*": any, which gives up the protection against DNS rebinding.
  std::vector<std::string> allowed_hosts;
  /// Further origins whose pages may send requests, beside those of an allowed host:
  /// "https://app.example.com"; "*": any.
  std::vector<std::string> allowed_origins;

  /// Files in PEM, both or none: the chain, the server's own certificate first, and its key. Looked at again
  /// when they change.
  std::filesystem::path tls_certificate;
  std::filesystem::path tls_key;

  bool gzip = true;  ///< answers of 1 KiB and more, for clients that accept it

  /// Told of each answer, on the event loops: must be quick, and must not throw. May be empty.
  std::function<void(const HttpAnswer&)> on_answered;
};

}  // namespace penstock::server
