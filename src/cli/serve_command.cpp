// penstock serve: the server, from its start to a signal.

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/printable.hpp"
#include "server/http_access.hpp"
#include "server/log.hpp"
#include "server/serving.hpp"

namespace penstock::cli {

namespace {

struct Arguments {
  std::vector<std::string> listen;
  bool allow_remote = false;
  std::string log_level = "info";
  std::string log_format = "text";
};

Result<server::LogLevel> log_level_of(std::string_view text) {
  using server::LogLevel;
  if (text == "debug") return LogLevel::debug;
  if (text == "info") return LogLevel::info;
  if (text == "warning") return LogLevel::warning;
  if (text == "error") return LogLevel::error;
  if (text == "off") return LogLevel::off;
  return penstock::fail(
      ErrorCode::invalid_argument,
      fmt::format("--log-level is debug, info, warning, error or off, not '{}'", printable(text)));
}

Result<server::LogFormat> log_format_of(std::string_view text) {
  if (text == "text") return server::LogFormat::text;
  if (text == "json") return server::LogFormat::json;
  return penstock::fail(ErrorCode::invalid_argument,
                        fmt::format("--log-format is text or json, not '{}'", printable(text)));
}

/// Until there are identities, who can reach the server can ask it anything.
Result<void> check_remote(const std::vector<std::string>& listen, bool allow_remote) {
  if (allow_remote) return {};
  for (const std::string& address : listen) {
    if (server::is_loopback_address(address)) continue;
    return penstock::fail(
        ErrorCode::invalid_argument,
        fmt::format("{} can be reached from other machines, and the server does not know who asks",
                    printable(address)),
        "if a firewall or a proxy that knows stands before it, say --allow-remote");
  }
  return {};
}

void print_ready(const std::vector<std::string>& urls) {
  // Nobody has to read it.
  (void)write_standard_output(fmt::format("penstock: serving on {}\n", fmt::join(urls, ", ")));
}

ExitStatus run(Session& session, const Arguments& arguments) {
  const auto level = log_level_of(arguments.log_level);
  if (!level) return session.fail_usage(level.error());
  const auto format = log_format_of(arguments.log_format);
  if (!format) return session.fail_usage(format.error());

  server::ApplicationOptions options;
  options.config = session.config_directory();
  if (!arguments.listen.empty()) options.http.listen = arguments.listen;
  if (const auto allowed = check_remote(options.http.listen, arguments.allow_remote); !allowed)
    return session.fail_usage(allowed.error());

  const server::ServingSignals signals;
  server::start_log(*level, *format);
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
  CLI::App* app = parent.add_subcommand("serve", kDescription);
  auto arguments = std::make_shared<Arguments>();
  app->add_option("-l,--listen", arguments->listen,
                  "Where to listen (default 127.0.0.1:8080); port 0 takes a free one. Repeat it for several")
      ->type_name("HOST:PORT")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  app->add_flag("--allow-remote", arguments->allow_remote, "Allow addresses that other machines can reach");
  app->add_option("--log-level", arguments->log_level, "debug, info (default), warning, error or off")
      ->type_name("LEVEL");
  app->add_option("--log-format", arguments->log_format, "text (default), or json: one object a line")
      ->type_name("FORMAT");
  app->footer(kFooter);
  return {app, [arguments](Session& session) { return run(session, *arguments); }};
}

}  // namespace penstock::cli
