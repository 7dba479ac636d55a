// The tools, resources and prompts that Penstock offers over MCP.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "config/tools.hpp"
#include "protocol/mcp/catalog.hpp"
#include "server/mcp_context.hpp"

namespace penstock::server {

/// All of them, for the configuration that the manager has now: make it again after a reload. `own` are the
/// operator's tools; a name of ours among them is `invalid_argument`.
[[nodiscard]] Result<protocol::mcp::Catalog> make_mcp_catalog(const McpContextPtr& context,
                                                              std::span<const config::ToolConfig> own);

/// How to use the server, for a model.
extern const std::string_view kMcpInstructions;

/// What a tool that only looks says of itself.
struct LookingTool {
  std::string name;
  std::string title;
  std::string description;
  std::string input_schema;
  std::string output_schema;
};
[[nodiscard]] protocol::mcp::Tool looking_tool(
    LookingTool text, const McpContextPtr& context,
    void (*answer)(const McpContextPtr& context, const std::shared_ptr<protocol::mcp::ToolCall>& call));

// One file each.
[[nodiscard]] protocol::mcp::Tool list_databases_tool(const McpContextPtr& context);
[[nodiscard]] protocol::mcp::Tool validate_databases_tool(const McpContextPtr& context);
[[nodiscard]] protocol::mcp::Tool search_schema_tool(const McpContextPtr& context);
[[nodiscard]] protocol::mcp::Tool execute_query_tool(const McpContextPtr& context);
[[nodiscard]] protocol::mcp::Tool explain_query_tool(const McpContextPtr& context);
[[nodiscard]] protocol::mcp::Tool own_tool(const McpContextPtr& context, const config::ToolConfig& config);
[[nodiscard]] Result<void> add_mcp_resources(const McpContextPtr& context, protocol::mcp::Catalog& catalog);
[[nodiscard]] Result<void> add_mcp_prompts(const McpContextPtr& context, protocol::mcp::Catalog& catalog);

}  // namespace penstock::server
