#include "server/mcp_arguments.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/typed_text.hpp"
#include "protocol/json_text.hpp"
#include "protocol/mcp/message.hpp"

namespace penstock::server {
namespace json = boost::json;
using protocol::append_json_number;
using protocol::append_json_string;
using protocol::mcp::string_member;
namespace {

std::string shown(const json::value& value) {
  constexpr std::size_t kMaxShown = 60;
  std::string text = json::serialize(value);
  if (text.size() > kMaxShown) text = text.substr(0, kMaxShown) + "...";
  return text;
}

/// A double that was read from a number which it may not hold: Boost.JSON keeps no digits beyond it.
bool may_have_lost_digits(double number) {
  constexpr double kExact = 9007199254740992.0;
  return std::trunc(number) == number && std::abs(number) >= kExact;
}

Result<Value> typed_value(const json::object& object, const std::string& name) {
  const TypedText* type = find_typed_text(string_member(object, "type"));
  const json::value* text = object.if_contains("value");
  if (type == nullptr || text == nullptr)
    return fail(
        ErrorCode::invalid_argument,
        name +
            " needs a \"type\" (date, time, timestamp, timestamptz, decimal, uuid, json, bytes, ...) and "
            "a \"value\"");
  if (text->is_null()) return Value();
  if (text->is_double() && type->type != TypeId::json)
    return fail(ErrorCode::invalid_argument, name + ": write the number in quotes, to keep all its digits");
  auto value = type->parse(text->is_string() ? std::string(text->get_string()) : json::serialize(*text));
  if (!value)
    return fail(ErrorCode::invalid_argument,
                name + " must be " + std::string(type->meaning) + ", and is " + shown(*text));
  return std::move(*value);
}

Result<Value> plain_value(const json::value& value, const std::string& name);

Result<Value> list_value(const json::array& array, const std::string& name) {
  Value::List values;
  values.reserve(array.size());
  for (const json::value& one : array) {
    auto value = plain_value(one, name + "[" + std::to_string(values.size()) + "]");
    if (!value) return value;
    values.push_back(std::move(*value));
  }
  return Value(std::move(values));
}

Result<Value> plain_value(const json::value& value, const std::string& name) {
  switch (value.kind()) {
    case json::kind::null:
      return Value();
    case json::kind::bool_:
      return Value(value.get_bool());
    case json::kind::int64:
      return Value(value.get_int64());
    case json::kind::uint64:
      return Value(value.get_uint64());
    case json::kind::double_:
      if (may_have_lost_digits(value.get_double()))
        return fail(ErrorCode::invalid_argument,
                    name +
                        " is a number beyond what can be read without loss: write {\"type\": \"decimal\", "
                        "\"value\": \"...\"}");
      return Value(value.get_double());
    case json::kind::string:
      return Value(std::string(value.get_string()));
    case json::kind::array:
      return list_value(value.get_array(), name);
    case json::kind::object:
      break;
  }
  const json::object& object = value.get_object();
  if (object.size() == 2 && object.contains("type") && object.contains("value"))
    return typed_value(object, name);
  return Value(Json{json::serialize(value)});
}

/// An integer, also where a client writes it as 3.0.
std::optional<std::int64_t> whole_number(const json::value& value) {
  if (value.is_int64()) return value.get_int64();
  constexpr double kExact = 9007199254740992.0;
  if (!value.is_double()) return std::nullopt;
  const double number = value.get_double();
  if (std::trunc(number) != number || std::abs(number) > kExact) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::optional<Value> value_of_type(const json::value& given, TypeId type) {
  if (given.is_null()) return Value();
  if (type == TypeId::json) return Value(Json{json::serialize(given)});
  if (type == TypeId::boolean)
    return given.is_bool() ? std::optional<Value>(Value(given.get_bool())) : std::nullopt;
  if (type == TypeId::int64) {
    const auto number = whole_number(given);
    return number ? std::optional<Value>(Value(*number)) : std::nullopt;
  }
  if (type == TypeId::float64)
    return given.is_number() ? std::optional<Value>(Value(given.to_number<double>())) : std::nullopt;
  std::string text;
  if (given.is_string()) {
    text = given.get_string();
  } else if (type == TypeId::decimal && given.is_number()) {
    // A double has forgotten the digits it cannot hold; those who need them write a text.
    if (given.is_double()) {
      append_json_number(text, given.get_double());
      if (std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; }) > 15) return std::nullopt;
    } else {
      text = json::serialize(given);
    }
  } else {
    return std::nullopt;
  }
  const auto typed = std::ranges::find(typed_texts(), type, &TypedText::type);
  return typed == typed_texts().end() ? std::nullopt : typed->parse(text);
}

Result<Value> tool_value(const config::ToolParameter& parameter, const json::object& arguments) {
  const json::value* given = arguments.if_contains(parameter.name);
  if (given == nullptr || (given->is_null() && parameter.default_value))
    return parameter.default_value.value_or(Value());
  auto value = value_of_type(*given, parameter.type);
  if (!value || (value->is_null() && parameter.required))
    return fail(ErrorCode::invalid_argument,
                parameter.name + " must be of type " + std::string(config::tool_type_name(parameter.type)) +
                    ", and is " + shown(*given) + (given->is_double() ? "; a text keeps all digits" : ""));
  if (value->is_null()) return std::move(*value);
  if (const auto wrong = config::violation(parameter, *value))
    return fail(ErrorCode::invalid_argument, parameter.name + " " + *wrong);
  return std::move(*value);
}

void append_value(std::string& out, const Value& value) {
  if (value.is_null())
    out += "null";
  else if (value.type() == TypeId::boolean || value.type() == TypeId::int64 || value.type() == TypeId::json)
    out += value.to_text();
  else if (const double* number = value.get_if<double>())
    append_json_number(out, *number);
  else
    append_json_string(out, value.to_text());
}

std::string_view schema_type(TypeId type) {
  switch (type) {
    case TypeId::int64:
      return R"("type":"integer")";
    case TypeId::float64:
      return R"("type":"number")";
    case TypeId::boolean:
      return R"("type":"boolean")";
    case TypeId::decimal:
      return R"("type":["string","number"])";
    case TypeId::date:
      return R"("type":"string","format":"date")";
    case TypeId::uuid:
      return R"("type":"string","format":"uuid")";
    case TypeId::json:
      return R"("type":["object","array","string","number","boolean"])";
    default:
      return R"("type":"string")";
  }
}

/// What a bound on a value means to a schema: of numbers a keyword, of others words.
void append_bound(std::string& out, std::string& words, std::string_view keyword, std::string_view phrase,
                  const std::optional<Value>& bound) {
  if (!bound) return;
  if (bound->type() == TypeId::int64 || bound->type() == TypeId::float64) {
    out += ",\"" + std::string(keyword) + "\":";
    append_value(out, *bound);
  } else {
    words += " " + std::string(phrase) + " " + bound->to_text() + ".";
  }
}

void append_parameter(std::string& out, const config::ToolParameter& parameter) {
  append_json_string(out, parameter.name);
  out += ":{";
  const std::string_view type = schema_type(parameter.type);
  // What may be left out may be null, too, as some clients fill in all there is.
  if (parameter.required || !type.starts_with(R"("type":")")) {
    out += type;
  } else {
    const std::size_t end = type.find('"', 8);
    out += R"("type":[)" + std::string(type.substr(7, end - 6)) + R"(,"null"])" +
           std::string(type.substr(end + 1));
  }
  std::string words = parameter.description;
  if (!parameter.allowed_values.empty()) {
    out += R"(,"enum":[)";
    for (const Value& value : parameter.allowed_values) {
      if (&value != parameter.allowed_values.data()) out += ',';
      append_value(out, value);
    }
    out += parameter.required ? "]" : ",null]";
  }
  append_bound(out, words, "minimum", "At least", parameter.minimum);
  append_bound(out, words, "maximum", "At most", parameter.maximum);
  if (parameter.pattern) {
    out += R"(,"pattern":)";
    append_json_string(out, "^(?:" + parameter.pattern->text() + ")$");
  }
  if (parameter.max_length) out += R"(,"maxLength":)" + std::to_string(*parameter.max_length);
  if (parameter.default_value) {
    out += R"(,"default":)";
    append_value(out, *parameter.default_value);
  }
  if (!words.empty()) {
    out += R"(,"description":)";
    append_json_string(out, words);
  }
  out += '}';
}

}  // namespace

Result<Params> read_params(const json::value* params) {
  if (params == nullptr || params->is_null()) return Params();
  if (const json::array* array = params->if_array()) {
    std::vector<Value> values;
    for (const json::value& one : *array) {
      auto value = plain_value(one, "params[" + std::to_string(values.size()) + "]");
      if (!value) return pass_error(value);
      values.push_back(std::move(*value));
    }
    return Params(std::move(values));
  }
  if (!params->is_object())
    return fail(ErrorCode::invalid_argument, "params must be an array, or an object of names and values");
  std::vector<std::pair<std::string, Value>> values;
  for (const auto& [name, one] : params->get_object()) {
    auto value = plain_value(one, "params." + std::string(name));
    if (!value) return pass_error(value);
    values.emplace_back(std::string(name), std::move(*value));
  }
  return Params::named(std::move(values));
}

Result<Params> read_tool_params(const config::ToolConfig& tool, const json::object& arguments) {
  std::vector<Value> values;
  values.reserve(tool.parameters.size());
  for (const config::ToolParameter& parameter : tool.parameters) {
    auto value = tool_value(parameter, arguments);
    if (!value) return pass_error(value);
    values.push_back(std::move(*value));
  }
  if (tool.binding == config::ToolBinding::by_position) return Params(std::move(values));
  std::vector<std::pair<std::string, Value>> named;
  for (std::size_t at = 0; at < values.size(); ++at)
    named.emplace_back(tool.parameters[at].name, std::move(values[at]));
  return Params::named(std::move(named));
}

std::string tool_input_schema(const config::ToolConfig& tool) {
  std::string properties;
  std::string required;
  for (const config::ToolParameter& parameter : tool.parameters) {
    if (!properties.empty()) properties += ',';
    append_parameter(properties, parameter);
    if (!parameter.required || parameter.default_value) continue;
    if (!required.empty()) required += ',';
    append_json_string(required, parameter.name);
  }
  std::string out = R"({"type":"object","properties":{)" + properties + '}';
  if (!required.empty()) out += R"(,"required":[)" + required + ']';
  return out + R"(,"additionalProperties":false})";
}

}  // namespace penstock::server
