// penstock check: does the configuration hold, and is everything in it reachable?

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/option_value.hpp"
#include "cli/printable.hpp"
#include "cli/quantity_text.hpp"
#include "formats/json_document.hpp"
#include "server/serving_configuration.hpp"
#include "server/tool_check.hpp"

namespace penstock::cli {

namespace {

constexpr std::chrono::milliseconds kDefaultTimeout{5000};

struct Findings {
  std::vector<DataSourceInfo> datasources;  ///< as configured
  std::vector<HealthReport> reports;        ///< one a node of those that are enabled

  [[nodiscard]] std::vector<const HealthReport*> of(const DataSourceInfo& info) const {
    std::vector<const HealthReport*> own;
    for (const HealthReport& report : reports) {
      if (report.datasource == info.name) own.push_back(&report);
    }
    return own;
  }
  /// Every node that is enabled, and every database on it.
  [[nodiscard]] bool all_up() const {
    return std::ranges::all_of(reports, [](const HealthReport& report) {
      return report.state == DataSourceState::up && report.server.failures.empty();
    });
  }
};

Style style_of(DataSourceState state) {
  switch (state) {
    case DataSourceState::up:
      return Style::good;
    case DataSourceState::down:
      return Style::bad;
    case DataSourceState::unknown:
    case DataSourceState::disabled:
      return Style::dim;
  }
  return Style::dim;
}

void append_node(std::string& out, const HealthReport& report, bool only_node, const StreamStyle& style) {
  out += "  " + style.paint(style_of(report.state), to_string(report.state));
  if (!only_node) out += "  " + printable(report.node);
  if (report.state == DataSourceState::up && !report.error) {
    out += fmt::format("  {} {}, answered in {}, pool {} of {}\n", printable(report.server.product),
                       printable(report.server.version), duration_text(report.latency), report.pool.total,
                       report.pool.max_size);
  } else {
    out += "  " + printable(report.error ? report.error->message : "no answer") + "\n";
  }
  for (const DatabaseFailure& failure : report.server.failures) {
    out += fmt::format("  {}  {}: {}\n", style.paint(Style::bad, "down"), printable(failure.database),
                       printable(failure.error.message));
  }
  for (const std::string& warning : report.server.warnings) {
    out += fmt::format("  {}  {}\n", style.paint(Style::warning, "warning"), printable(warning));
  }
}

void append_datasource(std::string& out, const DataSourceInfo& info, const Findings& findings,
                       const StreamStyle& style) {
  out += fmt::format("{}  {}, {}, {}\n", style.paint(Style::strong, printable(info.name)),
                     printable(info.type), to_string(info.access),
                     counted(static_cast<std::int64_t>(info.databases.size()), "database"));
  if (info.state == DataSourceState::disabled) {
    out += fmt::format("  {}  {}\n", style.paint(Style::dim, "disabled"), printable(info.state_reason));
    return;
  }
  const auto reports = findings.of(info);
  for (const HealthReport* report : reports)
    append_node(out, *report, reports.size() == 1, style);
}

std::string as_text(const Findings& findings, const std::string& directory, const StreamStyle& style) {
  std::string out = fmt::format("Configuration {} is valid.\n", printable(directory));
  for (const DataSourceInfo& info : findings.datasources) {
    out += '\n';
    append_datasource(out, info, findings, style);
  }
  return out;
}

void write_error(JsonDocument& json, const Error& error) {
  json.member("error", error.message).member("code", to_string(error.code));
  if (!error.hint.empty()) json.member("hint", error.hint);
}

void write_node(JsonDocument& json, const HealthReport& report) {
  json.begin_object().member("name", report.node).member("state", to_string(report.state));
  if (report.state == DataSourceState::up && !report.error) {
    json.key("latency_ms").milliseconds(report.latency.count());
    json.member("product", report.server.product).member("version", report.server.version);
  }
  json.member("warnings", std::span<const std::string>(report.server.warnings));
  json.key("databases_down").begin_array();
  for (const DatabaseFailure& failure : report.server.failures) {
    json.begin_object().member("name", failure.database);
    write_error(json, failure.error);
    json.end_object();
  }
  json.end_array();
  if (report.error) write_error(json, *report.error);
  json.key("pool")
      .begin_object()
      .member("total", report.pool.total)
      .member("idle", report.pool.idle)
      .member("leased", report.pool.leased)
      .member("min_size", report.pool.min_size)
      .member("max_size", report.pool.max_size)
      .end_object()
      .end_object();
}

std::string as_json(const Findings& findings, const std::string& directory, bool pretty) {
  JsonDocument json(pretty);
  json.begin_object().member("success", findings.all_up()).member("config", directory);
  json.key("datasources").begin_array();
  for (const DataSourceInfo& info : findings.datasources) {
    json.begin_object()
        .member("name", info.name)
        .member("type", info.type)
        .member("access", to_string(info.access))
        .member("enabled", info.state != DataSourceState::disabled)
        .member("databases", std::span<const std::string>(info.databases));
    if (info.state == DataSourceState::disabled) json.member("disabled_reason", info.state_reason);
    json.key("nodes").begin_array();
    for (const HealthReport* report : findings.of(info))
      write_node(json, *report);
    json.end_array().end_object();
  }
  return json.end_array().end_object().take();
}

ExitStatus run(Session& session, const std::optional<std::string>& timeout_text) {
  const auto format = session.report_format();
  if (!format) return session.fail_usage(format.error());
  Result<std::chrono::milliseconds> timeout = kDefaultTimeout;
  if (timeout_text) timeout = parse_timeout(*timeout_text);
  if (!timeout) return session.fail_usage(timeout.error());
  // All files, those of the server among them, so that one run tells every mistake.
  const auto files = server::read_serving_configuration(session.config_directory());
  if (!files) return session.fail_usage(files.error());
  const auto manager = session.load();
  if (!manager) return session.fail_usage(manager.error());
  const auto tools = server::check_tools(files->tools, session.config_directory(), **manager);
  if (!tools) return session.fail_usage(tools.error());
  const Console& console = session.console();
  const Findings findings{.datasources = (*manager)->datasources(), .reports = (*manager)->health(*timeout)};
  const std::string directory = session.config_directory().string();
  return session.print(*format == ReportFormat::json ? as_json(findings, directory, console.out().is_terminal)
                                                     : as_text(findings, directory, console.out()),
                       findings.all_up() ? ExitStatus::done : ExitStatus::unreachable);
}

constexpr const char* kDescription =
    "Reads the configuration and asks every datasource for a sign of life\n"
    "Reports each one's version, latency and pool, the databases that it cannot serve, and what its user "
    "could do beyond the access that the "
    "configuration gives it.";

constexpr const char* kFooter =
    "Examples:\n"
    "  penstock check\n"
    "  penstock check --config /etc/penstock --timeout 2s\n"
    "  penstock check --format json | jq '.datasources[].nodes[] | {name, state}'\n"
    "\n"
    "Exit status: 0 everything that is enabled is up, 2 usage or configuration,\n"
    "3 a datasource, or one database of it, is down. A warning changes nothing.\n";

}  // namespace

Command add_check(CLI::App& parent) {
  Subcommand command(parent, "check", kDescription, kFooter);
  auto timeout = std::make_shared<std::optional<std::string>>();
  command.add("-t,--timeout", *timeout, "How long to wait for the answers: 500ms, 5s (default)").type("TIME");
  return {command.app(), [timeout](Session& session) { return run(session, *timeout); }};
}

}  // namespace penstock::cli
