#include "server/mcp_process.hpp"

#include <utility>

namespace penstock::server {

Result<void> serve_mcp(const ServiceOptions& options, std::stop_token stop, const McpStdioOptions& pipes) {
  ServiceOptions by_pipe = options;
  by_pipe.mcp_front_end = FrontEnd::stdio;
  auto service = Service::make(by_pipe);
  if (!service) return pass_error(service);
  (*service)->warm_up();
  auto served = serve_mcp_stdio((*service)->mcp(), std::move(stop), pipes);
  (*service)->close();
  return served;
}

}  // namespace penstock::server
