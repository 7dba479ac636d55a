#include "server/mcp_process.hpp"

#include <utility>

#include "server/config_watch.hpp"
#include "server/log.hpp"
#include "server/serving_configuration.hpp"

namespace penstock::server {

namespace {

void reload(Service& service, const std::filesystem::path& folder) {
  const auto read = read_serving_configuration(folder);
  const auto reloaded = read ? service.reload(*read) : std::unexpected(read.error());
  if (reloaded)
    log(LogLevel::info, "reloaded", {{"cause", "files changed"}});
  else
    log(LogLevel::error, "reload_failed",
        {{"cause", "files changed"},
         {"error", reloaded.error().message},
         {"hint", "the configuration before goes on"}});
}

}  // namespace

Result<void> serve_mcp(const ServiceOptions& options, std::stop_token stop, McpStdioOptions pipes) {
  ConfigWatch watch(options.folder);
  ServiceOptions by_pipe = options;
  by_pipe.mcp_front_end = FrontEnd::stdio;
  auto service = Service::make(by_pipe);
  if (!service) return pass_error(service);
  pipes.side_task = {.descriptor = watch.descriptor(),
                     .on_readable = [&watch] { watch.look(ConfigWatch::Clock::now()); },
                     .due = [&watch] { return watch.due(); },
                     .on_due =
                         [&] {
                           watch.done();
                           reload(**service, options.folder);
                         }};
  (*service)->warm_up();
  auto served = serve_mcp_stdio((*service)->mcp(), std::move(stop), pipes);
  (*service)->close();
  return served;
}

}  // namespace penstock::server
