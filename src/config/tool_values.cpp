#include "config/tool_values.hpp"

#include <algorithm>
#include <cstddef>
#include <regex>
#include <type_traits>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "config/text.hpp"
#include "config/tools.hpp"

namespace penstock::config {

namespace {

// libstdc++'s executor that keeps a set of states instead of backtracking: neither its time nor its stack can
// be driven up by the text.
constexpr auto kSyntax = std::regex_constants::ECMAScript | std::regex_constants::__polynomial;
constexpr std::size_t kMaxPatternBytes = 1'000;

// A decimal without its sign, as digits before and behind the point, neither with zeros that say nothing.
struct Digits {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
};

Digits digits_of(std::string_view text) noexcept {
  Digits digits;
  digits.negative = text.starts_with('-');
  if (digits.negative) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  digits.whole = text.substr(0, point);
  if (point != std::string_view::npos) digits.fraction = text.substr(point + 1);
  while (digits.whole.starts_with('0'))
    digits.whole.remove_prefix(1);
  while (digits.fraction.ends_with('0'))
    digits.fraction.remove_suffix(1);
  if (digits.whole.empty() && digits.fraction.empty()) digits.negative = false;
  return digits;
}

std::partial_ordering compare_decimals(std::string_view a, std::string_view b) noexcept {
  const Digits left = digits_of(a);
  const Digits right = digits_of(b);
  if (left.negative != right.negative)
    return left.negative ? std::partial_ordering::less : std::partial_ordering::greater;
  std::strong_ordering order = left.whole.size() <=> right.whole.size();
  if (order == 0) order = left.whole <=> right.whole;
  if (order == 0) order = left.fraction <=> right.fraction;
  return left.negative ? 0 <=> order : order;
}

std::size_t count_characters(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string list_values(const std::vector<Value>& values) {
  constexpr std::size_t kShown = 20;
  std::string list;
  for (std::size_t i = 0; i < values.size() && i < kShown; ++i)
    list += (i == 0 ? "" : ", ") + in_backticks(values[i].to_text());
  if (values.size() > kShown) list += fmt::format(" and {} more", values.size() - kShown);
  return list;
}

}  // namespace

struct Pattern::Compiled {
  std::regex expression;
};

Pattern::Pattern(std::string text, std::shared_ptr<const Compiled> compiled) noexcept
    : text_(std::move(text)), compiled_(std::move(compiled)) {}

std::expected<Pattern, std::string> Pattern::compile(std::string text) {
  if (text.size() > kMaxPatternBytes)
    return std::unexpected(fmt::format("is longer than {} bytes", kMaxPatternBytes));
  try {
    auto compiled = std::make_shared<const Compiled>(std::regex(text, kSyntax));
    return Pattern(std::move(text), std::move(compiled));
  } catch (const std::regex_error& error) {
    switch (error.code()) {
      case std::regex_constants::error_brack:
        return std::unexpected("has a `[` without its `]`");
      case std::regex_constants::error_paren:
        return std::unexpected("has a parenthesis without its other one");
      case std::regex_constants::error_complexity:
      case std::regex_constants::error_backref:
        return std::unexpected("has a back-reference, which is not supported");
      default:
        return std::unexpected("is no regular expression of ECMAScript");
    }
  }
}

bool Pattern::matches(std::string_view text) const {
  return std::regex_match(text.begin(), text.end(), compiled_->expression);
}

std::partial_ordering compare_values(const Value& a, const Value& b) {
  return std::visit(
      [&](const auto& left) -> std::partial_ordering {
        using T = std::remove_cvref_t<decltype(left)>;
        const T* right = b.get_if<T>();
        if (right == nullptr) return std::partial_ordering::unordered;
        if constexpr (std::is_same_v<T, Decimal>) return compare_decimals(left.text, right->text);
        if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, Date> || std::is_same_v<T, Time> ||
                      std::is_same_v<T, Timestamp> || std::is_same_v<T, TimestampTz>) {
          return left <=> *right;
        } else {
          return std::partial_ordering::unordered;
        }
      },
      a.storage());
}

std::optional<std::string> violation(const ToolParameter& parameter, const Value& value) {
  if (const auto* text = value.get_if<std::string>()) {
    // The length first: it bounds what the pattern has to look at.
    if (parameter.max_length && count_characters(*text) > static_cast<std::size_t>(*parameter.max_length))
      return fmt::format("must be at most {} characters long", *parameter.max_length);
    if (parameter.pattern && !parameter.pattern->matches(*text))
      return fmt::format("must match {}", in_backticks(parameter.pattern->text()));
  }
  const auto& allowed = parameter.allowed_values;
  if (!allowed.empty() && std::ranges::find(allowed, value) == allowed.end())
    return fmt::format("must be one of {}", list_values(allowed));
  // NaN lies within no bounds.
  if (parameter.minimum && !(compare_values(value, *parameter.minimum) >= 0))
    return fmt::format("must be at least {}", parameter.minimum->to_text());
  if (parameter.maximum && !(compare_values(value, *parameter.maximum) <= 0))
    return fmt::format("must be at most {}", parameter.maximum->to_text());
  return std::nullopt;
}

}  // namespace penstock::config
