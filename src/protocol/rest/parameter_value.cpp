#include "protocol/rest/parameter_value.hpp"

#include <array>
#include <charconv>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/nearest.hpp"
#include "core/typed_text.hpp"
#include "protocol/rest/shown.hpp"

namespace penstock::protocol::rest {

namespace {

std::unexpected<Error> wrong(std::string_view place, std::string_view what, std::string hint = {}) {
  return fail(ErrorCode::invalid_argument, fmt::format("`{}` {}", place, what), std::move(hint));
}

std::string type_names() {
  std::string names;
  for (const TypedText& type : typed_texts())
    names += fmt::format("{}`{}`", names.empty() ? "" : ", ", type.name);
  return names;
}

Result<Value> integer(std::string_view digits) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc{}) return number;
  return Value(Decimal{std::string(digits)});
}

Result<Value> fraction(std::string_view digits, std::string_view place) {
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc{}) return number;
  return wrong(place, "is a number that float64 cannot hold",
               R"(Write it as {"type": "decimal", "value": "..."}.)");
}

Result<Value> list(const JsonNode& node, std::string_view place) {
  Value::List values;
  values.reserve(node.items.size());
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    auto value = parameter_value(node.items[i], fmt::format("{}[{}]", place, i));
    if (!value) return value;
    values.push_back(std::move(*value));
  }
  return Value(std::move(values));
}

// The text of `value` as core/typed_text.hpp reads it.
std::optional<std::string> text_of(const JsonNode& value, const TypedText& type) {
  if (type.type == TypeId::json) {
    std::pmr::string text;
    append_json(text, value);
    return std::string(text);
  }
  if (value.kind == JsonKind::boolean) return value.truth ? "true" : "false";
  const bool is_text = value.kind == JsonKind::string;
  const bool is_number = value.kind == JsonKind::integer || value.kind == JsonKind::fraction;
  if (!is_text && !is_number) return std::nullopt;
  return std::string(value.text);
}

Result<Value> typed(const JsonNode& node, std::string_view place) {
  const JsonNode* type = node.find("type");
  const JsonNode* value = node.find("value");
  if (type == nullptr || value == nullptr || node.items.size() != 2 || type->kind != JsonKind::string) {
    return wrong(place, R"(is an object, and none of the form {"type": "date", "value": "2025-03-31"})",
                 R"(A JSON document is written {"type": "json", "value": ...}.)");
  }
  const TypedText* known = find_typed_text(type->text);
  if (known == nullptr) {
    std::vector<std::string> names;
    for (const TypedText& one : typed_texts())
      names.emplace_back(one.name);
    const auto nearest = nearest_name(type->text, names);
    return wrong(fmt::format("{}.type", place),
                 fmt::format("must be one of {}, found `{}`", type_names(), shown(type->text)),
                 nearest ? fmt::format("did you mean `{}`?", *nearest) : std::string());
  }
  if (value->kind == JsonKind::null && known->type != TypeId::json) return Value();
  const auto text = text_of(*value, *known);
  auto parsed = text ? known->parse(*text) : std::nullopt;
  if (parsed) return std::move(*parsed);
  return wrong(fmt::format("{}.value", place),
               fmt::format("must be {}, found {}", known->meaning, describe(value->kind)));
}

}  // namespace

Result<Value> parameter_value(const JsonNode& node, std::string_view place) {
  switch (node.kind) {
    case JsonKind::null:
      return Value();
    case JsonKind::boolean:
      return Value(node.truth);
    case JsonKind::integer:
      return integer(node.text);
    case JsonKind::fraction:
      return fraction(node.text, place);
    case JsonKind::string:
      return Value(node.text);
    case JsonKind::array:
      return list(node, place);
    case JsonKind::object:
      return typed(node, place);
  }
  return Value();
}

}  // namespace penstock::protocol::rest
