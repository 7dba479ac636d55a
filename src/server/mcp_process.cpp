#include "server/mcp_process.hpp"

#include <utility>

namespace penstock::server {

Result<void> serve_mcp(const ServiceOptions& options, std::stop_token stop, const McpStdioOptions& pipes) {
  auto service = Service::make(options);
  if (!service) return pass_error(service);
  (*service)->warm_up();
  auto served = serve_mcp_stdio((*service)->mcp(), std::move(stop), pipes);
  (*service)->close();
  return served;
}

}  // namespace penstock::server
