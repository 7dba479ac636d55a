// Messages as server-sent events, in order, to whoever is connected: a client may go and come back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/exchange.hpp"

namespace penstock::server {

/// https://html.spec.whatwg.org/multipage/server-sent-events.html. Thread-safe. Writes one piece at a time:
/// what comes while the client takes it in waits here, up to a bound.
class McpEventStream : public std::enable_shared_from_this<McpEventStream> {
 public:
  /// With a name, messages have ids ("NAME-7") and the last of them are kept, for a client that reconnects.
  explicit McpEventStream(std::string name = {}) : name_(std::move(name)) {}

  [[nodiscard]] bool resumable() const noexcept { return !name_.empty(); }

  /// Called each time the connection breaks, without a lock. Set before anything else happens.
  void on_lost(std::function<void()> call) { on_lost_ = std::move(call); }

  /// Begins the answer of an exchange and sends what comes from now on there. An exchange before it is ended.
  /// `primed`: an event without data is first, so that there is an id to come back with.
  void attach(std::shared_ptr<Exchange> exchange, std::vector<HttpHeader> headers, bool primed);
  /// The same, with all kept messages after number `after` first.
  void resume(std::shared_ptr<Exchange> exchange, std::vector<HttpHeader> headers, std::uint64_t after);
  /// A message; it may be left out when it is `droppable` and the client is far behind.
  void send(std::string_view message, bool droppable);
  /// A line that says nothing, so that nobody on the way takes the connection for dead.
  void keep_alive();
  /// Ends the exchange's answer once all is written; more may be sent, and be resumed.
  void detach();
  /// Nothing more comes.
  void finish();
  [[nodiscard]] bool finished() const;

 private:
  struct Kept {
    std::uint64_t number;
    std::string event;
  };

  void open(std::shared_ptr<Exchange> exchange, std::vector<HttpHeader> headers,
            const std::function<std::string()>& first);
  [[nodiscard]] std::string event_of(std::string_view message, std::uint64_t number) const;
  void keep(std::uint64_t number, const std::string& event);
  void pump();
  void written(const std::shared_ptr<Exchange>& by, bool more);

  const std::string name_;
  std::function<void()> on_lost_;
  mutable std::mutex mutex_;
  std::shared_ptr<Exchange> exchange_;
  std::string waiting_;
  bool writing_ = false;
  bool ending_ = false;  // the answer ends when all that waits is written
  bool finished_ = false;
  std::uint64_t next_number_ = 1;
  std::deque<Kept> kept_;
  std::size_t kept_bytes_ = 0;
};

}  // namespace penstock::server
