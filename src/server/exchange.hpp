// HTTP as the front ends see it: a request, and the exchange that answers it. Sockets, TLS and their limits
// are behind it.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::server {

struct Principal;

using HttpHeader = std::pair<std::string, std::string>;

/// The answer to a request, or, of a streamed one, its beginning.
struct HttpResponse {
  int status = 200;
  std::string content_type;         ///< empty: there is no content
  std::vector<HttpHeader> headers;  ///< further ones; not those of the connection, the length or the date
  std::string body;
};

/// One request and its answer. Answered once: respond(), or begin(), any write() and then end() or abort().
/// One that goes without an answer answers 500. Thread-safe, but for its answer, which one thread at a time
/// gives. Nothing here blocks.
class Exchange {
 public:
  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  virtual ~Exchange() = default;

  [[nodiscard]] virtual std::string_view method() const noexcept = 0;
  /// Of the target, before any '?', as it was sent: percent-encoded.
  [[nodiscard]] virtual std::string_view path() const noexcept = 0;
  /// Of the target, after the '?', as it was sent; empty when there is none.
  [[nodiscard]] virtual std::string_view query() const noexcept = 0;
  /// The value of a header, whatever the case of its name: the first one; empty when there is none.
  [[nodiscard]] virtual std::string_view header(std::string_view name) const noexcept = 0;
  /// How many headers have this name.
  [[nodiscard]] virtual std::size_t header_count(std::string_view name) const noexcept = 0;
  [[nodiscard]] virtual std::string_view body() const noexcept = 0;
  /// For logs and error documents, unique in this process: the client's own X-Request-Id where that is a
  /// short token, else made here. It is sent back as X-Request-Id.
  [[nodiscard]] virtual std::string_view request_id() const noexcept = 0;
  /// The address that it came from, as text: a proxy's where there is one. Empty: nobody knows.
  [[nodiscard]] virtual std::string_view peer_address() const noexcept { return {}; }
  /// Asked to stop when the client went away, or the server gives up on the request.
  [[nodiscard]] virtual std::stop_token gone() const noexcept = 0;

  /// Who asks, once that is known: never null when a front end is handed the exchange by HttpGate.
  [[nodiscard]] const std::shared_ptr<const Principal>& principal() const noexcept { return principal_; }
  void set_principal(std::shared_ptr<const Principal> principal) { principal_ = std::move(principal); }

  /// On the thread of its event loop, what follows may happen before this returns, other requests among it:
  /// not under a lock that their handlers, or what is called when a client goes, may take.
  virtual void respond(HttpResponse response) = 0;
  /// The head of an answer whose end is not known yet, and the first of its bytes, if any.
  virtual void begin(HttpResponse head) = 0;
  /// More of it. `written` is called once, on some thread, when the client has taken in enough for more to be
  /// worth making (true), or never will (false: stop). Until then the bytes wait in memory, so one write at a
  /// time bounds it.
  virtual void write(std::string bytes, std::move_only_function<void(bool)> written = nullptr) = 0;
  virtual void end() = 0;
  /// The answer broke: the connection is closed, so that a part is never taken for the whole.
  virtual void abort() = 0;

 private:
  std::shared_ptr<const Principal> principal_;
};

/// Answers requests. Called on an event loop: must not block, nor throw.
using HttpHandler = std::function<void(std::shared_ptr<Exchange>)>;

}  // namespace penstock::server
