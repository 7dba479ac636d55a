// A process that serves MCP over its standard input and output, for the host of one agent.
#pragma once

#include <stop_token>
#include <string>

#include "server/mcp_stdio.hpp"
#include "server/service.hpp"

namespace penstock::server {

/// Who is at the other end, which nothing proves but a key: who starts the process could read its files. Both
/// empty: one who may do everything.
struct McpCaller {
  std::string principal;  ///< a name of principals.yaml
  std::string key;        ///< counts when there is no name
};

/// Serves the databases of the folder until the input ends or the token asks to stop. Reads the configuration
/// again when its files change, whole or not at all, and tells the client what changed; the caller stays who
/// it was at the start. Nothing but messages goes to the output. The side task of `pipes` is its own. Errors:
/// those of Service::make(), `invalid_argument` and `unauthenticated` for a caller that is not known, and
/// `internal` for a broken pipe.
[[nodiscard]] Result<void> serve_mcp(const ServiceOptions& options, const McpCaller& caller,
                                     std::stop_token stop, McpStdioOptions pipes = {});

}  // namespace penstock::server
