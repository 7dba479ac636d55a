#include "importers/finish.hpp"

#include <algorithm>
#include <expected>
#include <map>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "config/keys.hpp"
#include "config/sources.hpp"
#include "core/ascii_case.hpp"
#include "importers/render.hpp"

namespace penstock::importers {

namespace {

using config::in_backticks;

std::string called(const PlannedSource& source) {
  return fmt::format("source {}", in_backticks(source.name));
}

std::string called(const PlannedTool& tool) {
  return fmt::format("tool {}", in_backticks(tool.name));
}

/// Takes out of a plan what would be refused.
class Settling {
 public:
  Settling(Plan& plan, const DataSourceRegistry& registry) : plan_(plan), registry_(registry) {
    for (const DataSourceType& type : registry.types())
      types_.push_back(type.spec);
  }

  void run() {
    // Each round takes something out or adds a database, of which there are few.
    while (drop_unreadable() || drop_refused()) {
    }
  }

 private:
  // What our own reader says to the files. Whether something was taken out.
  bool drop_unreadable() {
    const Rendered datasources = render_datasources(plan_);
    const Rendered tools = render_tools(plan_);
    config::Sources sources;
    sources.datasources = datasources.text;
    if (!plan_.tools.empty()) sources.tools = tools.text;
    // That a variable is not set on this machine is no mistake of the file.
    for (const std::string& name : plan_.variables)
      sources.unreadable.insert(name);
    for (const auto& [name, value] : plan_.secrets.values())
      sources.unreadable.insert(name);
    std::vector<config::Problem> problems;
    configuration_ = config::parse_serving_configuration(sources, types_, problems).datasources;
    if (plan_.sources.empty()) problems.clear();  // the empty map is a mistake that is told otherwise
    std::map<std::size_t, std::string> bad_sources;
    std::map<std::size_t, std::string> bad_tools;
    for (const config::Problem& problem : problems) {
      const bool is_tool = problem.where.file.filename() == "tools.yaml";
      (is_tool ? bad_tools : bad_sources)
          .try_emplace((is_tool ? tools : datasources).entry_at(problem.where.line), problem.message);
    }
    const std::size_t before = plan_.sources.size() + plan_.tools.size();
    // From the end, so that the places of the others hold.
    for (auto source = bad_sources.rbegin(); source != bad_sources.rend(); ++source)
      drop_source(source->first, source->second);
    for (auto tool = bad_tools.rbegin(); tool != bad_tools.rend(); ++tool)
      drop_tool(tool->first, tool->second);
    drop_tools_without_source();
    return plan_.sources.size() + plan_.tools.size() < before;
  }

  void drop_source(std::size_t index, const std::string& why) {
    if (index >= plan_.sources.size()) return;
    const PlannedSource& source = plan_.sources[index];
    plan_.lose(source.place, called(source), why);
    plan_.sources.erase(plan_.sources.begin() + static_cast<std::ptrdiff_t>(index));
  }

  void drop_tool(std::size_t index, const std::string& why, const std::string& instead = {}) {
    if (index >= plan_.tools.size()) return;
    const PlannedTool& tool = plan_.tools[index];
    plan_.lose(tool.place, called(tool), why, instead);
    plan_.tools.erase(plan_.tools.begin() + static_cast<std::ptrdiff_t>(index));
  }

  void drop_tools_without_source() {
    std::erase_if(plan_.tools, [&](const PlannedTool& tool) {
      if (plan_.find_source(tool.source) != nullptr) return false;
      plan_.lose(tool.place, called(tool),
                 fmt::format("its source {} was not carried over", in_backticks(tool.source)));
      return true;
    });
  }

  // What the analysis of statements says to the tools. Whether something changed.
  bool drop_refused() {
    drivers_.clear();
    for (std::size_t i = 0; i < plan_.tools.size(); ++i) {
      PlannedTool& tool = plan_.tools[i];
      PlannedSource* source = plan_.find_source(tool.source);
      if (source == nullptr) continue;
      const DataSource* driver = tool.plain_statement.empty() ? nullptr : driver_of(*source);
      if (driver == nullptr && tool.must_read && source->access == Access::read_write) {
        drop_tool(i, "what its statement does is not known here, and its `readonly = true` forbids to write");
        return true;
      }
      if (driver == nullptr) continue;
      const Access access = tool.must_read ? Access::read_only : source->access;
      const auto analysis = driver->analyze({tool.plain_statement, source->name, access});
      const bool writes = analysis ? analysis->may_write : analysis.error().code == ErrorCode::read_only;
      if (writes && access == Access::read_only) {
        if (tool.must_read)
          drop_tool(i, "its statement may write, which its `readonly = true` forbids");
        else
          drop_tool(i, "its statement may write, and the datasource is read-only", advice_to_write(*source));
        return true;
      }
      if (!analysis) {
        drop_tool(i, analysis.error().message, analysis.error().hint);
        return true;
      }
      if (map_schemas(*source, *analysis, i)) return true;
    }
    return false;
  }

  static std::string advice_to_write(const PlannedSource& source) {
    if (only_reads(*source.type)) return {};
    return fmt::format(
        "import again with `--read-write {}` if agents are to write there, by `execute_query` too where a "
        "principals.yaml does not keep them from it",
        source.name);
  }

  // Schemas that a statement names must be logical databases: they become some, or the tool is dropped.
  // Whether something changed.
  bool map_schemas(PlannedSource& source, const Analysis& analysis, std::size_t tool) {
    bool added = false;
    for (const std::string& qualifier : analysis.qualifiers) {
      if (!analysis.qualifiers_are_certain || knows(source, qualifier)) continue;
      const PlannedSource* owner = owner_of(qualifier);
      if (owner != nullptr || !config::is_valid_name(qualifier)) {
        drop_tool(tool, fmt::format("its statement names the schema {}, and {}", in_backticks(qualifier),
                                    owner != nullptr
                                        ? fmt::format("a database of that name is in the datasource {}",
                                                      in_backticks(owner->name))
                                        : "a logical database cannot have that name"));
        return true;
      }
      source.databases.push_back({qualifier, qualifier});
      plan_.change(source.place, called(source),
                   fmt::format("its schema {} became a logical database of its own, as tools name it",
                               in_backticks(qualifier)));
      added = true;
    }
    return added;
  }

  static bool knows(const PlannedSource& source, std::string_view name) {
    return std::ranges::any_of(source.databases, [&](const LogicalDatabase& database) {
      return equal_ignoring_case(database.name, name);
    });
  }
  [[nodiscard]] const PlannedSource* owner_of(std::string_view name) const {
    const auto found =
        std::ranges::find_if(plan_.sources, [&](const PlannedSource& source) { return knows(source, name); });
    return found == plan_.sources.end() ? nullptr : &*found;
  }

  // The driver of a source, made from what was read; null when it cannot be made without the variables.
  const DataSource* driver_of(const PlannedSource& source) {
    const auto [entry, is_new] = drivers_.try_emplace(source.name);
    if (!is_new) return entry->second.get();
    const auto read = std::ranges::find(configuration_.datasources, source.name, &DataSourceConfig::name);
    const DataSourceType* type = registry_.find(source.type->name);
    if (read == configuration_.datasources.end() || type == nullptr || !type->create) return nullptr;
    DataSourceConfig config = *read;
    fill_in(config, type->spec, source);
    auto made = type->create(config);
    if (made) entry->second = std::move(*made);
    return entry->second.get();
  }

  // Variables have no values here, and a driver wants its settings; the analysis of a statement needs none.
  static void fill_in(DataSourceConfig& config, const TypeSpec& spec, const PlannedSource& source) {
    for (const SettingSpec& setting : spec.connection) {
      const bool is_given =
          std::ranges::any_of(source.connection, [&](const auto& key) { return key.first == setting.name; });
      if (!is_given || config.connection.has(setting.name)) continue;
      if (setting.kind == SettingKind::text) config.connection.set(setting.name, std::string("unknown"));
      if (setting.kind == SettingKind::secret) config.connection.set(setting.name, Secret("unknown"));
      if (setting.kind == SettingKind::path)
        config.connection.set(setting.name, std::filesystem::path("unknown.sqlite"));
    }
  }

  Plan& plan_;
  const DataSourceRegistry& registry_;
  std::vector<TypeSpec> types_;
  config::Configuration configuration_;
  std::map<std::string, std::unique_ptr<DataSource>, std::less<>> drivers_;
};

// Here agents may read whatever a datasource lets them.
void tell_of_new_ways(Plan& plan) {
  NamedSources opened;
  for (const PlannedSource& source : plan.sources) {
    if (!source.takes_sql) opened.add(source);
  }
  if (opened.first == nullptr) return;
  plan.change(
      opened.first->place, fmt::format("what agents may ask of {}", opened.names),
      "the file has tools of its own for it alone, and `execute_query` takes any statement that reads",
      "write a principals.yaml with the `tools` that each caller may use");
}

std::string env_example(const Plan& plan, const Imported& imported) {
  std::string out =
      "# Variables that this configuration names. Copy what you need to .env, which is for its owner's eyes "
      "alone;\n# the process environment wins over it.\n\n";
  for (const std::string& name : imported.variables)
    out += fmt::format("#{}=\n", name);
  for (const auto& [name, value] : imported.secrets)
    out += fmt::format("#{}=\n", name);
  if (imported.variables.empty() && imported.secrets.empty())
    out += fmt::format("# None of them must be set: {} names none without a default.\n",
                       plan.file.filename().string());
  return out;
}

}  // namespace

Outcome refuse(config::FileProblems problems) {
  std::vector<config::Problem> all;
  std::move(problems).append_to(all);
  return std::unexpected(std::move(all));
}

Imported finish(Plan plan, const DataSourceRegistry& registry) {
  Settling(plan, registry).run();
  tell_of_new_ways(plan);
  Imported imported;
  std::string all;
  const auto add = [&](std::string_view name, std::string text) {
    all += text;
    imported.files.push_back({std::string(name), std::move(text), false});
  };
  add("datasources.yaml", render_datasources(plan).text);
  if (std::string summary = render_summary(plan); !summary.empty()) add("summary.yaml", std::move(summary));
  if (std::string server = render_server(plan); !server.empty()) add("server.yaml", std::move(server));
  if (!plan.tools.empty()) add("tools.yaml", render_tools(plan).text);
  // What was dropped needs no values.
  const auto used = names_of_variables(all);
  for (const std::string& name : plan.variables) {
    const bool has_value =
        std::ranges::any_of(plan.secrets.values(), [&](const auto& secret) { return secret.first == name; });
    if (used.contains(name) && !has_value) imported.variables.push_back(name);
  }
  for (const auto& secret : plan.secrets.values())
    if (used.contains(secret.first)) imported.secrets.push_back(secret);
  imported.files.push_back({".env.example", env_example(plan, imported), false});
  for (const PlannedSource& source : plan.sources)
    imported.sources.push_back(source.name);
  for (const PlannedTool& tool : plan.tools)
    imported.tools.push_back(tool.name);
  std::ranges::stable_sort(plan.findings, {}, &Finding::where);
  imported.findings = std::move(plan.findings);
  return imported;
}

}  // namespace penstock::importers
