#include "server/mcp_front.hpp"

#include <string>
#include <utility>

#include "server/mcp_tools.hpp"
#include "server/random_token.hpp"

namespace penstock::server {
namespace mcp = protocol::mcp;

Result<std::unique_ptr<McpFront>> McpFront::make(DataSourceManager& manager, Executor& executor,
                                                 SchemaCache& schemas, const McpLimits& limits,
                                                 std::span<const config::ToolConfig> own) {
  auto context = std::make_shared<const McpContext>(
      McpContext{.manager = manager, .executor = executor, .schemas = schemas, .limits = limits});
  auto catalog = make_mcp_catalog(context, own);
  if (!catalog) return pass_error(catalog);
  mcp::ServerInfo info{.name = "penstock",
                       .title = "Penstock",
                       .version = PENSTOCK_VERSION,
                       .instructions = std::string(kMcpInstructions)};
  mcp::ServerOptions options;
  options.resource_subscriptions = false;
  options.sign = [key = random_token()](std::string_view text) { return keyed_hash(key, text); };
  auto server = std::make_shared<mcp::Server>(std::move(info), std::move(options), std::move(*catalog));
  return std::unique_ptr<McpFront>(new McpFront(std::move(context), std::move(server)));
}

Result<void> McpFront::reload(std::span<const config::ToolConfig> own) {
  auto catalog = make_mcp_catalog(context_, own);
  if (!catalog) return pass_error(catalog);
  server_->replace(std::move(*catalog));
  return {};
}

}  // namespace penstock::server
