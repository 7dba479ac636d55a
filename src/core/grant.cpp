#include "penstock/grant.hpp"

#include <algorithm>

namespace penstock {

namespace {

// Linear in the name but for the last `*`, which alone is ever taken back.
bool fits(std::string_view pattern, std::string_view name) noexcept {
  std::size_t at = 0;
  std::size_t next = 0;
  std::size_t star = std::string_view::npos;
  std::size_t taken = 0;
  while (next < name.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      taken = next;
    } else if (at < pattern.size() && pattern[at] == name[next]) {
      ++at;
      ++next;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      next = ++taken;
    } else {
      return false;
    }
  }
  return std::ranges::all_of(pattern.substr(at), [](char c) { return c == '*'; });
}

}  // namespace

bool NameSet::contains(std::string_view name) const noexcept {
  // The one of who may have everything is usual, and faster so.
  return std::ranges::any_of(
      patterns_, [name](const std::string& pattern) { return pattern == "*" || fits(pattern, name); });
}

}  // namespace penstock
