// The file of MCP Toolbox for Databases: its two forms, and what is in it beside sources and tools.

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "core/ascii_case.hpp"
#include "importers/finish.hpp"
#include "importers/import.hpp"
#include "importers/tool_builder.hpp"
#include "importers/toolbox_sources.hpp"
#include "importers/toolbox_tools.hpp"
#include "importers/tree.hpp"

namespace penstock::importers {

namespace {

using config::in_backticks;
using config::Node;
using config::NodeKind;

struct Kind {
  std::string_view name;  // of a document's `kind`, without the `s` of some versions, in small letters
  std::string_view map;   // of the older form
  std::string_view why;   // it cannot be carried over; empty: it can
  std::string_view instead;
};

constexpr std::array kKinds{
    Kind{"source", "sources", "", ""},
    Kind{"tool", "tools", "", ""},
    Kind{"toolset", "toolsets", "every caller is offered all tools",
         "let callers have keys of their own, with the tools that each may use"},
    Kind{"group", "groups", "every caller is offered all tools",
         "let callers have keys of their own, with the tools that each may use"},
    Kind{"prompt", "prompts", "prompts here are Penstock's own", "keep it with the agent"},
    Kind{"authservice", "authServices", "callers are told apart by Penstock's own server",
         "configure in server.yaml who may ask"},
    Kind{"authsource", "authSources", "callers are told apart by Penstock's own server",
         "configure in server.yaml who may ask"},
    Kind{"embeddingmodel", "embeddingModels", "nothing here turns texts into vectors", ""},
    Kind{"resource", "resources", "resources here are databases and their tables", "keep it with the agent"}};

/// Hands out the sources and tools of a file, whichever form it has.
class ToolboxFile {
 public:
  ToolboxFile(Plan& plan, config::FileProblems& problems) : plan_(plan), problems_(problems) {}

  void read(const Tree& tree) {
    for (const Node* document : tree.documents()) {
      if (document->kind != NodeKind::map) {
        problems_.add(document->place,
                      "a document must be a map: `sources:` and `tools:`, or one with `kind:`");
      } else if (const config::Entry* kind = document->find("kind")) {
        read_document(*document, *kind);
      } else {
        read_maps(*document);
      }
    }
  }

  [[nodiscard]] const std::vector<ToolboxItem>& sources() const noexcept { return sources_; }
  [[nodiscard]] const std::vector<ToolboxItem>& tools() const noexcept { return tools_; }

 private:
  void read_document(const Node& document, const config::Entry& kind) {
    std::string name = ascii_lower(kind.value->text);
    if (name.ends_with('s')) name.pop_back();
    const auto known = std::ranges::find(kKinds, name, &Kind::name);
    take(known == kKinds.end() ? nullptr : &*known, kind.value->text, text_at(document, "name"),
         text_at(document, "type"), document);
  }

  void read_maps(const Node& document) {
    for (const config::Entry& section : document.entries) {
      const auto known = std::ranges::find(kKinds, section.key, &Kind::map);
      if (known == kKinds.end()) {
        plan_.lose(section.place, in_backticks(section.key), "it has no counterpart here");
        continue;
      }
      for (const config::Entry& entry : section.value->entries) {
        const std::string_view type = text_at(*entry.value, "type");
        take(&*known, known->name, entry.key, type.empty() ? text_at(*entry.value, "kind") : type,
             *entry.value, entry.place);
      }
    }
  }

  void take(const Kind* kind, std::string_view kind_text, std::string_view name, std::string_view type,
            const Node& node, std::optional<config::Place> place = {}) {
    const ToolboxItem item{std::string(name), std::string(type), place.value_or(node.place), &node};
    const std::string what = fmt::format("{} {}", kind_text, in_backticks(name));
    if (kind == nullptr) return plan_.lose(item.place, what, "it has no counterpart here");
    if (!kind->why.empty())
      return plan_.lose(item.place, what, std::string(kind->why), std::string(kind->instead));
    if (node.kind != NodeKind::map) return problems_.add(item.place, fmt::format("{} must be a map", what));
    if (!names_.emplace(kind->name, item.name).second)
      return problems_.add(item.place, fmt::format("{} is there twice", what));
    (kind->name == "source" ? sources_ : tools_).push_back(item);
  }

  Plan& plan_;
  config::FileProblems& problems_;
  std::vector<ToolboxItem> sources_;
  std::vector<ToolboxItem> tools_;
  std::set<std::pair<std::string_view, std::string>> names_;
};

}  // namespace

Outcome import_toolbox(std::string_view text, const std::filesystem::path& file,
                       const DataSourceRegistry& registry, const ImportOptions& options) {
  config::FileProblems problems(file);
  Plan plan(file, VariableStyle::with_defaults, names_of_variables(text));
  const auto tree = Tree::read_yaml(text, problems);
  if (tree) {
    ToolboxFile toolbox(plan, problems);
    toolbox.read(*tree);
    if (problems.count() == 0 && toolbox.sources().empty() && toolbox.tools().empty())
      problems.add("this is no file of MCP Toolbox: it has neither sources nor tools");
    if (problems.count() == 0) {
      for (const ToolboxItem& source : toolbox.sources())
        carry_toolbox_source(source, registry, plan);
      plan.let_write(options, problems);
      for (const ToolboxItem& tool : toolbox.tools())
        carry_toolbox_tool(tool, plan);
      if (problems.count() == 0) return finish(std::move(plan), registry);
    }
  }
  return refuse(std::move(problems));
}

}  // namespace penstock::importers
