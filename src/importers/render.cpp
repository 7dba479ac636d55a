#include "importers/render.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "config/scalar.hpp"
#include "config/server.hpp"
#include "importers/yaml_text.hpp"

namespace penstock::importers {

namespace {

int next_line(const std::string& text) {
  return static_cast<int>(std::ranges::count(text, '\n')) + 1;
}

void append_databases(std::string& out, const std::vector<LogicalDatabase>& databases) {
  out += "    databases:\n";
  for (const LogicalDatabase& database : databases) {
    out += database.name == database.physical
               ? fmt::format("      - {}\n", quoted_yaml(database.name))
               : fmt::format("      - {{name: {}, schema: {}}}\n", quoted_yaml(database.name),
                             quoted_yaml(database.physical));
  }
}

void append_source(std::string& out, const PlannedSource& source) {
  out += fmt::format("\n  {}:\n    type: {}\n", quoted_yaml(source.name), source.type->name);
  if (!source.description.empty())
    out += fmt::format("    description: {}", yaml_value(source.description, 6));
  if (!source.enabled) out += "    enabled: false\n";
  if (source.access == Access::read_write) out += "    access: read_write\n";
  if (!source.connection.empty()) out += "    connection:\n";
  for (const auto& [key, value] : source.connection)
    out += fmt::format("      {}: {}\n", key, quoted_yaml(value));
  if (source.statement_timeout) {
    out += fmt::format("    statement_timeout: {}\n",
                       config::format_duration(source.statement_timeout->count()));
  }
  if (source.max_rows) out += fmt::format("    limits: {{max_rows: {}}}\n", *source.max_rows);
  append_databases(out, source.databases);
}

void append_parameter(std::string& out, const PlannedParameter& parameter) {
  out += fmt::format("      - name: {}\n", quoted_yaml(parameter.name));
  for (const auto& [key, value] : parameter.keys)
    out += fmt::format("        {}: {}", key, yaml_value(value, 10));
  if (parameter.allowed_values.empty()) return;
  out += "        allowed_values:\n";
  for (const std::string& value : parameter.allowed_values)
    out += fmt::format("          - {}\n", quoted_yaml(value));
}

void append_tool(std::string& out, const PlannedTool& tool) {
  out += fmt::format("\n  - name: {}\n    description: {}    database: {}\n    statement: {}",
                     quoted_yaml(tool.name), yaml_value(tool.description, 6), quoted_yaml(tool.source),
                     yaml_value(tool.statement, 6));
  if (tool.max_rows) out += fmt::format("    max_rows: {}\n", *tool.max_rows);
  if (!tool.parameters.empty()) out += "    parameters:\n";
  for (const PlannedParameter& parameter : tool.parameters)
    append_parameter(out, parameter);
}

std::string head(const Plan& plan, std::string_view what) {
  return fmt::format("# {}\n# Imported from {}; docs/configuration.md describes every key.\n\n", what,
                     plan.file.filename().string());
}

}  // namespace

std::size_t Rendered::entry_at(int line) const noexcept {
  const auto behind = std::ranges::upper_bound(first_lines, line);
  return behind == first_lines.begin() ? first_lines.size()
                                       : static_cast<std::size_t>(behind - first_lines.begin()) - 1;
}

Rendered render_datasources(const Plan& plan) {
  Rendered rendered{head(plan, "Where the databases are.") + "datasources:\n", {}};
  for (const PlannedSource& source : plan.sources) {
    rendered.first_lines.push_back(next_line(rendered.text));
    append_source(rendered.text, source);
  }
  return rendered;
}

Rendered render_tools(const Plan& plan) {
  Rendered rendered{head(plan, "Tools for agents, each one statement with typed parameters.") + "tools:\n",
                    {}};
  for (const PlannedTool& tool : plan.tools) {
    rendered.first_lines.push_back(next_line(rendered.text));
    append_tool(rendered.text, tool);
  }
  return rendered;
}

std::string render_summary(const Plan& plan) {
  std::string entries;
  for (const PlannedSource& source : plan.sources) {
    if (source.description.empty()) continue;
    entries += fmt::format("\n  - id: {}\n    datasource: {}\n    description: {}", quoted_yaml(source.name),
                           quoted_yaml(source.name), yaml_value(source.description, 6));
  }
  if (entries.empty()) return entries;
  return head(plan, "What the databases hold, for agents and people.") + "data_sources:\n" + entries;
}

std::string render_server(const Plan& plan) {
  const config::ServerConfig defaults;
  std::int64_t rows = defaults.max_rows;
  auto timeout = std::chrono::milliseconds(defaults.timeout);
  for (const PlannedSource& source : plan.sources) {
    rows = std::max(rows, source.max_rows.value_or(0));
    timeout = std::max(timeout, source.statement_timeout.value_or(timeout));
  }
  for (const PlannedTool& tool : plan.tools)
    rows = std::max(rows, tool.max_rows.value_or(0));
  std::string limits;
  if (rows > defaults.max_rows) limits += fmt::format("    max_rows: {}\n", rows);
  if (timeout > defaults.timeout)
    limits += fmt::format("    timeout: {}\n", config::format_duration(timeout.count()));
  if (limits.empty()) return limits;
  return head(plan, "How `penstock serve` listens, and what it lets through.") +
         "server:\n  # As wide as the widest of what was imported.\n  limits:\n" + limits;
}

}  // namespace penstock::importers
