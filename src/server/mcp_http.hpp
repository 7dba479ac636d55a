// The Model Context Protocol over HTTP ("Streamable HTTP"), both eras on one path.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/mcp/server.hpp"
#include "server/exchange.hpp"
#include "server/mcp_event_stream.hpp"

namespace penstock::server {

struct McpHttpOptions {
  std::size_t max_sessions = 10'000;
  /// A session without a request or a call under way for so long is forgotten, and its stream ended.
  std::chrono::milliseconds session_idle_timeout = std::chrono::minutes(30);
  /// Answers to calls that outlive their connection; per session.
  std::size_t max_kept_streams = 16;
};

struct McpAccepts;
struct McpHttpSession;

/// Handles the requests of one path. Thread-safe; nothing blocks. Sessions are known by 256 random bits, and
/// to the principal that began them alone.
class McpHttp {
 public:
  using Clock = std::chrono::steady_clock;

  McpHttp(std::shared_ptr<protocol::mcp::Server> server, McpHttpOptions options = {});
  McpHttp(const McpHttp&) = delete;
  McpHttp& operator=(const McpHttp&) = delete;
  ~McpHttp();

  /// POST, GET and DELETE; any other method is 405.
  void handle(const std::shared_ptr<Exchange>& exchange);
  /// Forgets idle sessions and writes a line to quiet streams. Call it every quarter of a minute or so.
  void tick(Clock::time_point now = Clock::now());
  /// Ends the streams that only wait for something to happen, so that a server which stops need not wait for
  /// them, and begins no more of them. Calls under way go on.
  void drain();
  /// Ends all sessions and cancels what they run.
  void close();

  [[nodiscard]] std::size_t sessions() const;

 private:
  using SessionPtr = std::shared_ptr<McpHttpSession>;

  void post(const std::shared_ptr<Exchange>& exchange);
  void post_stateless(const std::shared_ptr<Exchange>& exchange, McpAccepts accepts,
                      std::shared_ptr<const protocol::mcp::Document> document);
  void post_in_session(const std::shared_ptr<Exchange>& exchange, McpAccepts accepts,
                       std::shared_ptr<const protocol::mcp::Document> document);
  void get(const std::shared_ptr<Exchange>& exchange);
  void open_channel(const std::shared_ptr<Exchange>& exchange, McpHttpSession& session);
  void remove(const std::shared_ptr<Exchange>& exchange);

  /// Null when there are too many.
  [[nodiscard]] SessionPtr open_session(const Exchange& exchange);
  /// The one that the request names; null when there is none, or it is another principal's.
  [[nodiscard]] SessionPtr find_session(const Exchange& exchange);
  void drop_session(const std::string& id);
  void watch(const std::shared_ptr<McpEventStream>& stream);

  std::shared_ptr<protocol::mcp::Server> server_;
  McpHttpOptions options_;
  std::atomic<bool> draining_ = false;
  mutable std::mutex mutex_;
  std::map<std::string, SessionPtr, std::less<>> sessions_;
  std::vector<std::weak_ptr<McpEventStream>> streams_;  // to keep alive; those that ended are swept out
  std::size_t sweep_at_ = 1024;                         // how many of them are worth a sweep
};

}  // namespace penstock::server
