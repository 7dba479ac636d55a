// The Model Context Protocol over a pair of pipes: one message a line, and nothing else.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "penstock/error.hpp"

#include "protocol/mcp/server.hpp"
#include "server/identity/principal.hpp"

namespace penstock::server {

/// What the reading thread looks after between messages.
struct McpSideTask {
  using Clock = std::chrono::steady_clock;
  int descriptor = -1;  ///< -1: none
  std::function<void()> on_readable;
  std::function<std::optional<Clock::time_point>()> due;  ///< when on_due() is to be called; nothing: not now
  std::function<void()> on_due;
};

struct McpStdioOptions {
  int input = 0;  ///< file descriptors; they stay the caller's
  int output = 1;
  PrincipalPtr principal = Principal::anonymous();  ///< who is at the other end
  /// How long requests under way may still take once the input has ended.
  std::chrono::milliseconds grace = std::chrono::seconds(1);
  std::optional<McpSideTask> side_task;
};

/// Serves the one client at the other end until its end of the pipe closes, or the token asks to stop. Reads
/// on the calling thread; owns a thread that writes ("penstock-mcp-out"), so that a client that reads slowly
/// holds up nobody but itself. Errors: `internal`: a pipe broke.
[[nodiscard]] Result<void> serve_mcp_stdio(const std::shared_ptr<protocol::mcp::Server>& server,
                                           std::stop_token stop, const McpStdioOptions& options = {});

}  // namespace penstock::server
