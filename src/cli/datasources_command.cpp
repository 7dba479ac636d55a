// penstock datasources: where the logical databases live, as configured.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command.hpp"
#include "cli/json_document.hpp"
#include "cli/name_list.hpp"
#include "cli/text_table.hpp"

namespace penstock::cli {

namespace {

std::string as_json(const std::vector<DataSourceInfo>& datasources, bool pretty) {
  JsonDocument json(pretty);
  json.begin_object().member("success", true).key("datasources").begin_array();
  for (const DataSourceInfo& info : datasources) {
    json.begin_object()
        .member("name", info.name)
        .member("type", info.type)
        .member("description", info.description)
        .member("access", to_string(info.access))
        .member("enabled", info.state != DataSourceState::disabled);
    if (info.state == DataSourceState::disabled) json.member("disabled_reason", info.state_reason);
    json.key("nodes").begin_array();
    for (const auto& [node, pool] : info.pools) {
      json.begin_object()
          .member("name", node)
          .member("min_pool_size", pool.min_size)
          .member("max_pool_size", pool.max_size)
          .end_object();
    }
    json.end_array().member("databases", std::span<const std::string>(info.databases)).end_object();
  }
  return json.end_array().end_object().take();
}

std::string pool_sizes(const DataSourceInfo& info) {
  std::vector<std::string> sizes;
  for (const auto& [node, pool] : info.pools) {
    const std::string range = fmt::format("{}-{}", pool.min_size, pool.max_size);
    sizes.push_back(info.pools.size() == 1 ? range : fmt::format("{} {}", node, range));
  }
  return fmt::format("{}", fmt::join(sizes, ", "));
}

std::string as_table(const std::vector<DataSourceInfo>& datasources, const Console& console) {
  TextTable table({"datasource", "type", "access", "pool", "state", "databases", "description"});
  for (const DataSourceInfo& info : datasources) {
    table.add({info.name, info.type, std::string(to_string(info.access)), pool_sizes(info),
               info.state == DataSourceState::disabled ? "disabled" : std::string(),
               fmt::format("{}", fmt::join(info.databases, ", ")), info.description});
  }
  table.drop_empty_columns();
  return table.to_text(console);
}

ExitStatus run(Session& session, bool names_only) {
  const auto format = session.report_format();
  if (!format) return session.fail_usage(format.error());
  const auto manager = session.load();
  if (!manager) return session.fail_usage(manager.error());
  const std::vector<DataSourceInfo> datasources = (*manager)->datasources();
  if (names_only) {
    std::vector<std::string> names;
    names.reserve(datasources.size());
    for (const DataSourceInfo& info : datasources)
      names.push_back(info.name);
    return session.print(name_list(names, "datasources", *format, session.console()));
  }
  if (*format == ReportFormat::json)
    return session.print(as_json(datasources, session.console().out().is_terminal));
  if (datasources.empty()) session.console().note("the configuration has no datasources");
  return session.print(datasources.empty() ? std::string() : as_table(datasources, session.console()));
}

constexpr const char* kDescription =
    "Lists the datasources and the databases in each\n"
    "Reads the configuration only; `penstock check` asks the datasources too.";

constexpr const char* kFooter =
    "Examples:\n"
    "  penstock datasources\n"
    "  penstock datasources --format json | jq '.datasources[] | {name, databases}'\n"
    "\n"
    "Exit status: 0 done, 2 usage or configuration.\n";

}  // namespace

Command add_datasources(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand("datasources", kDescription);
  auto names_only = std::make_shared<bool>(false);
  app->add_flag("--names", *names_only, "The names alone, one a line");
  app->footer(kFooter);
  return {app, [names_only](Session& session) { return run(session, *names_only); }};
}

}  // namespace penstock::cli
