// MCP as a front end of the server: the tools, and the transports that reach them.
#pragma once

#include <memory>
#include <span>

#include "penstock/manager.hpp"

#include "config/tools.hpp"
#include "protocol/mcp/server.hpp"
#include "server/mcp_context.hpp"
#include "server/mcp_http.hpp"

namespace penstock::server {

/// Thread-safe. What it is given must outlive it, and the calls that it began.
class McpFront {
 public:
  /// Errors: `invalid_argument`: a tool of the operator's that cannot be one.
  [[nodiscard]] static Result<std::unique_ptr<McpFront>> make(DataSourceManager& manager, Executor& executor,
                                                              SchemaCache& schemas, const McpLimits& limits,
                                                              std::span<const config::ToolConfig> own);

  /// The handler of the path /mcp.
  void handle(const std::shared_ptr<Exchange>& exchange) { http_.handle(exchange); }
  /// After the manager has reloaded: offers what there is now, and tells clients which lists changed.
  [[nodiscard]] Result<void> reload(std::span<const config::ToolConfig> own);
  /// Call it every quarter of a minute or so, see McpHttp::tick().
  void tick() { http_.tick(); }
  /// Ends sessions and streams.
  void close() { http_.close(); }

  [[nodiscard]] const std::shared_ptr<protocol::mcp::Server>& server() const noexcept { return server_; }

 private:
  McpFront(McpContextPtr context, std::shared_ptr<protocol::mcp::Server> server)
      : context_(std::move(context)), server_(std::move(server)), http_(server_) {}

  McpContextPtr context_;
  std::shared_ptr<protocol::mcp::Server> server_;
  McpHttp http_;
};

}  // namespace penstock::server
