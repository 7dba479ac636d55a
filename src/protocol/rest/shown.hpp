// Texts of a request as messages show them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace penstock::protocol::rest {

inline constexpr std::size_t kMaxShownBytes = 40;

/// The beginning of a text in UTF-8, cut between two characters.
[[nodiscard]] constexpr std::string_view shown(std::string_view text) noexcept {
  if (text.size() <= kMaxShownBytes) return text;
  std::size_t end = kMaxShownBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;
  return text.substr(0, end);
}

}  // namespace penstock::protocol::rest
