// The transport's side of one request.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace penstock::protocol::mcp {

/// Where the messages about one request go. The transport implements it; any thread may call it, one at a
/// time for one request. Nothing here blocks.
class Outlet {
 public:
  Outlet() = default;
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;
  virtual ~Outlet() = default;

  /// A message before the answer. One that is `droppable` (progress, a log line) may be left out when the
  /// client does not keep up.
  virtual void send(std::string message, bool droppable) = 0;
  /// The answer will turn the client away, which may come again then. Before answer(), or not at all.
  virtual void come_again_after(std::chrono::milliseconds /*wait*/) {}
  /// The answer, and the last. Without a message: a notification was taken in, or the request was cancelled.
  virtual void answer(std::string message, int http_status) = 0;
  /// Keeps the messages from now on, so that the client may lose its connection and come back for what it
  /// missed. False when that cannot be; then the request ends with the connection.
  [[nodiscard]] virtual bool keep() { return false; }
  /// Ends the connection but not the request: the client comes back for the rest. After keep().
  virtual void close_stream() {}
};

/// The headers of the HTTP request that carried a message. Lives while the message is handed over.
class RequestHeaders {
 public:
  RequestHeaders() = default;
  RequestHeaders(const RequestHeaders&) = delete;
  RequestHeaders& operator=(const RequestHeaders&) = delete;
  virtual ~RequestHeaders() = default;

  /// The value, without space around it, of the first header of this name in any case; empty: none.
  [[nodiscard]] virtual std::string_view value(std::string_view name) const = 0;
  [[nodiscard]] virtual std::size_t count(std::string_view name) const = 0;
};

}  // namespace penstock::protocol::mcp
