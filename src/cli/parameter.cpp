#include "cli/parameter.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/printable.hpp"
#include "core/typed_text.hpp"

namespace penstock::cli {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// How many digits `text` begins with.
std::size_t digits_at(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count]))
    ++count;
  return count;
}

enum class NumberForm : std::uint8_t { none, integer, fraction };

/// Whether the text is a number of JSON's grammar (RFC 8259, section 6).
NumberForm number_form(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t whole = digits_at(text);
  if (whole == 0 || (whole > 1 && text.front() == '0')) return NumberForm::none;
  text.remove_prefix(whole);
  if (text.empty()) return NumberForm::integer;
  if (text.front() == '.') {
    const std::size_t fraction = digits_at(text.substr(1));
    if (fraction == 0) return NumberForm::none;
    text.remove_prefix(1 + fraction);
  }
  if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
    text.remove_prefix(1);
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
    const std::size_t exponent = digits_at(text);
    if (exponent == 0) return NumberForm::none;
    text.remove_prefix(exponent);
  }
  return text.empty() ? NumberForm::fraction : NumberForm::none;
}

/// The text as a value of the type of this name, or nothing.
std::optional<Value> as(std::string_view type, std::string_view text) {
  return find_typed_text(type)->parse(text);
}

Value parse_untyped(std::string_view text) {
  if (text == "null") return {};
  if (const auto boolean = as("bool", text)) return *boolean;
  // JSON cannot tell -0 from 0, text can.
  if (const NumberForm form = number_form(text); form == NumberForm::integer && text != "-0") {
    if (const auto value = as("int", text)) return *value;
  } else if (form == NumberForm::fraction) {
    if (const auto value = as("float", text)) return *value;
  }
  return text;
}

}  // namespace

Result<Value> parse_parameter(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    for (const TypedText& type : typed_texts()) {
      if (text.substr(0, colon) != type.name) continue;
      if (auto value = type.parse(text.substr(colon + 1))) return std::move(*value);
      return fail(ErrorCode::invalid_argument,
                  fmt::format("parameter '{}': not {}", printable(text), type.meaning),
                  fmt::format("for the text itself, write 'text:{}'", printable(text)));
    }
  }
  return parse_untyped(text);
}

Result<Params> parse_parameters(std::span<const std::string> positional, std::span<const std::string> named) {
  if (!positional.empty() && !named.empty()) {
    return fail(ErrorCode::invalid_argument, "parameters by position and by name cannot be mixed",
                "use --param for every one, or --named for every one");
  }
  std::vector<Value> values;
  for (const std::string& text : positional) {
    auto value = parse_parameter(text);
    if (!value) return pass_error(value);
    values.push_back(std::move(*value));
  }
  if (named.empty()) return Params(std::move(values));

  std::vector<std::pair<std::string, Value>> pairs;
  for (const std::string& text : named) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("--named wants NAME=VALUE, not '{}'", printable(text)));
    }
    std::string name = text.substr(0, equals);
    for (const auto& [other, ignored] : pairs) {
      if (other == name) {
        return fail(ErrorCode::invalid_argument,
                    fmt::format("the parameter '{}' is given twice", printable(name)));
      }
    }
    auto value = parse_parameter(std::string_view(text).substr(equals + 1));
    if (!value) return pass_error(value);
    pairs.emplace_back(std::move(name), std::move(*value));
  }
  return Params::named(std::move(pairs));
}

}  // namespace penstock::cli
