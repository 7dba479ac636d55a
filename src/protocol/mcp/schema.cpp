#include "protocol/mcp/schema.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <unordered_map>
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

bool is_any(std::string_view name, std::span<const std::string_view> keywords) noexcept {
  return std::ranges::find(keywords, name) != keywords.end();
}

// Few schemas have any of these: they are looked up when there is one of the group.
constexpr std::array<std::string_view, 2> kCounts = {"minProperties", "maxProperties"};
constexpr std::array<std::string_view, 3> kElements = {"minItems", "maxItems", "uniqueItems"};
constexpr std::array<std::string_view, 2> kLengths = {"minLength", "maxLength"};
constexpr std::array<std::string_view, 5> kBounds = {"minimum", "maximum", "exclusiveMinimum",
                                                     "exclusiveMaximum", "multipleOf"};
constexpr std::array<std::string_view, 6> kCombinations = {"$ref", "allOf", "anyOf", "oneOf", "not", "if"};

/// What a schema says, found once for all values that are checked by it. Null or false: it does not say it.
struct Keywords {
  const json::value* type = nullptr;
  const json::value* constant = nullptr;
  const json::value* choices = nullptr;
  const json::value* required = nullptr;
  const json::value* properties = nullptr;
  const json::value* others = nullptr;
  const json::value* dependents = nullptr;
  const json::value* items = nullptr;
  bool counts = false;
  bool elements = false;
  bool lengths = false;
  bool bounds = false;
  bool combinations = false;

  explicit Keywords(const json::object& schema)
      : type(schema.if_contains("type")),
        constant(schema.if_contains("const")),
        choices(schema.if_contains("enum")),
        required(schema.if_contains("required")),
        properties(schema.if_contains("properties")),
        others(schema.if_contains("additionalProperties")),
        dependents(schema.if_contains("dependentRequired")),
        items(schema.if_contains("items")) {
    for (const auto& member : schema) {
      const std::string_view name = member.key();
      counts |= is_any(name, kCounts);
      elements |= is_any(name, kElements);
      lengths |= is_any(name, kLengths);
      bounds |= is_any(name, kBounds);
      combinations |= is_any(name, kCombinations);
    }
  }
};

/// Of each object within a schema, by its address.
using KeywordMap = std::unordered_map<const json::object*, Keywords>;

void add_keywords(KeywordMap& map, const json::value& value);

void add_keywords(KeywordMap& map, const json::object& schema) {
  map.emplace(&schema, Keywords(schema));
  for (const auto& member : schema)
    add_keywords(map, member.value());
}

void add_keywords(KeywordMap& map, const json::value& value) {
  if (const json::object* object = value.if_object()) return add_keywords(map, *object);
  if (const json::array* array = value.if_array())
    for (const json::value& element : *array)
      add_keywords(map, element);
}

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
  Validator(const json::object& root, const KeywordMap& keywords) : root_(root), keywords_(keywords) {}

  Problem check(const json::object& schema, const json::value& value, const SchemaPlace& place, int depth) {
    if (depth > kMaxDepth) return place.text() + " is nested too deep for its schema.";
    const Keywords& keywords = keywords_.at(&schema);
    if (auto wrong = check_any(keywords, value, place)) return wrong;
    Problem wrong;
    if (const json::object* object = value.if_object())
      wrong = check_object(schema, keywords, *object, place, depth);
    else if (const json::array* array = value.if_array())
      wrong = check_array(schema, keywords, *array, place, depth);
    else if (const json::string* string = value.if_string(); string != nullptr && keywords.lengths)
      wrong = check_size(schema, "Length", "characters", code_points(*string), place);
    else if (value.is_number() && keywords.bounds)
      wrong = check_number(schema, number_of(value), value, place);
    if (wrong || !keywords.combinations) return wrong;
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

  static Problem check_any(const Keywords& keywords, const json::value& value, const SchemaPlace& place) {
    if (keywords.type != nullptr)
      if (auto wrong = check_type(*keywords.type, value, place)) return wrong;
    if (keywords.constant != nullptr && *keywords.constant != value)
      return place.text() + " must be " + shown(*keywords.constant) + ".";
    if (keywords.choices == nullptr || !keywords.choices->is_array()) return std::nullopt;
    std::string listed;
    for (const json::value& choice : keywords.choices->get_array()) {
      if (choice == value) return std::nullopt;
      if (!listed.empty()) listed += ", ";
      listed += shown(choice);
    }
    return place.text() + " must be one of " + listed + ", and is " + shown(value) + ".";
  }

  Problem check_object(const json::object& schema, const Keywords& keywords, const json::object& object,
                       const SchemaPlace& place, int depth) {
    if (keywords.required != nullptr && keywords.required->is_array())
      for (const json::value& name : keywords.required->get_array())
        if (name.is_string() && !object.contains(name.get_string()))
          return place.inside(name.get_string()) + " is required.";
    if (keywords.counts)
      if (auto wrong = check_size(schema, "Properties", "properties", object.size(), place)) return wrong;
    const json::object* properties =
        keywords.properties == nullptr ? nullptr : keywords.properties->if_object();
    const json::value* others = keywords.others;
    for (const auto& [name, value] : object) {
      const SchemaPlace inner{.parent = &place, .name = name};
      const json::value* property = properties == nullptr ? nullptr : properties->if_contains(name);
      if (property == nullptr && others != nullptr && others->is_bool() && !others->get_bool())
        return unknown_property(inner, properties);
      const json::value* sub = property != nullptr ? property : others;
      if (sub == nullptr) continue;
      if (auto wrong = check_sub(*sub, value, inner, depth)) return wrong;
    }
    return check_dependents(keywords, object, place);
  }

  static Problem check_dependents(const Keywords& keywords, const json::object& object,
                                  const SchemaPlace& place) {
    if (keywords.dependents == nullptr || !keywords.dependents->is_object()) return std::nullopt;
    for (const auto& [name, needed] : keywords.dependents->get_object()) {
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

  Problem check_array(const json::object& schema, const Keywords& keywords, const json::array& array,
                      const SchemaPlace& place, int depth) {
    if (keywords.elements)
      if (auto wrong = check_elements(schema, array, place)) return wrong;
    if (keywords.items == nullptr) return std::nullopt;
    for (std::size_t at = 0; at < array.size(); ++at) {
      const SchemaPlace inner{.parent = &place, .index = at};
      if (auto wrong = check_sub(*keywords.items, array[at], inner, depth)) return wrong;
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

  static Problem check_number(const json::object& schema, double number, const json::value& value,
                              const SchemaPlace& place) {
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
  const KeywordMap& keywords_;
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

struct Schema::Compiled {
  json::object root;
  KeywordMap keywords;  // into `root`

  explicit Compiled(json::object schema) : root(std::move(schema)) { add_keywords(keywords, root); }
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() = default;
};

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
  return Schema(std::make_shared<const Compiled>(std::move(value.get_object())));
}

const json::object& Schema::root() const noexcept {
  return compiled_->root;
}

std::optional<std::string> Schema::problem(const json::value& value, std::string_view name) const {
  const json::object& root = compiled_->root;
  return Validator(root, compiled_->keywords).check(root, value, SchemaPlace{.name = name}, 0);
}

}  // namespace penstock::protocol::mcp
