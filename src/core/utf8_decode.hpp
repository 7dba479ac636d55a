// Reading UTF-8 that may not be UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

namespace penstock {

inline constexpr char32_t kReplacementCharacter = 0xFFFD;
inline constexpr std::string_view kReplacementText = "\xEF\xBF\xBD";

/// One character of a text, and how many of its bytes stand for it.
struct Utf8Character {
  char32_t code_point = 0;
  std::size_t size = 1;
  bool valid = true;  ///< false: these bytes are no UTF-8, and code_point is U+FFFD
};

/// The character at `at`, which is before `end`. Bytes that are no UTF-8 are taken as the Unicode Standard
/// recommends (section 3.9, U+FFFD Substitution of Maximal Subparts), the practice of browsers and Python.
[[nodiscard]] Utf8Character decode_utf8(const char* at, const char* end) noexcept;

/// The length of the longest start of `text` that is valid UTF-8.
[[nodiscard]] std::size_t valid_utf8_prefix(std::string_view text) noexcept;

}  // namespace penstock
