// Letters of ASCII without regard to case; every other byte as it is, whatever the locale.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace penstock {

[[nodiscard]] constexpr char ascii_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] inline std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    c = ascii_lower(c);
  return lower;
}

[[nodiscard]] constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a == b) return true;  // which is usual, and faster
  return std::ranges::equal(a, b, [](char x, char y) { return x == y || ascii_lower(x) == ascii_lower(y); });
}

}  // namespace penstock
