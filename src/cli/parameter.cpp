#include "cli/parameter.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/printable.hpp"

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

/// The whole text as a T, or nothing.
template <typename T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

template <typename T>
std::optional<Value> as_value(std::optional<T> parsed) {
  return parsed ? std::optional<Value>(Value(std::move(*parsed))) : std::nullopt;
}

std::optional<Value> parse_bool(std::string_view text) {
  if (text == "true") return Value(true);
  if (text == "false") return Value(false);
  return std::nullopt;
}

std::optional<Value> parse_decimal(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  const std::size_t whole = digits_at(digits);
  if (whole == 0) return std::nullopt;
  const std::string_view rest = digits.substr(whole);
  const bool fraction =
      rest.size() > 1 && rest.front() == '.' && digits_at(rest.substr(1)) == rest.size() - 1;
  if (!rest.empty() && !fraction) return std::nullopt;
  return Value(Decimal{std::string(text)});
}

/// A time with an offset behind it: "Z", "+02:00", "-05:30".
std::optional<Value> parse_timestamp_tz(std::string_view text) {
  std::int64_t offset_minutes = 0;
  if (text.ends_with('Z')) {
    text.remove_suffix(1);
  } else {
    if (text.size() < 6) return std::nullopt;
    const std::string_view offset = text.substr(text.size() - 6);
    const auto hours = number<unsigned>(offset.substr(1, 2));
    const auto minutes = number<unsigned>(offset.substr(4, 2));
    const bool has_sign = offset[0] == '+' || offset[0] == '-';
    if (!has_sign || offset[3] != ':' || !hours || !minutes || *hours > 23 || *minutes > 59)
      return std::nullopt;
    offset_minutes = static_cast<std::int64_t>(*hours * 60 + *minutes) * (offset[0] == '-' ? -1 : 1);
    text.remove_suffix(6);
  }
  const auto local = parse_timestamp(text);
  if (!local) return std::nullopt;
  return Value(TimestampTz{local->microseconds - offset_minutes * 60'000'000});
}

std::optional<Value> parse_bytes(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes bytes;
  for (std::size_t at = 0; at < text.size(); at += 2) {
    unsigned value = 0;
    const char* const end = text.data() + at + 2;
    if (std::from_chars(text.data() + at, end, value, 16).ptr != end) return std::nullopt;
    bytes.data.push_back(static_cast<std::byte>(value));
  }
  return Value(std::move(bytes));
}

std::optional<Value> parse_float(std::string_view text) {
  const auto value = number<double>(text);
  return value && std::isfinite(*value) ? as_value(value) : std::nullopt;
}

struct ParameterType {
  std::string_view name;
  std::string_view meaning;  ///< with its article
  std::optional<Value> (*parse)(std::string_view text);
};

constexpr std::array kTypes{
    ParameterType{"text", "text", [](std::string_view text) { return std::optional<Value>(Value(text)); }},
    ParameterType{"int", "a 64-bit integer",
                  [](std::string_view text) { return as_value(number<std::int64_t>(text)); }},
    ParameterType{"uint", "an unsigned 64-bit integer",
                  [](std::string_view text) { return as_value(number<std::uint64_t>(text)); }},
    ParameterType{"float", "a finite number", parse_float},
    ParameterType{"decimal", "a decimal number such as 12.50", parse_decimal},
    ParameterType{"bool", "true or false", parse_bool},
    ParameterType{"date", "a date such as 2025-03-31",
                  [](std::string_view text) { return as_value(parse_date(text)); }},
    ParameterType{"time", "a time such as 23:59:00",
                  [](std::string_view text) { return as_value(parse_time(text)); }},
    ParameterType{"timestamp", "a timestamp such as 2025-03-31 23:59:00",
                  [](std::string_view text) { return as_value(parse_timestamp(text)); }},
    ParameterType{"timestamptz", "a timestamp with an offset such as 2025-03-31T23:59:00+02:00",
                  parse_timestamp_tz},
    ParameterType{"uuid", "a UUID such as 123e4567-e89b-12d3-a456-426614174000",
                  [](std::string_view text) { return as_value(parse_uuid(text)); }},
    ParameterType{"json", "JSON",
                  [](std::string_view text) { return std::optional<Value>(Value(Json{std::string(text)})); }},
    ParameterType{"bytes", "an even number of hexadecimal digits", parse_bytes},
};

Value parse_untyped(std::string_view text) {
  if (text == "null") return {};
  if (const auto boolean = parse_bool(text)) return *boolean;
  // JSON cannot tell -0 from 0, text can.
  if (const NumberForm form = number_form(text); form == NumberForm::integer && text != "-0") {
    if (const auto value = number<std::int64_t>(text)) return *value;
  } else if (form == NumberForm::fraction) {
    if (const auto value = parse_float(text)) return *value;
  }
  return text;
}

}  // namespace

Result<Value> parse_parameter(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    for (const ParameterType& type : kTypes) {
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
