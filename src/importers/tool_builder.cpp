#include "importers/tool_builder.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "config/interpolation.hpp"
#include "config/keys.hpp"
#include "config/tool_values.hpp"

namespace penstock::importers {

namespace {

using config::Entry;
using config::in_backticks;
using config::Node;
using config::NodeKind;

struct TypeName {
  std::string_view theirs;
  std::string_view ours;
};

constexpr std::array kTypes{TypeName{"string", "string"}, TypeName{"integer", "integer"},
                            TypeName{"float", "number"}, TypeName{"boolean", "boolean"},
                            TypeName{"map", "json"}};

struct Unsupported {
  std::string_view key;
  std::string_view why;
  std::string_view instead;
};

// What keeps values from the agent, or changes them: a tool without it would be another one.
constexpr std::array kUnsupported{
    Unsupported{
        "authServices", "its value comes from the caller's token, and a parameter here is the agent's",
        "let the database see who asks (row-level security by a mapped role), or keep this tool there"},
    Unsupported{"secure", "its value comes from the application, and a parameter here is the agent's",
                "let the database see who asks, or keep this tool there"},
    Unsupported{"escape",
                "it quotes the value as a name, and a value here is bound, never a part of the text",
                "write a tool for each name, or leave the statement to `execute_query`"},
    Unsupported{"embeddedBy", "nothing here turns texts into vectors",
                "take the vector as a `string` and cast it in the statement"},
    Unsupported{"valueFromParam", "a parameter here has a value of its own",
                "use the other parameter's mark twice in the statement"},
    Unsupported{"valueType", "the values within a map are not looked at",
                "check them in the statement, and leave `valueType` out"}};

bool is_plain_text(std::string_view text) noexcept {
  return text.find_first_of("\\.+*?()|[]{}^$") == std::string_view::npos;
}

class ParameterReader {
 public:
  ParameterReader(const Node& node, const ParameterNames& names, Plan& plan)
      : node_(node), names_(names), plan_(plan) {}

  std::expected<PlannedParameter, Refusal> read() {
    if (node_.kind != NodeKind::map) return refuse(node_, "a parameter is a map");
    parameter_.name = text_at(node_, "name");
    if (!config::is_variable_name(parameter_.name) || parameter_.name.size() > config::kMaxNameLength) {
      return refuse(node_, "its name must be letters, digits and `_`, beginning with no digit",
                    "give the parameter another name");
    }
    if (const auto known = check_keys(); !known) return std::unexpected(known.error());
    if (const auto typed = read_type(); !typed) return std::unexpected(typed.error());
    if (const auto description = text_at(node_, "description"); !description.empty())
      set("description", plan_.carry(description));
    if (const auto valued = read_values(); !valued) return std::unexpected(valued.error());
    return std::move(parameter_);
  }

 private:
  using Outcome = std::expected<void, Refusal>;

  [[nodiscard]] std::unexpected<Refusal> refuse(const Node& at, std::string_view why,
                                                std::string_view instead = {}) const {
    return std::unexpected(Refusal{at.place,
                                   parameter_.name.empty()
                                       ? std::string(why)
                                       : fmt::format("parameter {}: {}", in_backticks(parameter_.name), why),
                                   std::string(instead)});
  }

  void set(std::string_view key, std::string value) { parameter_.keys.emplace_back(key, std::move(value)); }

  // Null when the key is not there, or has no value.
  [[nodiscard]] const Node* find(std::string_view key) const noexcept {
    const Entry* entry = key.empty() ? nullptr : node_.find(key);
    return entry == nullptr || entry->value->kind == NodeKind::null ? nullptr : entry->value;
  }

  [[nodiscard]] Outcome check_keys() const {
    constexpr std::array<std::string_view, 6> kKnown{"name",     "type",    "description",
                                                     "required", "default", "items"};
    for (const Entry& entry : node_.entries) {
      const Node* value = find(entry.key);
      const bool is_empty = value == nullptr || (value->kind == NodeKind::list && value->items.empty()) ||
                            (entry.key == "secure" && value->text == "false");
      if (is_empty || std::ranges::find(kKnown, entry.key) != kKnown.end()) continue;
      if (entry.key == names_.allowed_values || entry.key == names_.excluded_values ||
          entry.key == names_.minimum || entry.key == names_.maximum) {
        continue;
      }
      const auto known = std::ranges::find(kUnsupported, entry.key, &Unsupported::key);
      if (known != kUnsupported.end()) return refuse(*value, known->why, known->instead);
      return refuse(*value, fmt::format("{} has no counterpart here", in_backticks(entry.key)));
    }
    return {};
  }

  [[nodiscard]] Outcome read_type() {
    const std::string_view type = text_at(node_, "type");
    if (type == "array") {
      return refuse(node_, "parameters here are single values, and this one is an array",
                    "take a `string` and split it in the statement (PostgreSQL: "
                    "`= ANY(string_to_array($1, ','))`), or a `json`");
    }
    const auto known = std::ranges::find(kTypes, type, &TypeName::theirs);
    if (known == kTypes.end())
      return refuse(node_, fmt::format("there is no type {} here", in_backticks(type)));
    type_ = known->ours;
    set("type", std::string(type_));
    return {};
  }

  [[nodiscard]] Outcome read_values() {
    if (const Node* minimum = find(names_.minimum)) set("minimum", plan_.carry(minimum->text));
    if (const Node* maximum = find(names_.maximum)) set("maximum", plan_.carry(maximum->text));
    if (const auto allowed = read_allowed(); !allowed) return allowed;
    if (const Node* fallback = find("default")) {
      if (fallback->kind != NodeKind::scalar) return refuse(*fallback, "its default is no single value");
      set("default", plan_.carry(fallback->text));
    } else if (text_at(node_, "required") == "false") {
      set("required", "false");
    }
    return {};
  }

  [[nodiscard]] Outcome read_allowed() {
    const Node* allowed = find(names_.allowed_values);
    const Node* excluded = find(names_.excluded_values);
    const bool has_excluded = excluded != nullptr && !excluded->items.empty();
    if (has_excluded && type_ != "string") {
      return refuse(*excluded, "excluded values can be kept out of strings alone",
                    "keep them out in the statement");
    }
    if (allowed == nullptr || allowed->items.empty())
      return has_excluded ? set_pattern({}, *excluded) : Outcome{};
    const bool is_list =
        type_ != "string" || !names_.values_are_expressions ||
        std::ranges::all_of(allowed->items, [](const Node* item) { return is_plain_text(item->text); });
    if (!is_list || has_excluded) {
      if (type_ != "string")
        return refuse(*allowed, "allowed and excluded values go together in strings alone");
      return set_pattern(alternatives(*allowed, true), has_excluded ? *excluded : *allowed);
    }
    for (const Node* item : allowed->items) {
      if (item->kind != NodeKind::scalar) return refuse(*item, "an allowed value is no single value");
      parameter_.allowed_values.push_back(plan_.carry(item->text));
    }
    return {};
  }

  // The values as alternatives of an expression, each of which a value need only contain. A plain text that
  // is allowed is all of the value: that is what was meant, and lets no more through.
  static std::string alternatives(const Node& list, bool are_allowed) {
    std::string out;
    for (const Node* item : list.items) {
      if (!out.empty()) out += '|';
      out += are_allowed && is_plain_text(item->text) ? item->text
                                                      : fmt::format(R"([\s\S]*(?:{})[\s\S]*)", item->text);
    }
    return out;
  }

  // `list`: what is kept out, when there is such a list; else what is allowed.
  [[nodiscard]] Outcome set_pattern(const std::string& allowed, const Node& list) {
    const bool excludes = find(names_.excluded_values) == &list;
    std::string pattern = allowed.empty() ? R"([\s\S]*)" : fmt::format("(?:{})", allowed);
    if (excludes) pattern = fmt::format("(?!(?:{})$){}", alternatives(list, false), pattern);
    const auto compiled = config::Pattern::compile(pattern);
    if (!compiled) {
      return refuse(
          list,
          fmt::format("its values, as one regular expression, cannot be read here: it {}", compiled.error()),
          "write them as `allowed_values` or as a `pattern` of ECMAScript");
    }
    set("pattern", without_variables(pattern));
    return {};
  }

  const Node& node_;
  const ParameterNames& names_;
  Plan& plan_;
  PlannedParameter parameter_;
  std::string_view type_;
};

}  // namespace

std::string_view text_at(const Node& map, std::string_view key) noexcept {
  const Entry* entry = map.find(key);
  return entry == nullptr ? std::string_view() : std::string_view(entry->value->text);
}

std::expected<PlannedParameter, Refusal> carry_parameter(const Node& node, const ParameterNames& names,
                                                         Plan& plan) {
  return ParameterReader(node, names, plan).read();
}

std::expected<PlannedTool, Refusal> carry_tool(std::string_view name, std::string_view source,
                                               const Node& node, config::Place place,
                                               const ParameterNames& names, Plan& plan) {
  PlannedTool tool;
  const Entry* parameters = node.find("parameters");
  if (parameters != nullptr && parameters->value->kind != NodeKind::null) {
    if (parameters->value->kind != NodeKind::list)
      return std::unexpected(Refusal{parameters->place, "its parameters are no list", {}});
    for (const Node* item : parameters->value->items) {
      auto parameter = carry_parameter(*item, names, plan);
      if (!parameter) return std::unexpected(std::move(parameter.error()));
      tool.parameters.push_back(*std::move(parameter));
    }
  }
  tool.name = name;
  tool.place = place;
  tool.source = source;
  tool.description = plan.carry(text_at(node, "description"));
  const std::string_view statement = text_at(node, "statement");
  tool.statement = plan.carry(statement);
  if (read_variables(statement, plan.style).variables.empty()) tool.plain_statement = statement;
  return tool;
}

}  // namespace penstock::importers
