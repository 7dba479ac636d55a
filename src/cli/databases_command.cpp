// penstock databases: what can be queried.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/json_document.hpp"
#include "cli/name_list.hpp"
#include "cli/text_table.hpp"

namespace penstock::cli {

namespace {

std::string as_json(const std::vector<DatabaseInfo>& databases, bool pretty) {
  JsonDocument json(pretty);
  json.begin_object().member("success", true).key("databases").begin_array();
  for (const DatabaseInfo& info : databases) {
    json.begin_object()
        .member("id", info.id)
        .member("name", info.name)
        .member("description", info.description)
        .member("datasource", info.datasource)
        .member("type", info.type)
        .member("access", to_string(info.access))
        .member("available", info.available);
    if (!info.available) json.member("unavailable_reason", info.unavailable_reason);
    if (!info.extra.empty()) {
      json.key("extra").begin_object();
      for (const auto& [key, yaml] : info.extra)
        json.member(key, yaml);
      json.end_object();
    }
    json.end_object();
  }
  return json.end_array().end_object().take();
}

std::string as_table(const std::vector<DatabaseInfo>& databases, const Console& console) {
  TextTable table({"database", "name", "datasource", "type", "access", "available", "description"});
  for (const DatabaseInfo& info : databases) {
    table.add({info.id, info.name == info.id ? std::string() : info.name, info.datasource, info.type,
               std::string(to_string(info.access)), info.available ? std::string() : "no", info.description});
  }
  table.drop_empty_columns();
  return table.to_text(console);
}

ExitStatus run(Session& session, bool names_only) {
  const auto format = session.report_format();
  if (!format) return session.fail_usage(format.error());
  const auto manager = session.load();
  if (!manager) return session.fail_usage(manager.error());
  const std::vector<DatabaseInfo> databases = (*manager)->databases();
  if (names_only) {
    std::vector<std::string> names;
    names.reserve(databases.size());
    for (const DatabaseInfo& info : databases)
      names.push_back(info.id);
    return session.print(name_list(names, "databases", *format, session.console()));
  }
  if (*format == ReportFormat::json)
    return session.print(as_json(databases, session.console().out().is_terminal));
  if (databases.empty()) session.console().note("the configuration has no databases");
  return session.print(databases.empty() ? std::string() : as_table(databases, session.console()));
}

constexpr const char* kDescription =
    "Lists the logical databases\n"
    "Reads the configuration only; `penstock check` asks the datasources too.";

constexpr const char* kFooter =
    "Examples:\n"
    "  penstock databases\n"
    "  penstock databases --names\n"
    "  penstock databases --format json | jq -r '.databases[].id'\n"
    "\n"
    "Exit status: 0 done, 2 usage or configuration.\n";

}  // namespace

Command add_databases(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand("databases", kDescription);
  auto names_only = std::make_shared<bool>(false);
  app->add_flag("--names", *names_only, "The names alone, one a line");
  app->footer(kFooter);
  return {app, [names_only](Session& session) { return run(session, *names_only); }};
}

}  // namespace penstock::cli
