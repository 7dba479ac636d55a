#include "protocol/mcp/schema.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "core/nearest.hpp"
#include "protocol/json_text.hpp"
#include "protocol/mcp/schema_place.hpp"

namespace penstock::protocol::mcp {
namespace json = boost::json;
namespace {

/// How deep schemas may lead into each other for one value: a $ref can lead to itself.
constexpr int kMaxDepth = 64;

using Problem = std::optional<std::string>;

std::string_view type_name(const json::value& value) noexcept {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "boolean";
    case json::kind::int64:
    case json::kind::uint64:
      return "integer";
    case json::kind::double_:
      return std::trunc(value.get_double()) == value.get_double() ? "integer" : "number";
    case json::kind::string:
      return "string";
    case json::kind::array:
      return "array";
    case json::kind::object:
      return "object";
  }
  return "null";
}

bool has_type(const json::value& value, std::string_view type) noexcept {
  const std::string_view actual = type_name(value);
  return actual == type || (type == "number" && actual == "integer");
}

/// Characters as JSON Schema counts them: code points.
std::size_t code_points(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char character) { return (static_cast<unsigned char>(character) & 0xC0) != 0x80; }));
}

bool has_any(const json::object& schema, std::span<const std::string_view> keywords) noexcept {
  return std::ranges::any_of(schema, [&](const json::key_value_pair& member) {
    return std::ranges::find(keywords, std::string_view(member.key())) != keywords.end();
  });
}

// Few schemas have any of these, and to look up each by itself would be most of a check.
constexpr std::array<std::string_view, 2> kCounts = {"minProperties", "maxProperties"};
constexpr std::array<std::string_view, 3> kElements = {"minItems", "maxItems", "uniqueItems"};
constexpr std::array<std::string_view, 2> kLengths = {"minLength", "maxLength"};
constexpr std::array<std::string_view, 5> kBounds = {"minimum", "maximum", "exclusiveMinimum",
                                                     "exclusiveMaximum", "multipleOf"};
constexpr std::array<std::string_view, 6> kCombinations = {"$ref", "allOf", "anyOf", "oneOf", "not", "if"};

double number_of(const json::value& value) noexcept {
  return value.to_number<double>();
}

std::optional<double> number_keyword(const json::object& schema, std::string_view keyword) {
  const json::value* value = schema.if_contains(keyword);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return number_of(*value);
}

std::string json_number(double number) {
  std::string text;
  append_json_number(text, number);
  return text;
}

/// A short rendering of a value for a message.
std::string shown(const json::value& value) {
  constexpr std::size_t kMaxShown = 60;
  std::string text = value.is_double() ? json_number(value.get_double()) : json::serialize(value);
  if (text.size() <= kMaxShown) return text;
  std::size_t end = kMaxShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  return text.substr(0, end) + "...";
}

class Validator {
 public:
  explicit Validator(const json::object& root) : root_(root) {}

  Problem check(const json::object& schema, const json::value& value, const SchemaPlace& place, int depth) {
    if (depth > kMaxDepth) return place.text() + " is nested too deep for its schema.";
    if (auto wrong = check_any(schema, value, place)) return wrong;
    Problem wrong;
    if (const json::object* object = value.if_object())
      wrong = check_object(schema, *object, place, depth);
    else if (const json::array* array = value.if_array())
      wrong = check_array(schema, *array, place, depth);
    else if (const json::string* string = value.if_string())
      wrong = check_string(schema, *string, place);
    else if (value.is_number())
      wrong = check_number(schema, number_of(value), value, place);
    if (wrong) return wrong;
    return check_combined(schema, value, place, depth);
  }

 private:
  /// A subschema may be `true` or `false`.
  Problem check_sub(const json::value& schema, const json::value& value, const SchemaPlace& place,
                    int depth) {
    if (const json::object* object = schema.if_object()) return check(*object, value, place, depth + 1);
    if (schema.is_bool() && !schema.get_bool()) return place.text() + " must not be there.";
    return std::nullopt;
  }

  static Problem check_type(const json::value& type, const json::value& value, const SchemaPlace& place) {
    std::string wanted;
    if (type.is_string()) {
      if (has_type(value, type.get_string())) return std::nullopt;
      wanted = std::string_view(type.get_string());
    } else if (const json::array* types = type.if_array()) {
      for (const json::value& one : *types) {
        if (!one.is_string()) continue;
        if (has_type(value, one.get_string())) return std::nullopt;
        if (!wanted.empty()) wanted += " or ";
        wanted += std::string_view(one.get_string());
      }
    }
    return place.text() + " must be of type " + wanted + ", and is " + std::string(type_name(value)) + ".";
  }

  static Problem check_any(const json::object& schema, const json::value& value, const SchemaPlace& place) {
    if (const json::value* type = schema.if_contains("type"))
      if (auto wrong = check_type(*type, value, place)) return wrong;
    if (const json::value* constant = schema.if_contains("const"); constant != nullptr && *constant != value)
      return place.text() + " must be " + shown(*constant) + ".";
    const json::value* choices = schema.if_contains("enum");
    if (choices == nullptr || !choices->is_array()) return std::nullopt;
    std::string listed;
    for (const json::value& choice : choices->get_array()) {
      if (choice == value) return std::nullopt;
      if (!listed.empty()) listed += ", ";
      listed += shown(choice);
    }
    return place.text() + " must be one of " + listed + ", and is " + shown(value) + ".";
  }

  Problem check_object(const json::object& schema, const json::object& object, const SchemaPlace& place,
                       int depth) {
    if (const json::value* required = schema.if_contains("required"); required && required->is_array())
      for (const json::value& name : required->get_array())
        if (name.is_string() && !object.contains(name.get_string()))
          return place.inside(name.get_string()) + " is required.";
    if (has_any(schema, kCounts))
      if (auto wrong = check_size(schema, "Properties", "properties", object.size(), place)) return wrong;
    const json::value* known = schema.if_contains("properties");
    const json::object* properties = known == nullptr ? nullptr : known->if_object();
    const json::value* others = schema.if_contains("additionalProperties");
    for (const auto& [name, value] : object) {
      const SchemaPlace inner{.parent = &place, .name = name};
      const json::value* property = properties == nullptr ? nullptr : properties->if_contains(name);
      if (property == nullptr && others != nullptr && others->is_bool() && !others->get_bool())
        return unknown_property(inner, properties);
      const json::value* sub = property != nullptr ? property : others;
      if (sub == nullptr) continue;
      if (auto wrong = check_sub(*sub, value, inner, depth)) return wrong;
    }
    return check_dependents(schema, object, place);
  }

  static Problem check_dependents(const json::object& schema, const json::object& object,
                                  const SchemaPlace& place) {
    const json::value* dependents = schema.if_contains("dependentRequired");
    if (dependents == nullptr || !dependents->is_object()) return std::nullopt;
    for (const auto& [name, needed] : dependents->get_object()) {
      if (!object.contains(name) || !needed.is_array()) continue;
      for (const json::value& other : needed.get_array())
        if (other.is_string() && !object.contains(other.get_string()))
          return place.inside(other.get_string()) + " is required beside " + std::string(name) + ".";
    }
    return std::nullopt;
  }

  static std::string unknown_property(const SchemaPlace& place, const json::object* properties) {
    std::vector<std::string> names;
    if (properties != nullptr)
      for (const auto& [name, schema] : *properties)
        names.emplace_back(name);
    std::string text = place.text() + " is not known.";
    if (const auto nearest = nearest_name(place.name, names))
      return text + " Did you mean " + std::string(*nearest) + "?";
    if (names.empty()) return text + " There are none.";
    text += " There are:";
    for (const std::string& name : names)
      text += (&name == names.data() ? " " : ", ") + name;
    return text + ".";
  }

  static Problem check_size(const json::object& schema, std::string_view suffix, std::string_view noun,
                            std::size_t size, const SchemaPlace& place) {
    const auto least = number_keyword(schema, "min" + std::string(suffix));
    const auto most = number_keyword(schema, "max" + std::string(suffix));
    const auto count = static_cast<double>(size);
    const bool few = least && count < *least;
    if (!few && !(most && count > *most)) return std::nullopt;
    return place.text() + " must have " + (few ? "at least " : "at most ") +
           json_number(few ? *least : *most) + " " + std::string(noun) + ", and has " + std::to_string(size) +
           ".";
  }

  Problem check_array(const json::object& schema, const json::array& array, const SchemaPlace& place,
                      int depth) {
    if (has_any(schema, kElements))
      if (auto wrong = check_elements(schema, array, place)) return wrong;
    const json::value* items = schema.if_contains("items");
    if (items == nullptr) return std::nullopt;
    for (std::size_t at = 0; at < array.size(); ++at) {
      const SchemaPlace inner{.parent = &place, .index = at};
      if (auto wrong = check_sub(*items, array[at], inner, depth)) return wrong;
    }
    return std::nullopt;
  }

  static Problem check_elements(const json::object& schema, const json::array& array,
                                const SchemaPlace& place) {
    if (auto wrong = check_size(schema, "Items", "elements", array.size(), place)) return wrong;
    const json::value* unique = schema.if_contains("uniqueItems");
    if (unique == nullptr || !unique->is_bool() || !unique->get_bool()) return std::nullopt;
    for (std::size_t at = 0; at < array.size(); ++at)
      if (std::find(array.begin(), array.begin() + static_cast<std::ptrdiff_t>(at), array[at]) !=
          array.begin() + static_cast<std::ptrdiff_t>(at))
        return place.text() + " must not hold " + shown(array[at]) + " twice.";
    return std::nullopt;
  }

  static Problem check_string(const json::object& schema, std::string_view text, const SchemaPlace& place) {
    if (!has_any(schema, kLengths)) return std::nullopt;
    return check_size(schema, "Length", "characters", code_points(text), place);
  }

  static Problem check_number(const json::object& schema, double number, const json::value& value,
                              const SchemaPlace& place) {
    if (!has_any(schema, kBounds)) return std::nullopt;
    const auto refuse = [&](std::string_view rule, double bound) {
      return place.text() + " must be " + std::string(rule) + " " + json_number(bound) + ", and is " +
             shown(value) + ".";
    };
    if (const auto bound = number_keyword(schema, "minimum"); bound && number < *bound)
      return refuse("at least", *bound);
    if (const auto bound = number_keyword(schema, "maximum"); bound && number > *bound)
      return refuse("at most", *bound);
    if (const auto bound = number_keyword(schema, "exclusiveMinimum"); bound && number <= *bound)
      return refuse("more than", *bound);
    if (const auto bound = number_keyword(schema, "exclusiveMaximum"); bound && number >= *bound)
      return refuse("less than", *bound);
    if (const auto step = number_keyword(schema, "multipleOf"); step && *step > 0) {
      const double times = number / *step;
      if (std::abs(times - std::round(times)) > 1e-9) return refuse("a multiple of", *step);
    }
    return std::nullopt;
  }

  Problem check_combined(const json::object& schema, const json::value& value, const SchemaPlace& place,
                         int depth) {
    if (!has_any(schema, kCombinations)) return std::nullopt;
    if (const json::value* reference = schema.if_contains("$ref"); reference && reference->is_string()) {
      const std::string_view pointer = std::string_view(reference->get_string()).substr(1);
      const json::value* target = find_pointer(pointer);
      if (target == nullptr) return "The schema of " + place.text() + " leads nowhere.";
      if (auto wrong = check_sub(*target, value, place, depth)) return wrong;
    }
    if (const json::array* all = array_keyword(schema, "allOf"))
      for (const json::value& sub : *all)
        if (auto wrong = check_sub(sub, value, place, depth)) return wrong;
    if (auto wrong = check_choice(schema, value, place, depth)) return wrong;
    if (const json::value* sub = schema.if_contains("not"); sub && !check_sub(*sub, value, place, depth))
      return place.text() + " must not be as it is.";
    const json::value* condition = schema.if_contains("if");
    if (condition == nullptr) return std::nullopt;
    const bool holds = !check_sub(*condition, value, place, depth);
    const json::value* branch = schema.if_contains(holds ? "then" : "else");
    return branch == nullptr ? std::nullopt : check_sub(*branch, value, place, depth);
  }

  /// anyOf and oneOf.
  Problem check_choice(const json::object& schema, const json::value& value, const SchemaPlace& place,
                       int depth) {
    for (const std::string_view keyword : {"anyOf", "oneOf"}) {
      const json::array* choices = array_keyword(schema, keyword);
      if (choices == nullptr) continue;
      std::size_t fits = 0;
      Problem first;
      for (const json::value& sub : *choices) {
        auto wrong = check_sub(sub, value, place, depth);
        if (!wrong) ++fits;
        if (wrong && !first) first = std::move(wrong);
      }
      if (fits == 0 && !choices->empty()) return first;
      if (keyword == "oneOf" && fits > 1) return place.text() + " fits more than one of its schemas.";
    }
    return std::nullopt;
  }

  static const json::array* array_keyword(const json::object& schema, std::string_view keyword) {
    const json::value* value = schema.if_contains(keyword);
    return value == nullptr ? nullptr : value->if_array();
  }

  /// What "/$defs/address" points to; null when that is nothing.
  const json::value* find_pointer(std::string_view pointer) const {
    const json::value* found = nullptr;
    const json::object* object = &root_;
    while (!pointer.empty()) {
      pointer.remove_prefix(1);
      const std::string_view name = pointer.substr(0, pointer.find('/'));
      pointer.remove_prefix(name.size());
      found = object == nullptr ? nullptr : object->if_contains(name);
      if (found == nullptr) return nullptr;
      object = found->if_object();
    }
    return found;
  }

  const json::object& root_;
};

/// What cannot be validated with: a $ref that leads out, another dialect.
Result<void> check_schema(const json::value& schema) {
  if (const json::array* array = schema.if_array()) {
    for (const json::value& element : *array)
      if (auto checked = check_schema(element); !checked) return checked;
    return {};
  }
  const json::object* object = schema.if_object();
  if (object == nullptr) return {};
  for (const auto& [key, value] : *object) {
    if (key == "$ref" && (!value.is_string() || !value.get_string().starts_with("#/")))
      return fail(ErrorCode::invalid_argument,
                  "A $ref must lead to a place in the schema itself: #/$defs/...");
    if (auto checked = check_schema(value); !checked) return checked;
  }
  return {};
}

}  // namespace

Result<Schema> Schema::parse(std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::system::error_code failed;
  json::value value = json::parse(text, failed, {}, options);
  if (failed) return fail(ErrorCode::invalid_argument, "It is not JSON: " + failed.message() + ".");
  if (!value.is_object()) return fail(ErrorCode::invalid_argument, "It is not a JSON object.");
  if (const json::value* dialect = value.get_object().if_contains("$schema"))
    if (!dialect->is_string() || !std::string_view(dialect->get_string()).contains("json-schema.org/draft"))
      return fail(ErrorCode::invalid_argument, "Its dialect is unknown: write JSON Schema 2020-12.");
  if (auto checked = check_schema(value); !checked) return pass_error(checked);
  return Schema(std::make_shared<const json::object>(std::move(value.get_object())));
}

std::optional<std::string> Schema::problem(const json::value& value, std::string_view name) const {
  return Validator(*root_).check(*root_, value, SchemaPlace{.name = name}, 0);
}

}  // namespace penstock::protocol::mcp
