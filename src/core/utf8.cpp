#include "penstock/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace penstock {

namespace {

// The length of the ASCII run that `text` starts with, in whole words of eight bytes.
std::size_t ascii_words(std::string_view text) noexcept {
  std::size_t length = 0;
  std::uint64_t word = 0;
  while (text.size() - length >= sizeof(word)) {
    std::memcpy(&word, text.data() + length, sizeof(word));
    if ((word & 0x8080808080808080U) != 0) break;
    length += sizeof(word);
  }
  return length;
}

// What a lead byte asks of the bytes after it: how many there are, and the range of the first of them.
struct Sequence {
  std::size_t continuations = 0;  // 0: no lead byte
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
};

Sequence sequence_of(unsigned char lead) noexcept {
  if (lead >= 0xC2 && lead <= 0xDF) return {1};
  if (lead == 0xE0) return {2, 0xA0, 0xBF};  // below: overlong
  if (lead == 0xED) return {2, 0x80, 0x9F};  // above: surrogates
  if (lead >= 0xE1 && lead <= 0xEF) return {2};
  if (lead == 0xF0) return {3, 0x90, 0xBF};  // below: overlong
  if (lead >= 0xF1 && lead <= 0xF3) return {3};
  if (lead == 0xF4) return {3, 0x80, 0x8F};  // above: beyond U+10FFFF
  return {};
}

}  // namespace

bool is_valid_utf8(std::string_view text) noexcept {
  const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  std::size_t at = 0;
  while (at < text.size()) {
    if (byte(at) < 0x80) {
      const std::size_t run = ascii_words(text.substr(at));
      at += run == 0 ? 1 : run;
      continue;
    }
    const Sequence sequence = sequence_of(byte(at));
    if (sequence.continuations == 0 || text.size() - at <= sequence.continuations) return false;
    if (byte(at + 1) < sequence.low || byte(at + 1) > sequence.high) return false;
    for (std::size_t i = 2; i <= sequence.continuations; ++i) {
      if ((byte(at + i) & 0xC0) != 0x80) return false;
    }
    at += sequence.continuations + 1;
  }
  return true;
}

}  // namespace penstock
