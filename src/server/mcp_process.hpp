// A process that serves MCP over its standard input and output, for the host of one agent.
#pragma once

#include <stop_token>

#include "server/mcp_stdio.hpp"
#include "server/service.hpp"

namespace penstock::server {

/// Serves the databases of the folder until the input ends or the token asks to stop. Nothing but messages
/// goes to the output. Errors: those of Service::make(), and `internal` for a broken pipe.
[[nodiscard]] Result<void> serve_mcp(const ServiceOptions& options, std::stop_token stop,
                                     const McpStdioOptions& pipes = {});

}  // namespace penstock::server
