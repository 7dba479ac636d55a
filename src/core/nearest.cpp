#include "core/nearest.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "core/ascii_case.hpp"

namespace penstock {

namespace {

constexpr std::size_t kMaxLength = 128;
constexpr std::size_t kMaxSlips = 3;
constexpr std::size_t kMinPrefix = 3;

bool same_letter(char a, char b) {
  return ascii_lower(a) == ascii_lower(b);
}

// Optimal string alignment: Damerau-Levenshtein in which no letters are edited twice. Both at most kMaxLength
// long.
std::size_t slips_between(std::string_view a, std::string_view b) {
  using Row = std::array<std::size_t, kMaxLength + 1>;
  Row before_last{};
  Row last{};
  Row current{};
  for (std::size_t j = 0; j <= b.size(); ++j)
    last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = same_letter(a[i - 1], b[j - 1]);
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
      const bool swapped =
          i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]);
      if (swapped) current[j] = std::min(current[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, current);
  }
  return last[b.size()];
}

bool one_starts_the_other(std::string_view a, std::string_view b) {
  const std::size_t length = std::min(a.size(), b.size());
  return length >= kMinPrefix && std::ranges::equal(a.substr(0, length), b.substr(0, length), same_letter);
}

}  // namespace

std::optional<std::string_view> nearest_name(std::string_view wanted,
                                             std::span<const std::string> candidates) {
  if (wanted.empty() || wanted.size() > kMaxLength) return std::nullopt;
  std::optional<std::string_view> best;
  // A slip is likelier than a cut name, so that every cut name ranks behind every slip.
  std::pair<bool, std::size_t> best_rank;
  for (const std::string& candidate : candidates) {
    if (candidate.empty() || candidate.size() > kMaxLength) continue;
    const std::size_t longer = std::max(wanted.size(), candidate.size());
    const std::size_t slips = slips_between(wanted, candidate);
    const bool close = slips <= std::min(kMaxSlips, (longer + 1) / 3);
    if (!close && !one_starts_the_other(wanted, candidate)) continue;
    const std::pair rank{!close, slips};
    if (!best || rank < best_rank) {
      best = candidate;
      best_rank = rank;
    }
  }
  return best;
}

}  // namespace penstock
