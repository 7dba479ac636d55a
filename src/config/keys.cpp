#include "config/keys.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace penstock::config {

namespace {

bool is_letter_or_digit(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

}  // namespace

const Entry* find_section(const Node& root, std::string_view section, FileProblems& problems) {
  const std::array known{std::string(section)};
  if (root.kind == NodeKind::null) {
    problems.add(
        fmt::format("is empty: it holds the key `{}`; `penstock init` writes one to start from", section));
    return nullptr;
  }
  if (root.kind != NodeKind::map) {
    problems.add(root.place,
                 fmt::format("the file must be a map with the key `{}`, found {}; `penstock init` writes "
                             "one to start from",
                             section, describe(root.kind)));
    return nullptr;
  }
  for (const Entry& entry : root.entries) {
    if (entry.key == section || entry.key.starts_with(kExtensionPrefix)) continue;
    report_unknown_key(entry, "the file", known, problems);
  }
  const Entry* found = root.find(section);
  if (found == nullptr) problems.add(root.place, fmt::format("the key `{}` is missing", section));
  return found;
}

void report_unknown_key(const Entry& entry, std::string_view owner, std::span<const std::string> known,
                        FileProblems& problems) {
  if (problems.full()) return problems.add(entry.place, {});
  std::string hint = did_you_mean(entry.key, known);
  if (hint.empty()) hint = fmt::format("; {} has {}", owner, listed(known));
  problems.add(entry.place, fmt::format("unknown key {}{}", in_backticks(entry.key), hint));
}

bool is_valid_name(std::string_view text) noexcept {
  if (text.empty() || text.size() > kMaxNameLength || text.front() == '-' || text.front() == '.')
    return false;
  return std::ranges::all_of(
      text, [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-' || c == '.'; });
}

bool is_setting_name(std::string_view text) noexcept {
  constexpr std::size_t kMostBytes = 63;  // what is longer, PostgreSQL cuts off
  bool has_dot = false;
  bool begins = true;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || c == '_';
    if (c == '.' ? begins : begins ? !letter : !letter && !(c >= '0' && c <= '9')) return false;
    begins = c == '.';
    has_dot = has_dot || begins;
  }
  return has_dot && !begins && text.size() <= kMostBytes;
}

}  // namespace penstock::config
