#include "cli/command_line.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "cli/complete.hpp"
#include "cli/help.hpp"
#include "cli/interrupt.hpp"
#include "cli/printable.hpp"
#include "cli/version.hpp"
#include "core/nearest.hpp"

namespace penstock::cli {

namespace {

constexpr std::string_view kDescription =
    "Queries logical databases, wherever they live: Penstock knows which datasource holds each of them and "
    "runs the "
    "query there, read-only unless the configuration says otherwise.";

constexpr std::string_view kFooter =
    "Examples:\n"
    "  penstock init                                      a configuration to start from\n"
    "  penstock check                                     is every datasource reachable?\n"
    "  penstock databases                                 what can be queried\n"
    "  penstock query customer_db \"SELECT * FROM customers LIMIT 5\"\n"
    "\n"
    "Exit status: 0 done, 1 the query failed, 2 usage or configuration,\n"
    "3 unreachable. "
    "`penstock COMMAND --help` has more of each.\n";

/// What every subcommand takes, before its name and behind it.
void add_global_options(CLI::App& app, GlobalOptions& options) {
  const bool is_query = app.get_name() == "query";
  constexpr const char* kGroup = "Options of every command";
  app.set_help_flag("-h,--help", "This text")->group(kGroup);
  app.add_option(
         "-c,--config", options.config,
         "Folder of datasources.yaml and summary.yaml (else the environment variable PENSTOCK_CONFIG, else "
         "./config)")
      ->check([](const std::string& folder) {
        return folder.empty() ? "names no folder; is the variable set that it comes from?" : "";
      })
      ->type_name("DIR")
      ->group(kGroup);
  app.add_option("--format", options.format,
                 is_query ? "How to write the answer: table, json, jsonl, csv, tsv, markdown or arrow"
                          : "How to write the answer: table or json")
      ->type_name("FORMAT")
      ->group(kGroup);
  app.add_option("--color", options.color, "auto (on a terminal, unless NO_COLOR is set), always or never")
      ->type_name("WHEN")
      ->group(kGroup);
  app.add_flag("-v,--verbose", options.verbose, "Say more on standard error, the server's own words among it")
      ->group(kGroup);
  app.add_flag("-q,--quiet", options.quiet, "Leave out notes and progress")->group(kGroup);
}

std::optional<ColorChoice> parse_color(std::string_view text) {
  if (text.empty() || text == "auto") return ColorChoice::automatic;
  if (text == "always") return ColorChoice::always;
  if (text == "never") return ColorChoice::never;
  return std::nullopt;
}

/// CLI11 takes `--param=` as a value left out, and the next argument for it; an empty one was meant.
std::vector<std::string> with_empty_values_apart(std::vector<std::string> arguments) {
  std::vector<std::string> out;
  bool options_end = false;
  for (std::string& argument : arguments) {
    options_end = options_end || argument == "--";
    const bool is_empty_value = !options_end && argument.size() > 3 && argument.starts_with("--") &&
                                argument.find('=') == argument.size() - 1;
    if (is_empty_value) {
      argument.pop_back();
      out.push_back(std::move(argument));
      out.emplace_back();
    } else {
      out.push_back(std::move(argument));
    }
  }
  return out;
}

/// Whether the arguments ask for JSON, as far as can be told of ones that could not be read.
bool ask_for_json(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--format=json") return true;
    if (argument == "--format" && i + 1 < arguments.size() && arguments[i + 1] == "json") return true;
  }
  return false;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames())
      names.push_back("--" + name);
  }
  return names;
}

}  // namespace

CommandLine::CommandLine() : app_(std::string(kDescription), "penstock") {
  app_.formatter(std::make_shared<HelpFormatter>());
  app_.footer(std::string(kFooter));
  app_.require_subcommand(0, 1);
  app_.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app_.set_version_flag("--version", version_text(), "The version");
  commands_ = {add_query(app_),    add_databases(app_), add_datasources(app_), add_schema(app_),
               add_validate(app_), add_check(app_),     add_serve(app_),       add_mcp(app_),
               add_key(app_),      add_init(app_),      add_import(app_),      add_completion(app_),
               add_version(app_)};
  add_global_options(app_, options_);
  for (const Command& command : commands_)
    add_global_options(*command.app, options_);
}

ExitStatus CommandLine::run(std::vector<std::string> arguments) {
  if (!arguments.empty() && arguments.front() == "__complete") {
    return complete(app_, std::span(arguments).subspan(1));
  }
  if (!arguments.empty() && arguments.front() == "help") {  // `penstock help query`, as git has it
    arguments.erase(arguments.begin());
    arguments.emplace_back("--help");
  }
  std::vector<std::string> reversed = with_empty_values_apart(arguments);
  std::ranges::reverse(reversed);
  try {
    app_.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    return Session({}, ColorChoice::automatic).print(selected().help());
  } catch (const CLI::CallForVersion& version) {
    return Session({}, ColorChoice::automatic).print(std::string(version.what()) + "\n");
  } catch (const CLI::ParseError& error) {
    return report_usage(arguments, error);
  }
  const auto color = parse_color(options_.color);
  Session session(options_, color.value_or(ColorChoice::automatic));
  if (!color) {
    return session.fail_usage(Error{
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("--color is auto, always or never, not '{}'", printable(options_.color))});
  }
  const ExitStatus status = run_command(session);
  if (session.ending_signal() != 0) end_by_signal(session.ending_signal());
  return status;
}

ExitStatus CommandLine::run_command(Session& session) {
  for (const Command& command : commands_) {
    if (app_.got_subcommand(command.app)) return command.run(session);
  }
  session.console().note("no command given; this is what there is:");
  return session.print(app_.help(), ExitStatus::usage);
}

ExitStatus CommandLine::report_usage(const std::vector<std::string>& arguments,
                                     const CLI::ParseError& error) {
  GlobalOptions options = options_;
  options.format = ask_for_json(arguments) ? "json" : "";
  Session session(std::move(options), parse_color(options_.color).value_or(ColorChoice::automatic));
  return session.fail_usage(explain(error));
}

const CLI::App& CommandLine::selected() const {
  for (const Command& command : commands_) {
    if (app_.got_subcommand(command.app)) return *command.app;
  }
  return app_;
}

Error CommandLine::explain(const CLI::ParseError& error) const {
  const CLI::App& app = selected();
  const std::string see =
      fmt::format("see `{} --help`", app.get_parent() == nullptr ? "penstock" : "penstock " + app.get_name());
  Error explained;
  explained.code = ErrorCode::invalid_argument;
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    explained = explain_extra(app_.remaining(true));
  } else if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    explained.message = fmt::format("{} is missing", missing_arguments(app));
  } else if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    const std::string text = error.what();  // "--timeout: 1 required TIME missing"
    explained.message = fmt::format("{} wants a value", text.substr(0, text.find(':')));
  } else {
    explained.message = error.what();
  }
  if (explained.hint.empty()) explained.hint = see;
  return explained;
}

Error CommandLine::explain_extra(const std::vector<std::string>& extra) const {
  const CLI::App& app = selected();
  Error error;
  error.code = ErrorCode::invalid_argument;
  const std::string first = extra.empty() ? std::string() : extra.front();
  std::vector<std::string> candidates;
  std::string wanted = first;
  if (first.starts_with('-') && first.size() > 1) {
    wanted = first.substr(0, first.find('='));
    error.message = fmt::format("unknown option '{}'", printable(wanted));
    candidates = option_names(app);
    if (wanted.find_first_of(" \t\n") != std::string::npos) {
      error.message = fmt::format("'{}' looks like an option", printable(wanted));
      error.hint = "put `--` before a text that begins with a dash";
      return error;
    }
  } else if (&app == &app_) {
    error.message = fmt::format("unknown command '{}'", printable(first));
    for (const Command& command : commands_)
      candidates.push_back(command.app->get_name());
  } else {
    error.message = fmt::format("'{}' is one argument too many", printable(first));
    return error;
  }
  if (const auto nearest = nearest_name(wanted, candidates))
    error.hint = fmt::format("did you mean `{}`?", *nearest);
  return error;
}

}  // namespace penstock::cli
