// penstock serve: the server, from its start to a signal.

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/printable.hpp"
#include "cli/version.hpp"
#include "config/server.hpp"
#include "server/log.hpp"
#include "server/serving.hpp"
#include "server/serving_configuration.hpp"

namespace penstock::cli {

namespace {

/// What is given here wins over server.yaml; empty: not given.
struct Arguments {
  std::string listen;
  bool allow_remote = false;
  std::string log_level;
  std::string log_format;
};

Result<config::LogLevel> log_level_of(std::string_view text) {
  using config::LogLevel;
  if (text == "debug") return LogLevel::debug;
  if (text == "info") return LogLevel::info;
  if (text == "warning") return LogLevel::warning;
  if (text == "error") return LogLevel::error;
  if (text == "off") return LogLevel::off;
  return penstock::fail(
      ErrorCode::invalid_argument,
      fmt::format("--log-level is debug, info, warning, error or off, not '{}'", printable(text)));
}

Result<config::LogFormat> log_format_of(std::string_view text) {
  if (text == "text") return config::LogFormat::text;
  if (text == "json") return config::LogFormat::json;
  return penstock::fail(ErrorCode::invalid_argument,
                        fmt::format("--log-format is text or json, not '{}'", printable(text)));
}

Result<config::ListenAddress> listen_address_of(const std::string& text) {
  auto address = config::parse_listen_address(text);
  if (address) return *std::move(address);
  return penstock::fail(ErrorCode::invalid_argument,
                        fmt::format("--listen {}, not '{}'", address.error(), printable(text)));
}

/// Without identities, who can reach the server can ask it anything.
Result<void> check_remote(const config::ServerConfig& server, bool asks_who) {
  if (asks_who || server.allow_remote || config::is_loopback(server.listen.host)) return {};
  return penstock::fail(
      ErrorCode::invalid_argument,
      fmt::format("{} can be reached from other machines, and the server does not know who asks",
                  printable(server.listen.to_string())),
      "write a principals.yaml (docs/identities.md); if a firewall or a proxy that knows stands before it, "
      "say "
      "--allow-remote");
}

/// server.yaml with what the command line says on top.
Result<void> apply(const Arguments& arguments, config::ServingConfiguration& configuration) {
  config::ServerConfig& server = configuration.server;
  if (arguments.allow_remote) server.allow_remote = true;
  if (!arguments.listen.empty()) {
    auto address = listen_address_of(arguments.listen);
    if (!address) return pass_error(address);
    server.listen = *std::move(address);
  }
  if (!arguments.log_level.empty()) {
    const auto level = log_level_of(arguments.log_level);
    if (!level) return std::unexpected(level.error());
    server.log_level = *level;
  }
  if (!arguments.log_format.empty()) {
    const auto format = log_format_of(arguments.log_format);
    if (!format) return std::unexpected(format.error());
    server.log_format = *format;
  }
  return check_remote(server, configuration.identities.required);
}

void print_ready(const std::vector<std::string>& urls) {
  // Nobody has to read it.
  (void)write_standard_output(fmt::format("penstock: serving on {}\n", fmt::join(urls, ", ")));
}

ExitStatus run(Session& session, const Arguments& arguments) {
  server::ServiceOptions options;
  options.version = version_number();
  options.folder = session.config_directory();
  auto configuration = server::read_serving_configuration(options.folder);
  if (!configuration) return session.fail_usage(configuration.error());
  options.configuration = *std::move(configuration);
  options.server_as_read = options.configuration.server;
  if (const auto applied = apply(arguments, options.configuration); !applied)
    return session.fail_usage(applied.error());
  const config::ServerConfig& server_config = options.configuration.server;

  const server::ServingSignals signals;
  server::start_log(server_config.log_level, server_config.log_format);
  server::raise_file_limit();
  const auto served = server::serve(signals, std::move(options), print_ready);
  if (served) return ExitStatus::done;
  const Error& error = served.error();
  return error.code == ErrorCode::invalid_argument ? session.fail_usage(error) : session.fail(error);
}

constexpr const char* kDescription =
    "Serves the logical databases over HTTP\n"
    "Prints one line when it is ready, and logs to standard error. SIGTERM or SIGINT ends it once running "
    "requests are through; SIGHUP, or a change of the files, reads the configuration again, whole or not at "
    "all.";

constexpr const char* kFooter =
    "Examples:\n"
    "  penstock serve\n"
    "  penstock serve --config /etc/penstock --listen 127.0.0.1:9000 --log-format json\n"
    "  penstock serve --listen 0.0.0.0:8080 --allow-remote        behind a proxy that knows who asks\n"
    "\n"
    "Exit status: 0 stopped by a signal, 2 usage or configuration,\n"
    "3 the address is taken.\n";

}  // namespace

Command add_serve(CLI::App& parent) {
  Subcommand command(parent, "serve", kDescription, kFooter);
  auto arguments = std::make_shared<Arguments>();
  command
      .add("-l,--listen", arguments->listen,
           "Where to listen (else as server.yaml says, else 127.0.0.1:8080); port 0 takes a free one")
      .type("HOST:PORT");
  command.add_flag("--allow-remote", arguments->allow_remote,
                   "Allow addresses that other machines can reach");
  command
      .add("--log-level", arguments->log_level,
           "debug, info, warning, error or off (else as server.yaml says, else info)")
      .type("LEVEL");
  command
      .add("--log-format", arguments->log_format,
           "text, or json: one object a line (else as server.yaml says, else text)")
      .type("FORMAT");
  return {command.app(), [arguments](Session& session) { return run(session, *arguments); }};
}

}  // namespace penstock::cli
