#include "penstock/utf8.hpp"

#include <cstdint>
#include <cstring>

#include "core/utf8_decode.hpp"

namespace penstock {

namespace {

constexpr unsigned to_byte(char c) noexcept {
  return static_cast<unsigned char>(c);
}

// What may follow a lead byte: Table 3-7 of the Unicode Standard. Only the second byte's range depends on the
// lead.
struct Lead {
  std::size_t size;
  unsigned second_min;
  unsigned second_max;
};

constexpr Lead classify(unsigned lead) noexcept {
  if (lead < 0xC2) return {1, 0, 0};
  if (lead < 0xE0) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead < 0xF0) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead < 0xF4) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {1, 0, 0};
}

}  // namespace

Utf8Character decode_utf8(const char* at, const char* end) noexcept {
  const unsigned first = to_byte(*at);
  if (first < 0x80) return {first, 1, true};
  const Lead lead = classify(first);
  if (lead.size == 1) return {kReplacementCharacter, 1, false};
  char32_t code_point = first & (0x7FU >> lead.size);
  for (std::size_t i = 1; i < lead.size; ++i) {
    if (at + i == end) return {kReplacementCharacter, i, false};
    const unsigned byte = to_byte(at[i]);
    const unsigned min = i == 1 ? lead.second_min : 0x80;
    const unsigned max = i == 1 ? lead.second_max : 0xBF;
    if (byte < min || byte > max) return {kReplacementCharacter, i, false};
    code_point = (code_point << 6) | (byte & 0x3F);
  }
  return {code_point, lead.size, true};
}

std::size_t valid_utf8_prefix(std::string_view text) noexcept {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    std::uint64_t word = 0;
    while (end - at >= 8) {
      std::memcpy(&word, at, 8);
      if ((word & 0x8080808080808080U) != 0) break;
      at += 8;
    }
    while (at != end && to_byte(*at) < 0x80)
      ++at;
    if (at == end) break;
    const Utf8Character character = decode_utf8(at, end);
    if (!character.valid) break;
    at += character.size;
  }
  return static_cast<std::size_t>(at - text.data());
}

bool is_valid_utf8(std::string_view text) noexcept {
  return valid_utf8_prefix(text) == text.size();
}

}  // namespace penstock
