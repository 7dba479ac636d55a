// penstock mcp: MCP on standard input and output.

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/version.hpp"
#include "server/log.hpp"
#include "server/mcp_process.hpp"
#include "server/serving_configuration.hpp"

namespace penstock::cli {

namespace {

ExitStatus run(Session& session, const std::string& principal) {
  server::ServiceOptions options;
  options.folder = session.config_directory();
  auto configuration = server::read_serving_configuration(options.folder);
  if (!configuration) return session.fail_usage(configuration.error());
  options.configuration = *std::move(configuration);
  options.version = version_number();
  // Before any thread is made, see Interrupts.
  const Interrupts interrupts;
  server::start_log(options.configuration.server.log_level, options.configuration.server.log_format);
  const char* const key = std::getenv("PENSTOCK_API_KEY");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  server::McpCaller caller{.principal = principal, .key = key == nullptr ? "" : key};
  const auto served = server::serve_mcp(options, caller, interrupts.token());
  if (served) return ExitStatus::done;
  const Error& error = served.error();
  const bool mistaken = error.code == ErrorCode::invalid_argument || error.code == ErrorCode::unauthenticated;
  return mistaken ? session.fail_usage(error) : session.fail(error);
}

constexpr const char* kDescription =
    "Serves the logical databases to an agent's host over standard input and output\n"
    "The Model Context Protocol, in all its revisions, one message a line. Hosts such as Claude Desktop, "
    "Claude "
    "Code, Cursor and VS Code start it; docs/mcp.md has what to write into their configuration. Ends when "
    "its "
    "input ends. Limits come from server.yaml, further tools from tools.yaml.";

constexpr const char* kFooter =
    "Examples:\n"
    "  penstock mcp --config /etc/penstock\n"
    "  penstock mcp --principal agent1            with what principals.yaml lets agent1 do\n"
    "  PENSTOCK_API_KEY=psk_... penstock mcp      the same, for whoever has the key\n"
    "\n"
    "Exit status: 0 the input ended or a signal came, 2 usage or configuration.\n";

}  // namespace

Command add_mcp(CLI::App& parent) {
  Subcommand command(parent, "mcp", kDescription, kFooter);
  auto principal = std::make_shared<std::string>();
  command
      .add("--principal", *principal,
           "Who asks: a principal of principals.yaml (else whose key PENSTOCK_API_KEY is, else one who "
           "may do everything)")
      .type("NAME");
  return {command.app(), [principal](Session& session) { return run(session, *principal); }};
}

}  // namespace penstock::cli
