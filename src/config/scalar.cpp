#include "config/scalar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <ranges>
#include <span>
#include <system_error>

#include "core/ascii_case.hpp"

namespace penstock::config {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::array kDurationUnits{Unit{"ms", 1}, Unit{"s", 1'000}, Unit{"m", 60'000}, Unit{"h", 3'600'000},
                                    Unit{"d", 86'400'000}};
constexpr std::array kBinaryUnits{Unit{"B", 1}, Unit{"KiB", 1LL << 10}, Unit{"MiB", 1LL << 20},
                                  Unit{"GiB", 1LL << 30}, Unit{"TiB", 1LL << 40}};
constexpr std::array kSizeUnits{kBinaryUnits[0],           kBinaryUnits[1],
                                kBinaryUnits[2],           kBinaryUnits[3],
                                kBinaryUnits[4],           Unit{"kB", 1'000},
                                Unit{"KB", 1'000},         Unit{"MB", 1'000'000},
                                Unit{"GB", 1'000'000'000}, Unit{"TB", 1'000'000'000'000}};

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// A number of units of which each is a whole one; `bare` is the factor of a number without a unit.
std::optional<std::int64_t> parse_quantity(std::string_view text, std::span<const Unit> units,
                                           std::int64_t bare) {
  const auto digits = static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
  const auto number = parse_integer(text.substr(0, digits));
  if (!number) return std::nullopt;
  std::string_view unit = text.substr(digits);
  std::int64_t factor = bare;
  if (!unit.empty()) {
    if (unit.front() == ' ') unit.remove_prefix(1);
    const auto found = std::ranges::find(units, unit, &Unit::name);
    if (found == units.end()) return std::nullopt;
    factor = found->factor;
  }
  if (*number > std::numeric_limits<std::int64_t>::max() / factor) return std::nullopt;
  return *number * factor;
}

std::string format_quantity(std::int64_t value, std::span<const Unit> units, std::string_view unit_of_zero) {
  if (value == 0) return "0" + std::string(unit_of_zero);
  for (const Unit& unit : units | std::views::reverse) {
    if (value % unit.factor == 0) return std::to_string(value / unit.factor) + std::string(unit.name);
  }
  return std::to_string(value);
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> parse_duration(std::string_view text) noexcept {
  return parse_quantity(text, kDurationUnits, 1'000);
}

std::optional<std::int64_t> parse_size(std::string_view text) noexcept {
  return parse_quantity(text, kSizeUnits, 1);
}

std::optional<bool> parse_boolean(std::string_view text) noexcept {
  const auto is = [text](std::string_view word) { return equal_ignoring_case(text, word); };
  if (is("true") || is("yes") || is("on")) return true;
  if (is("false") || is("no") || is("off")) return false;
  return std::nullopt;
}

std::string format_duration(std::int64_t milliseconds) {
  return format_quantity(milliseconds, kDurationUnits, "s");
}

std::string format_size(std::int64_t bytes) {
  return format_quantity(bytes, kBinaryUnits, "B");
}

}  // namespace penstock::config
