#include "importers/toolbox_tools.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "importers/tool_builder.hpp"

namespace penstock::importers {

namespace {

using config::Entry;
using config::in_backticks;
using config::NodeKind;

constexpr ParameterNames kNames{.allowed_values = "allowedValues",
                                .excluded_values = "excludedValues",
                                .minimum = "minValue",
                                .maximum = "maxValue",
                                .values_are_expressions = true};

// Types of tools that are one statement.
constexpr std::array<std::string_view, 4> kStatements{"postgres-sql", "sqlite-sql", "mysql-sql",
                                                      "duckdb-sql"};

struct Builtin {
  std::string_view type;
  std::string_view ours;
};

constexpr std::array kBuiltins{
    Builtin{"postgres-execute-sql", "execute_query"},  Builtin{"sqlite-execute-sql", "execute_query"},
    Builtin{"mysql-execute-sql", "execute_query"},     Builtin{"postgres-list-tables", "search_schema"},
    Builtin{"mysql-list-tables", "search_schema"},     Builtin{"postgres-list-views", "search_schema"},
    Builtin{"postgres-list-indexes", "search_schema"}, Builtin{"postgres-list-schemas", "list_databases"},
    Builtin{"mysql-get-query-plan", "explain_query"}};

struct Unsupported {
  std::string_view key;
  std::string_view why;
  std::string_view instead;
};

constexpr std::array kUnsupported{
    Unsupported{"templateParameters", "a statement here is fixed, so nothing can become a part of its text",
                "write a tool for each of the tables or columns, or leave the statement to `execute_query`"},
    Unsupported{"authRequired", "it is for some callers alone, and would be offered to all",
                "let callers have keys of their own, with the tools that each may use, and add it by hand"},
    Unsupported{"scopesRequired", "it is for some callers alone, and would be offered to all",
                "let callers have keys of their own, with the tools that each may use, and add it by hand"}};

class ToolReader {
 public:
  ToolReader(const ToolboxItem& item, Plan& plan) : item_(item), plan_(plan) {}

  void read() {
    const std::string_view source = text_at(*item_.node, "source");
    if (plan_.find_source(source) == nullptr) {
      return lose(item_.place,
                  source.empty()
                      ? fmt::format("tools of the type {} have no counterpart here", in_backticks(item_.type))
                      : fmt::format("its source {} was not carried over", in_backticks(source)));
    }
    const auto builtin = std::ranges::find(kBuiltins, item_.type, &Builtin::type);
    if (builtin != kBuiltins.end()) {
      plan_.replace(item_.place, what(),
                    fmt::format("`{}`, with the argument `\"database\": \"{}\"`", builtin->ours, source));
      if (builtin->ours == "execute_query") take_sql(*plan_.find_source(source));
      return;
    }
    if (std::ranges::find(kStatements, item_.type) == kStatements.end()) {
      const bool looks_at_server = item_.type.starts_with("postgres-") || item_.type.starts_with("mysql-");
      return lose(
          item_.place,
          looks_at_server
              ? "it shows what the server knows of itself and of other sessions, which is "
                "kept from agents"
              : fmt::format("tools of the type {} have no counterpart here", in_backticks(item_.type)),
          looks_at_server ? "watch the server beside Penstock; `penstock check` and /metrics have what "
                            "Penstock knows"
                          : "");
    }
    if (check_keys()) carry(source);
  }

 private:
  // Theirs writes, too.
  void take_sql(PlannedSource& source) {
    source.takes_sql = true;
    if (source.access == Access::read_write) return;
    plan_.change(
        item_.place, what(),
        fmt::format("agents could write there with it; the datasource {} is read-only",
                    in_backticks(source.name)),
        only_reads(*source.type)
            ? std::string()
            : fmt::format("import again with `--read-write {}` if agents are to write", source.name));
  }

  [[nodiscard]] std::string what() const { return fmt::format("tool {}", in_backticks(item_.name)); }
  void lose(config::Place where, std::string why, std::string_view instead = {}) {
    plan_.lose(where, what(), std::move(why), std::string(instead));
  }

  bool check_keys() {
    constexpr std::array<std::string_view, 8> kKnown{"kind",        "type",      "name",       "source",
                                                     "description", "statement", "parameters", "annotations"};
    for (const Entry& entry : item_.node->entries) {
      const bool is_empty = entry.value->kind == NodeKind::null ||
                            (entry.value->kind == NodeKind::list && entry.value->items.empty());
      if (is_empty || std::ranges::find(kKnown, entry.key) != kKnown.end()) continue;
      const auto known = std::ranges::find(kUnsupported, entry.key, &Unsupported::key);
      if (known == kUnsupported.end())
        lose(entry.place, fmt::format("its {} has no counterpart here", in_backticks(entry.key)));
      else
        lose(entry.place, std::string(known->why), known->instead);
      return false;
    }
    return true;
  }

  void carry(std::string_view source) {
    auto tool = carry_tool(item_.name, source, *item_.node, item_.place, kNames, plan_);
    if (!tool) return lose(tool.error().where, tool.error().why, tool.error().instead);
    plan_.tools.push_back(*std::move(tool));
    if (const Entry* annotations = item_.node->find("annotations")) {
      plan_.replace(annotations->place, fmt::format("annotations of {}", what()),
                    "those that the analysis of its statement gives");
    }
  }

  const ToolboxItem& item_;
  Plan& plan_;
};

}  // namespace

void carry_toolbox_tool(const ToolboxItem& item, Plan& plan) {
  ToolReader(item, plan).read();
}

}  // namespace penstock::importers
