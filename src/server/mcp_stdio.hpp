// The Model Context Protocol over a pair of pipes: one message a line, and nothing else.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>

#include "penstock/error.hpp"

#include "protocol/mcp/server.hpp"
#include "server/identity/principal.hpp"

namespace penstock::server {

struct McpStdioOptions {
  int input = 0;  ///< file descriptors; they stay the caller's
  int output = 1;
  PrincipalPtr principal = Principal::anonymous();  ///< who is at the other end
  /// How long requests under way may still take once the input has ended.
  std::chrono::milliseconds grace = std::chrono::seconds(1);
};

/// Serves the one client at the other end until its end of the pipe closes, or the token asks to stop. Reads
/// on the calling thread; owns a thread that writes ("penstock-mcp-out"), so that a client that reads slowly
/// holds up nobody but itself. Errors: `internal`: a pipe broke.
[[nodiscard]] Result<void> serve_mcp_stdio(const std::shared_ptr<protocol::mcp::Server>& server,
                                           std::stop_token stop, const McpStdioOptions& options = {});

}  // namespace penstock::server
