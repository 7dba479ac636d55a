#include "server/mcp_process.hpp"

#include <future>
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

Result<PrincipalPtr> authenticated(const Identities& identities, const std::string& key) {
  const auto promise = std::make_shared<std::promise<Result<PrincipalPtr>>>();
  auto answer = promise->get_future();
  identities.authenticate(
      key, [promise](Result<PrincipalPtr> principal) { promise->set_value(std::move(principal)); });
  auto principal = answer.get();
  if (!principal) principal.error().message = "PENSTOCK_API_KEY: " + principal.error().message;
  return principal;
}

Result<PrincipalPtr> principal_of_caller(const Identities& identities, const McpCaller& caller) {
  if (caller.principal.empty())
    return caller.key.empty() ? Result<PrincipalPtr>(Principal::anonymous())
                              : authenticated(identities, caller.key);
  if (auto principal = identities.find(caller.principal)) return principal;
  return fail(ErrorCode::invalid_argument, "principals.yaml has no principal '" + caller.principal + "'");
}

}  // namespace

Result<void> serve_mcp(const ServiceOptions& options, const McpCaller& caller, std::stop_token stop,
                       McpStdioOptions pipes) {
  ConfigWatch watch(options.folder);
  ServiceOptions by_pipe = options;
  by_pipe.mcp_front_end = FrontEnd::stdio;
  auto service = Service::make(by_pipe);
  if (!service) return pass_error(service);
  auto principal = principal_of_caller((*service)->identities(), caller);
  if (!principal) return pass_error(principal);
  pipes.principal = std::move(*principal);
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
