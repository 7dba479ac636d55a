#include "config/tools.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "config/datasources.hpp"
#include "config/keys.hpp"
#include "config/tool_parameters.hpp"
#include "config/tool_statement.hpp"
#include "config/value_reader.hpp"
#include "core/ascii_case.hpp"

namespace penstock::config {

namespace {

constexpr std::int64_t kMostRows = 1'000'000'000'000;
constexpr std::size_t kMaxStatementBytes = 1 << 20;

class ToolReader {
 public:
  ToolReader(std::span<const DatasourceReading> datasources, std::span<const TypeSpec> types,
             ValueReader& reader)
      : datasources_(datasources), types_(types), reader_(reader) {
    for (const DatasourceReading& reading : datasources) {
      for (const LogicalDatabase& database : reading.config.databases)
        databases_.push_back(database.name);
    }
  }

  void read(const Node& item) {
    if (item.kind != NodeKind::map) {
      return add(item.place, fmt::format("a tool must be a map with {}, found {}", listed(kRequired),
                                         describe(item.kind)));
    }
    ToolConfig tool;
    ParameterPlaces places;
    std::optional<Text> statement;
    for (const Entry& entry : item.entries) {
      if (entry.key == "name") {
        read_name(entry, tool);
      } else if (entry.key == "description") {
        tool.description =
            filled_text(entry, "what the tool answers, for the agent that chooses").value_or(Text{}).value;
      } else if (entry.key == "database") {
        read_database(entry, tool);
      } else if (entry.key == "statement") {
        statement = read_statement(entry, tool);
      } else if (entry.key == "parameters") {
        tool.parameters = read_tool_parameters(*entry.value, places, reader_);
      } else if (entry.key == "max_rows") {
        read_max_rows(entry, tool);
      } else {
        report_unknown_key(entry, "a tool", kKeys, reader_.problems());
      }
    }
    for (const std::string& key : kRequired) {
      if (item.find(key) == nullptr) add(item.place, fmt::format("a tool needs `{}`", key));
    }
    if (statement && places.complete)
      check_placeholders(*statement, places, marks_of(tool.database), tool, reader_);
    tools_.push_back(std::move(tool));
  }

  std::vector<ToolConfig> take() { return std::move(tools_); }

 private:
  static inline const std::vector<std::string> kRequired{"name", "description", "database", "statement"};
  static inline const std::vector<std::string> kKeys{"name",      "description", "database",
                                                     "statement", "parameters",  "max_rows"};

  void add(Place where, std::string message) { reader_.problems().add(where, std::move(message)); }

  std::optional<Text> filled_text(const Entry& entry, std::string_view meaning) {
    auto text = reader_.clean_text(*entry.value, entry.key, meaning);
    if (!text || !text->value.empty()) return text;
    reader_.refuse(*text, entry.key, fmt::format("must not be empty: it is {}", meaning), Showing::forbidden);
    return std::nullopt;
  }

  void read_name(const Entry& entry, ToolConfig& tool) {
    const auto text = reader_.clean_text(*entry.value, "name", "a name");
    if (!text) return;
    if (!is_valid_name(text->value)) return reader_.refuse(*text, "name", kNameRule, Showing::allowed);
    if (std::ranges::find(kReservedToolNames, text->value) != kReservedToolNames.end()) {
      return reader_.refuse(*text, "name", "must not be that of a tool that Penstock has", Showing::allowed);
    }
    const auto [first, is_new] = names_.try_emplace(ascii_lower(text->value), text->place);
    if (!is_new) {
      return reader_.refuse(
          *text, "name",
          fmt::format("must be unique, whatever the case; the first is on line {}", first->second.line),
          Showing::allowed);
    }
    tool.name = text->value;
  }

  void read_database(const Entry& entry, ToolConfig& tool) {
    const auto text = reader_.clean_text(*entry.value, "database", "a logical database");
    if (!text) return;
    const bool all_known =
        !datasources_.empty() && std::ranges::all_of(datasources_, &DatasourceReading::databases_known);
    if (std::ranges::find(databases_, text->value) != databases_.end()) {
      tool.database = text->value;
    } else if (all_known) {
      const bool is_shown = text->variables.empty() && !reader_.problems().full();
      reader_.refuse(*text, "database", "must be a logical database of datasources.yaml", Showing::allowed,
                     is_shown ? did_you_mean(text->value, databases_) : std::string());
    }
  }

  std::optional<Text> read_statement(const Entry& entry, ToolConfig& tool) {
    auto text = filled_text(entry, "one statement in the database's own SQL");
    if (!text) return std::nullopt;
    if (text->value.size() > kMaxStatementBytes) {
      reader_.refuse(*text, "statement", "must be at most 1 MiB long", Showing::forbidden);
      return std::nullopt;
    }
    tool.statement = text->value;
    return text;
  }

  void read_max_rows(const Entry& entry, ToolConfig& tool) {
    const SettingSpec spec{.name = "max_rows", .kind = SettingKind::integer, .min = 1, .max = kMostRows};
    if (const auto value = reader_.setting(*entry.value, spec))
      tool.max_rows = std::get<std::int64_t>(*value);
  }

  // Without its database, a statement is read as most engines would read it.
  [[nodiscard]] ParameterMarks marks_of(std::string_view database) const {
    for (const DatasourceReading& reading : datasources_) {
      if (std::ranges::find(reading.config.databases, database, &LogicalDatabase::name) ==
          reading.config.databases.end()) {
        continue;
      }
      const auto type = std::ranges::find(types_, reading.config.type, &TypeSpec::name);
      if (type != types_.end()) return type->marks;
    }
    return ParameterMarks::any;
  }

  std::span<const DatasourceReading> datasources_;
  std::span<const TypeSpec> types_;
  ValueReader& reader_;
  std::vector<std::string> databases_;
  std::map<std::string, Place> names_;  // in small letters
  std::vector<ToolConfig> tools_;
};

}  // namespace

std::vector<ToolConfig> read_tools(const Node& root, std::span<const DatasourceReading> datasources,
                                   std::span<const TypeSpec> types, ValueReader& reader) {
  const Entry* section = find_section(root, "tools", reader.problems());
  if (section == nullptr) return {};
  if (section->value->kind != NodeKind::list) {
    reader.problems().add(section->value->place, fmt::format("`tools` must be a list of tools, found {}",
                                                             describe(section->value->kind)));
    return {};
  }
  ToolReader tools(datasources, types, reader);
  for (const Node* item : section->value->items)
    tools.read(*item);
  return tools.take();
}

}  // namespace penstock::config
