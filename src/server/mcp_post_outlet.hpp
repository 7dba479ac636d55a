// The answer to one POST: JSON when there is nothing but an answer, events when there is more.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "protocol/mcp/outlet.hpp"
#include "server/exchange.hpp"
#include "server/mcp_event_stream.hpp"

namespace penstock::server {

/// What a POST may be answered with, by its Accept header.
struct McpAccepts {
  bool json = true;
  bool events = true;

  [[nodiscard]] static McpAccepts read(std::string_view accept);
};

/// Thread-safe beyond what an outlet owes: a cancel answers from another thread than the one that sends.
class McpPostOutlet final : public protocol::mcp::Outlet {
 public:
  /// Makes the stream of a call that outlives its connection; null when there are too many.
  using MakeKept = std::function<std::shared_ptr<McpEventStream>()>;
  /// Told of every stream that begins.
  using Watch = std::function<void(const std::shared_ptr<McpEventStream>&)>;

  McpPostOutlet(std::shared_ptr<Exchange> exchange, McpAccepts accepts, bool primed, MakeKept make_kept,
                Watch watch)
      : exchange_(std::move(exchange)),
        accepts_(accepts),
        primed_(primed),
        make_kept_(std::move(make_kept)),
        watch_(std::move(watch)) {}

  /// Sent with the answer. Before anything else happens.
  void add_header(std::string name, std::string value) {
    headers_.emplace_back(std::move(name), std::move(value));
  }

  void send(std::string message, bool droppable) override;
  void come_again_after(std::chrono::milliseconds wait) override;
  void answer(std::string message, int http_status) override;
  [[nodiscard]] bool keep() override;
  void close_stream() override;

 private:
  /// Begun if need be; null when the answer was given without one.
  [[nodiscard]] std::shared_ptr<McpEventStream> stream();
  /// Under the lock, so that who finds the stream finds it connected, and one of two begins the answer. What
  /// this calls comes never back here.
  void begin(const std::shared_ptr<McpEventStream>& fresh, bool primed);

  std::shared_ptr<Exchange> exchange_;
  McpAccepts accepts_;
  bool primed_;
  MakeKept make_kept_;
  Watch watch_;
  std::vector<HttpHeader> headers_;
  std::mutex mutex_;  // guards what follows, and who begins the answer
  std::shared_ptr<McpEventStream> stream_;
  bool answered_ = false;
};

}  // namespace penstock::server
