#include "protocol/mcp/parameter_headers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <set>

#include "core/ascii_case.hpp"
#include "protocol/mcp/base64.hpp"
#include "protocol/mcp/message.hpp"

namespace penstock::protocol::mcp {
namespace json = boost::json;
namespace {

constexpr std::string_view kAnnotation = "x-mcp-header";
constexpr std::string_view kEncodedPrefix = "=?base64?";
constexpr std::string_view kEncodedSuffix = "?=";
/// Beyond that a reader of doubles sees another integer.
constexpr std::int64_t kMaxSafeInteger = (std::int64_t{1} << 53) - 1;

/// RFC 9110's token.
bool is_token(std::string_view text) noexcept {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char character) {
    const char small = ascii_lower(character);
    return (small >= 'a' && small <= 'z') || (small >= '0' && small <= '9') || kMarks.contains(character);
  });
}

bool is_header_text(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
}

class Finder {
 public:
  Result<std::vector<MirroredParameter>> find(const json::object& schema) {
    if (auto found = visit(schema, true); !found) return pass_error(found);
    return std::move(found_);
  }

 private:
  /// `reachable`: only `properties` lie between the root and here.
  Result<void> visit(const json::object& schema, bool reachable) {
    for (const auto& [key, value] : schema) {
      if (key == kAnnotation) {
        if (auto added = add(schema, value, reachable); !added) return added;
      } else if (key == "properties" && value.is_object()) {
        for (const auto& [name, property] : value.get_object()) {
          path_.emplace_back(name);
          if (auto visited = descend(property, reachable); !visited) return visited;
          path_.pop_back();
        }
      } else if (key != "enum" && key != "const" && key != "default" && key != "examples") {
        if (auto visited = descend(value, false); !visited) return visited;
      }
    }
    return {};
  }

  Result<void> descend(const json::value& value, bool reachable) {
    if (const json::object* object = value.if_object()) return visit(*object, reachable);
    if (const json::array* array = value.if_array())
      for (const json::value& element : *array)
        if (auto visited = descend(element, false); !visited) return visited;
    return {};
  }

  Result<void> add(const json::object& schema, const json::value& value, bool reachable) {
    if (!reachable || path_.empty())
      return fail(ErrorCode::invalid_argument, "x-mcp-header stands where no fixed property is.");
    if (!value.is_string() || !is_token(value.get_string()))
      return fail(ErrorCode::invalid_argument, "x-mcp-header must be the name of a header.");
    const std::string_view type = string_member(schema, "type");
    if (type != "string" && type != "integer" && type != "boolean")
      return fail(ErrorCode::invalid_argument, "x-mcp-header fits a string, an integer or a boolean alone.");
    std::string header = "Mcp-Param-" + std::string(value.get_string());
    if (!names_.insert(ascii_lower(header)).second)
      return fail(ErrorCode::invalid_argument, "The header " + header + " comes twice.");
    found_.push_back({.path = path_, .header = std::move(header)});
    return {};
  }

  std::vector<std::string> path_;
  std::set<std::string> names_;
  std::vector<MirroredParameter> found_;
};

const json::value* value_at(const json::object& arguments, const std::vector<std::string>& path) {
  const json::object* object = &arguments;
  const json::value* value = nullptr;
  for (const std::string& name : path) {
    if (object == nullptr) return nullptr;
    value = object->if_contains(name);
    if (value == nullptr) return nullptr;
    object = value->if_object();
  }
  return value != nullptr && value->is_null() ? nullptr : value;
}

bool same_integer(std::int64_t expected, std::string_view text) noexcept {
  double said = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), said);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() &&
         expected >= -kMaxSafeInteger && expected <= kMaxSafeInteger && said == static_cast<double>(expected);
}

bool same_value(const json::value& value, std::string_view text) {
  if (value.is_string()) return std::string_view(value.get_string()) == text;
  if (value.is_bool()) return text == (value.get_bool() ? "true" : "false");
  if (value.is_int64()) return same_integer(value.get_int64(), text);
  return json::serialize(value) == text;
}

/// Why a header does not say `matches`; nothing when it does.
template <typename Matches>
std::optional<std::string> check(const RequestHeaders& headers, std::string_view header,
                                 const Matches& matches) {
  const auto refused = [&](std::string_view why) {
    return "The header " + std::string(header) + std::string(why);
  };
  const std::size_t count = headers.count(header);
  if (count == 0) return refused(" is missing: it repeats what the body says.");
  if (count > 1) return refused(" is there twice.");
  std::string_view said = headers.value(header);
  std::optional<std::string> decoded;
  if (said.starts_with(kEncodedPrefix) || !is_header_text(said)) {
    decoded = decode_header_value(said);
    if (!decoded) return refused(" holds characters that are not allowed, or broken base64.");
    said = *decoded;
  }
  if (!matches(said)) return refused(" says something else than the body.");
  return std::nullopt;
}

}  // namespace

Result<std::vector<MirroredParameter>> mirrored_parameters(const json::object& schema) {
  return Finder().find(schema);
}

std::optional<std::string> decode_header_value(std::string_view value) {
  if (!is_header_text(value)) return std::nullopt;
  if (value.size() < kEncodedPrefix.size() + kEncodedSuffix.size() || !value.starts_with(kEncodedPrefix) ||
      !value.ends_with(kEncodedSuffix))
    return std::string(value);
  value.remove_prefix(kEncodedPrefix.size());
  value.remove_suffix(kEncodedSuffix.size());
  return base64_decode(value);
}

std::optional<std::string> header_mismatch(const RequestHeaders& headers, std::string_view method,
                                           const std::string_view* name) {
  if (auto wrong = check(headers, "Mcp-Method", [&](std::string_view said) { return said == method; }))
    return wrong;
  if (name == nullptr) return std::nullopt;
  return check(headers, "Mcp-Name", [&](std::string_view said) { return said == *name; });
}

std::optional<std::string> argument_header_mismatch(const RequestHeaders& headers,
                                                    const std::vector<MirroredParameter>& mirrored,
                                                    const json::object& arguments) {
  for (const MirroredParameter& parameter : mirrored) {
    const json::value* value = value_at(arguments, parameter.path);
    if (value == nullptr) {
      if (headers.count(parameter.header) == 0) continue;
      return "The header " + parameter.header + " is there, and the body has no such argument.";
    }
    if (auto wrong =
            check(headers, parameter.header, [&](std::string_view said) { return same_value(*value, said); }))
      return wrong;
  }
  return std::nullopt;
}

}  // namespace penstock::protocol::mcp
