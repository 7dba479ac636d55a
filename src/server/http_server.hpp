// The HTTP server: sockets, TLS and limits in front of a handler.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "penstock/error.hpp"

#include "server/exchange.hpp"
#include "server/http_options.hpp"

namespace penstock::server {

struct HttpStatistics {
  std::size_t connections = 0;  ///< open now
  std::uint64_t accepted = 0;   ///< connections, ever
  std::uint64_t refused = 0;    ///< connections, as there were too many
  /// Answers sent, by the first digit of their status; [0]: those that broke off.
  std::uint64_t answers[6] = {};
};

/// Thread-safe but for stop(). Owns the threads `penstock-http0`, `penstock-http1`, ..., one an event loop,
/// which call the handler.
class HttpServer {
 public:
  /// Listens, and answers from now on. `invalid_argument`: an option makes no sense, a certificate cannot be
  /// used; `unavailable`: an address is taken.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(HttpOptions options, HttpHandler handler);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  /// Stops without waiting for what is under way.
  ~HttpServer();

  /// Where it listens: "http://127.0.0.1:8080", with the port that it took.
  [[nodiscard]] const std::vector<std::string>& urls() const noexcept;
  [[nodiscard]] HttpStatistics statistics() const noexcept;

  /// Accepts nothing more, closes idle connections and lets answers under way end. What is not through after
  /// `drain_timeout` is asked to stop, and its connection closed a second later. Returns when all are
  /// closed; true when nothing had to be cut short. May be called again.
  bool stop();
  /// The same at once, cutting short what is under way.
  void stop_now();

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace penstock::server
