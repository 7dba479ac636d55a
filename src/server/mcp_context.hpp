// What the tools of MCP work with.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "penstock/manager.hpp"

#include "server/executor.hpp"
#include "server/schema_cache.hpp"

namespace penstock::server {

/// The server's own limits; a call can only ask for less.
struct McpLimits {
  std::int64_t max_rows = 10'000;
  std::int64_t max_bytes = std::int64_t{8} << 20;
  std::chrono::milliseconds timeout = std::chrono::seconds(30);
  bool explain_analyze = false;     ///< an explanation may run its statement
  bool pass_trace_context = false;  ///< the database is shown a call's `traceparent`
};

/// Borrows; what it refers to outlives every call.
struct McpContext {
  DataSourceManager& manager;
  Executor& executor;
  SchemaCache& schemas;
  McpLimits limits;
  FrontEnd front_end = FrontEnd::mcp;  ///< that calls come by
};
using McpContextPtr = std::shared_ptr<const McpContext>;

}  // namespace penstock::server
