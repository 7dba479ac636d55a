// DBHub's dbhub.toml and its connection strings.

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "config/scalar.hpp"
#include "importers/dbhub_sources.hpp"
#include "importers/finish.hpp"
#include "importers/import.hpp"
#include "importers/tool_builder.hpp"
#include "importers/tree.hpp"

namespace penstock::importers {

namespace {

using config::Entry;
using config::in_backticks;
using config::Node;
using config::NodeKind;

constexpr ParameterNames kNames{
    .allowed_values = "allowed_values", .excluded_values = {}, .minimum = {}, .maximum = {}};

struct Builtin {
  std::string_view name;
  std::string_view ours;
};

constexpr std::array kBuiltins{
    Builtin{"execute_sql", "`execute_query`"}, Builtin{"search_objects", "`search_schema`"},
    Builtin{"explain_sql", "`explain_query`"},
    Builtin{"health_check", "`penstock check`, and GET /v1/datasources?probe=true"}};

class ToolReader {
 public:
  ToolReader(const Node& node, Plan& plan) : node_(node), plan_(plan), name_(text_at(node, "name")) {}

  void read() {
    PlannedSource* source = plan_.find_source(text_at(node_, "source"));
    if (source == nullptr) {
      return lose(node_.place,
                  fmt::format("its source {} was not carried over", in_backticks(text_at(node_, "source"))));
    }
    read_max_rows();
    const auto builtin = std::ranges::find(kBuiltins, name_, &Builtin::name);
    if (builtin == kBuiltins.end()) return carry(*source);
    plan_.replace(node_.place, what(),
                  name_ == "health_check" ? std::string(builtin->ours)
                                          : fmt::format("{}, with the argument `\"database\": \"{}\"`",
                                                        builtin->ours, source->name));
    if (name_ == "execute_sql") {
      source->takes_sql = true;
      read_limits(*source);
    }
  }

 private:
  [[nodiscard]] std::string what() const { return fmt::format("tool {}", in_backticks(name_)); }
  void lose(config::Place where, std::string why, std::string_view instead = {}) {
    plan_.lose(where, what(), std::move(why), std::string(instead));
  }

  void read_max_rows() {
    const Entry* entry = node_.find("max_rows");
    if (entry == nullptr) return;
    max_rows_ = config::parse_integer(entry->value->text);
    if (max_rows_ && *max_rows_ > 0) return;
    max_rows_.reset();
    lose(entry->place, "its `max_rows` is no number of rows");
  }

  // What holds for whatever an agent runs there.
  void read_limits(PlannedSource& source) {
    if (max_rows_) source.max_rows = max_rows_;
    const std::string_view readonly = text_at(node_, "readonly");
    if (readonly == "true" && !source.access_is_given) source.access = Access::read_only;
    if (readonly == "true" || source.must_read || source.access == Access::read_write) return;
    if (readonly == "false") {
      source.access = Access::read_write;
      return plan_.change(node_.place, what(),
                          fmt::format("agents may write to the datasource {}, as `readonly = false` says",
                                      in_backticks(source.name)),
                          "remove `access: read_write` there if they should not");
    }
    plan_.change(
        node_.place, what(),
        fmt::format("agents could write there, as nothing says `readonly`; the datasource {} is read-only",
                    in_backticks(source.name)),
        fmt::format("import again with `--read-write {}` if agents are to write", source.name));
  }

  bool check_keys() {
    constexpr std::array<std::string_view, 7> kKnown{"name",       "source",   "description", "statement",
                                                     "parameters", "max_rows", "readonly"};
    for (const Entry& entry : node_.entries) {
      if (std::ranges::find(kKnown, entry.key) != kKnown.end()) continue;
      lose(entry.place, fmt::format("its {} has no counterpart here", in_backticks(entry.key)));
      return false;
    }
    return true;
  }

  void carry(const PlannedSource& source) {
    if (!check_keys()) return;
    auto tool = carry_tool(name_, source.name, node_, node_.place, kNames, plan_);
    if (!tool) return lose(tool.error().where, tool.error().why, tool.error().instead);
    tool->max_rows = max_rows_;
    tool->must_read = text_at(node_, "readonly") == "true";
    plan_.tools.push_back(*std::move(tool));
  }

  const Node& node_;
  Plan& plan_;
  std::string name_;
  std::optional<std::int64_t> max_rows_;
};

// A source that no tool names has the built-in ones, which write.
void offer_sql(Plan& plan, const std::vector<const Node*>& tools) {
  NamedSources writing;
  for (PlannedSource& source : plan.sources) {
    source.takes_sql = std::ranges::none_of(
        tools, [&](const Node* tool) { return text_at(*tool, "source") == source.name; });
    if (!source.takes_sql || source.must_read || source.access == Access::read_write) continue;
    writing.add(source);
  }
  if (writing.first == nullptr) return;
  plan.change(writing.first->place, fmt::format("access to {}", writing.names),
              "agents could write there, as nothing says `readonly`; here they read",
              fmt::format("import again with `--read-write {}`, and so on, if they are to write",
                          writing.first->name));
}

// The tables of a list; what is none is a problem.
std::vector<const Node*> tables_of(const Node& root, std::string_view key, config::FileProblems& problems) {
  const Entry* entry = root.find(key);
  if (entry == nullptr) return {};
  const bool are_tables =
      entry->value->kind == NodeKind::list &&
      std::ranges::all_of(entry->value->items, [](const Node* item) { return item->kind == NodeKind::map; });
  if (are_tables) return entry->value->items;
  problems.add(entry->place, fmt::format("`{}` must be tables, each begun by `[[{}]]`", key, key));
  return {};
}

}  // namespace

Outcome import_dbhub(std::string_view text, const std::filesystem::path& file,
                     const DataSourceRegistry& registry, const ImportOptions& options) {
  config::FileProblems problems(file);
  Plan plan(file, VariableStyle::without_defaults, names_of_variables(text));
  if (const auto tree = Tree::read_toml(text, problems)) {
    const Node& root = *tree->documents().front();
    const auto sources = tables_of(root, "sources", problems);
    const auto tools = tables_of(root, "tools", problems);
    if (problems.count() == 0 && sources.empty())
      problems.add("this is no file of DBHub: it has no `[[sources]]`");
    if (problems.count() == 0) {
      for (const Node* source : sources)
        carry_dbhub_source(*source, registry, plan);
      plan.let_write(options, problems);
      offer_sql(plan, tools);
      for (const Node* tool : tools)
        ToolReader(*tool, plan).read();
      for (const Entry& entry : root.entries) {
        if (entry.key != "sources" && entry.key != "tools")
          plan.lose(entry.place, in_backticks(entry.key), "it has no counterpart here");
      }
      if (problems.count() == 0) return finish(std::move(plan), registry);
    }
  }
  return refuse(std::move(problems));
}

Outcome import_dsn(std::string_view dsn, const DataSourceRegistry& registry, const ImportOptions& options) {
  Plan plan("the connection string", VariableStyle::without_defaults, names_of_variables(dsn));
  carry_dsn(dsn, "default", registry, plan);
  config::FileProblems problems(plan.file);
  plan.let_write(options, problems);
  if (problems.count() > 0) return refuse(std::move(problems));
  offer_sql(plan, {});
  return finish(std::move(plan), registry);
}

}  // namespace penstock::importers
