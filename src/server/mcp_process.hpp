// A process that serves MCP over its standard input and output, for the host of one agent.
#pragma once

#include <stop_token>

#include "server/mcp_stdio.hpp"
#include "server/service.hpp"

namespace penstock::server {

/// Serves the databases of the folder until the input ends or the token asks to stop. Reads the configuration
/// again when its files change, whole or not at all, and tells the client what changed. Nothing but messages
/// goes to the output. The side task of `pipes` is its own. Errors: those of Service::make(), and `internal`
/// for a broken pipe.
[[nodiscard]] Result<void> serve_mcp(const ServiceOptions& options, std::stop_token stop,
                                     McpStdioOptions pipes = {});

}  // namespace penstock::server
