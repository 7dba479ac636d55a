#include "config/tool_parameters.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "config/interpolation.hpp"
#include "config/keys.hpp"
#include "config/value_reader.hpp"
#include "core/json_check.hpp"
#include "core/typed_text.hpp"

namespace penstock::config {

namespace {

constexpr std::int64_t kMostLength = 1 << 30;

struct ToolType {
  std::string_view name;
  TypeId type;
  bool ordered;  // `minimum` and `maximum` have a meaning
};

constexpr std::array kToolTypes{
    ToolType{"string", TypeId::string, false},
    ToolType{"integer", TypeId::int64, true},
    ToolType{"number", TypeId::float64, true},
    ToolType{"boolean", TypeId::boolean, false},
    ToolType{"decimal", TypeId::decimal, true},
    ToolType{"date", TypeId::date, true},
    ToolType{"time", TypeId::time, true},
    ToolType{"timestamp", TypeId::timestamp, true},
    ToolType{"timestamptz", TypeId::timestamp_tz, true},
    ToolType{"uuid", TypeId::uuid, false},
    ToolType{"json", TypeId::json, false},
};

const ToolType* find_type(TypeId type) noexcept {
  const auto found = std::ranges::find(kToolTypes, type, &ToolType::type);
  return found == kToolTypes.end() ? nullptr : &*found;
}

class ParameterReader {
 public:
  ParameterReader(const Node& map, ValueReader& reader) : map_(map), reader_(reader) {}

  ToolParameter read() {
    for (const Entry& entry : map_.entries) {
      if (std::ranges::find(kKeys, entry.key) == kKeys.end())
        report_unknown_key(entry, "a parameter of a tool", kKeys, reader_.problems());
    }
    read_name();
    read_type();
    if (const Entry* entry = map_.find("description")) {
      if (const auto text = reader_.clean_text(*entry->value, "description", "a text"))
        parameter_.description = text->value;
    }
    read_constraints();
    read_allowed_values();
    read_default();
    return std::move(parameter_);
  }

  [[nodiscard]] std::optional<Place> name_place() const noexcept { return name_place_; }

 private:
  static inline const std::vector<std::string> kKeys{"name",     "type",           "description", "default",
                                                     "required", "allowed_values", "minimum",     "maximum",
                                                     "pattern",  "max_length"};

  void add(Place where, std::string message) { reader_.problems().add(where, std::move(message)); }

  void read_name() {
    const Entry* entry = map_.find("name");
    if (entry == nullptr) return add(map_.place, "a parameter of a tool needs `name`");
    const auto text = reader_.clean_text(*entry->value, "name", "a name");
    if (!text) return;
    if (!is_variable_name(text->value) || text->value.size() > kMaxNameLength) {
      return reader_.refuse(*text, "name", "must be 1 to 64 letters, digits and `_`, beginning with no digit",
                            Showing::allowed);
    }
    parameter_.name = text->value;
    name_place_ = text->place;
  }

  void read_type() {
    const Entry* entry = map_.find("type");
    if (entry == nullptr) return;
    static const std::vector<std::string> kNames = [] {
      std::vector<std::string> names;
      for (const ToolType& type : kToolTypes)
        names.emplace_back(type.name);
      return names;
    }();
    const auto text = reader_.clean_text(*entry->value, "type", fmt::format("one of {}", listed(kNames)));
    if (!text) return;
    const TypedText* known = find_typed_text(text->value);
    if (known != nullptr && find_type(known->type) != nullptr) {
      parameter_.type = known->type;
      return;
    }
    type_known_ = false;
    reader_.refuse(*text, "type", fmt::format("must be one of {}", listed(kNames)), Showing::allowed,
                   text->variables.empty() ? did_you_mean(text->value, kNames) : std::string());
  }

  // A value of the parameter's type.
  std::optional<Value> read_value(const Node& node, std::string_view label) {
    if (!type_known_) return std::nullopt;
    const auto typed = std::ranges::find(typed_texts(), parameter_.type, &TypedText::type);
    const auto text = reader_.clean_text(node, label, typed->meaning);
    if (!text) return std::nullopt;
    auto value = typed->parse(text->value);
    const bool is_broken_json = parameter_.type == TypeId::json && !is_json(text->value);
    if (value && !is_broken_json) return value;
    reader_.refuse(*text, label,
                   fmt::format("must be {}, as the parameter's type is `{}`", typed->meaning,
                               tool_type_name(parameter_.type)),
                   Showing::allowed);
    return std::nullopt;
  }

  // The entry, when it fits the parameter's type.
  const Entry* find_for(std::string_view key, bool fits, std::string_view types) {
    const Entry* entry = map_.find(key);
    if (entry == nullptr || !type_known_ || fits) return type_known_ ? entry : nullptr;
    add(entry->place, fmt::format("{} has no meaning for the type `{}`: it is for {}", in_backticks(key),
                                  tool_type_name(parameter_.type), types));
    return nullptr;
  }

  void read_constraints() {
    const bool is_ordered = find_type(parameter_.type)->ordered;
    const bool is_text = parameter_.type == TypeId::string;
    if (const Entry* entry = find_for("minimum", is_ordered, "numbers, dates and times"))
      parameter_.minimum = read_value(*entry->value, "minimum");
    if (const Entry* entry = find_for("maximum", is_ordered, "numbers, dates and times")) {
      parameter_.maximum = read_value(*entry->value, "maximum");
      if (parameter_.minimum && parameter_.maximum &&
          compare_values(*parameter_.minimum, *parameter_.maximum) > 0) {
        add(entry->value->place, "`maximum` is less than `minimum`: nothing would fit");
      }
    }
    if (const Entry* entry = find_for("max_length", is_text, "strings")) {
      const SettingSpec spec{
          .name = "max_length", .kind = SettingKind::integer, .min = 1, .max = kMostLength};
      if (const auto value = reader_.setting(*entry->value, spec))
        parameter_.max_length = std::get<std::int64_t>(*value);
    }
    if (const Entry* entry = find_for("pattern", is_text, "strings")) read_pattern(*entry);
  }

  void read_pattern(const Entry& entry) {
    const auto text = reader_.clean_text(*entry.value, "pattern", "a regular expression");
    if (!text) return;
    auto pattern = Pattern::compile(text->value);
    if (pattern) {
      parameter_.pattern = *std::move(pattern);
    } else {
      reader_.refuse(*text, "pattern", fmt::format("{}", pattern.error()), Showing::allowed);
    }
  }

  void read_allowed_values() {
    const Entry* entry = map_.find("allowed_values");
    if (entry == nullptr) return;
    if (entry->value->kind != NodeKind::list || entry->value->items.empty()) {
      return add(
          entry->value->place,
          fmt::format("`allowed_values` must be a list of values, found {}",
                      entry->value->kind == NodeKind::list ? "an empty one" : describe(entry->value->kind)));
    }
    std::vector<Value> values;
    for (const Node* item : entry->value->items) {
      if (auto value = read_value(*item, "allowed_values")) {
        check(*value, "allowed_values", item->place);
        values.push_back(*std::move(value));
      }
    }
    parameter_.allowed_values = std::move(values);
  }

  void read_default() {
    const Entry* fallback = map_.find("default");
    if (fallback != nullptr) {
      parameter_.required = false;
      parameter_.default_value = read_value(*fallback->value, "default");
      if (parameter_.default_value) check(*parameter_.default_value, "default", fallback->value->place);
    }
    const Entry* required = map_.find("required");
    if (required == nullptr) return;
    const SettingSpec spec{.name = "required", .kind = SettingKind::boolean};
    const auto value = reader_.setting(*required->value, spec);
    if (!value) return;
    parameter_.required = std::get<bool>(*value);
    if (parameter_.required && fallback != nullptr)
      add(required->place, "a parameter that is `required` needs no `default`: keep one of them");
  }

  void check(const Value& value, std::string_view label, Place place) {
    if (const auto why = violation(parameter_, value))
      add(place, fmt::format("{}: {} {}", in_backticks(label), in_backticks(value.to_text()), *why));
  }

  const Node& map_;
  ValueReader& reader_;
  ToolParameter parameter_;
  bool type_known_ = true;
  std::optional<Place> name_place_;
};

}  // namespace

std::string_view tool_type_name(TypeId type) noexcept {
  const ToolType* found = find_type(type);
  return found == nullptr ? std::string_view() : found->name;
}

std::vector<ToolParameter> read_tool_parameters(const Node& list, ParameterPlaces& places,
                                                ValueReader& reader) {
  std::vector<ToolParameter> parameters;
  if (list.kind != NodeKind::list) {
    places.complete = false;
    reader.problems().add(
        list.place, fmt::format("`parameters` must be a list of parameters, found {}", describe(list.kind)));
    return parameters;
  }
  for (const Node* item : list.items) {
    if (item->kind != NodeKind::map) {
      places.complete = false;
      reader.problems().add(
          item->place,
          fmt::format("a parameter of a tool must be a map with `name`, found {}", describe(item->kind)));
      continue;
    }
    ParameterReader one(*item, reader);
    ToolParameter parameter = one.read();
    if (!one.name_place()) {
      places.complete = false;
      continue;
    }
    const auto [first, is_new] = places.by_name.try_emplace(parameter.name, *one.name_place());
    if (is_new) {
      parameters.push_back(std::move(parameter));
    } else {
      places.complete = false;
      reader.problems().add(*one.name_place(),
                            fmt::format("the parameter {} is there twice; the first is on line {}",
                                        in_backticks(parameter.name), first->second.line));
    }
  }
  return parameters;
}

}  // namespace penstock::config
