#include "core/typed_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

namespace penstock {

namespace {

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
  if (text.starts_with("\\x")) text.remove_prefix(2);
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
  if (text == "NaN") return Value(std::numeric_limits<double>::quiet_NaN());
  if (text == "Infinity") return Value(std::numeric_limits<double>::infinity());
  if (text == "-Infinity") return Value(-std::numeric_limits<double>::infinity());
  const auto value = number<double>(text);
  return value && std::isfinite(*value) ? as_value(value) : std::nullopt;
}

constexpr std::array kTypes{
    TypedText{"text", "text", TypeId::string,
              [](std::string_view text) { return std::optional<Value>(Value(text)); }},
    TypedText{"int", "a 64-bit integer", TypeId::int64,
              [](std::string_view text) { return as_value(number<std::int64_t>(text)); }},
    TypedText{"uint", "an unsigned 64-bit integer", TypeId::uint64,
              [](std::string_view text) { return as_value(number<std::uint64_t>(text)); }},
    TypedText{"float", "a finite number", TypeId::float64, parse_float},
    TypedText{"decimal", "a decimal number such as 12.50", TypeId::decimal, parse_decimal},
    TypedText{"bool", "true or false", TypeId::boolean, parse_bool},
    TypedText{"date", "a date such as 2025-03-31", TypeId::date,
              [](std::string_view text) { return as_value(parse_date(text)); }},
    TypedText{"time", "a time such as 23:59:00", TypeId::time,
              [](std::string_view text) { return as_value(parse_time(text)); }},
    TypedText{"timestamp", "a timestamp such as 2025-03-31 23:59:00", TypeId::timestamp,
              [](std::string_view text) { return as_value(parse_timestamp(text)); }},
    TypedText{"timestamptz", "a timestamp with an offset such as 2025-03-31T23:59:00+02:00",
              TypeId::timestamp_tz, parse_timestamp_tz},
    TypedText{"uuid", "a UUID such as 123e4567-e89b-12d3-a456-426614174000", TypeId::uuid,
              [](std::string_view text) { return as_value(parse_uuid(text)); }},
    TypedText{"json", "JSON", TypeId::json,
              [](std::string_view text) { return std::optional<Value>(Value(Json{std::string(text)})); }},
    TypedText{"bytes", "an even number of hexadecimal digits", TypeId::bytes, parse_bytes},
};

struct OtherName {
  std::string_view name;
  std::string_view type;
};

constexpr std::array kOtherNames{
    OtherName{"string", "text"},   OtherName{"integer", "int"},
    OtherName{"int64", "int"},     OtherName{"uint64", "uint"},
    OtherName{"number", "float"},  OtherName{"double", "float"},
    OtherName{"float64", "float"}, OtherName{"numeric", "decimal"},
    OtherName{"boolean", "bool"},  OtherName{"timestamp_tz", "timestamptz"},
};

}  // namespace

std::span<const TypedText> typed_texts() noexcept {
  return kTypes;
}

const TypedText* find_typed_text(std::string_view name) noexcept {
  const auto other = std::ranges::find(kOtherNames, name, &OtherName::name);
  if (other != kOtherNames.end()) name = other->type;
  const auto found = std::ranges::find(kTypes, name, &TypedText::name);
  return found == kTypes.end() ? nullptr : &*found;
}

}  // namespace penstock
