#include "formats/json_text.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "core/utf8_decode.hpp"

namespace penstock {

namespace {

static_assert(std::endian::native == std::endian::little,
              "first_special() counts bytes from the least significant");

enum class Source : std::uint8_t {
  text,  // becomes the inside of a JSON string
  json,  // is JSON already
};

constexpr std::uint64_t kOnes = 0x0101010101010101U;
constexpr std::uint64_t kHighs = 0x8080808080808080U;
constexpr std::size_t kSlice = 4 << 10;
constexpr std::size_t kWorstGrowth = 6;  // a control character: \u001b
static_assert(kSlice * kWorstGrowth + 8 <= OutputBuffer::kMaxReserve);

constexpr std::uint64_t zero_bytes(std::uint64_t word) noexcept {
  return (word - kOnes) & ~word & kHighs;
}

// The high bits of the bytes that cannot be copied as they are. Bits above the lowest one set may be wrong: a
// borrow runs upwards from a true match.
template <Source source>
constexpr std::uint64_t special_bytes(std::uint64_t word) noexcept {
  std::uint64_t special =
      ((word - kOnes * 0x20) & ~word & kHighs) | (word & kHighs) | zero_bytes(word ^ kOnes * 0x7F);
  if constexpr (source == Source::text)
    special |= zero_bytes(word ^ kOnes * '"') | zero_bytes(word ^ kOnes * '\\');
  return special;
}

template <Source source>
constexpr bool is_special(unsigned char byte) noexcept {
  return byte < 0x20 || byte >= 0x7F || (source == Source::text && (byte == '"' || byte == '\\'));
}

char* write_escape(char* out, char32_t code_point) noexcept {
  constexpr std::string_view kHex = "0123456789abcdef";
  *out++ = '\\';
  *out++ = 'u';
  for (int shift = 12; shift >= 0; shift -= 4)
    *out++ = kHex[(code_point >> shift) & 15U];
  return out;
}

// Line ends to some readers, C1 controls, and what turns or hides text on a terminal: U+200B, marks and
// embeddings of direction, the byte order mark.
constexpr bool needs_escape(char32_t c) noexcept {
  return c < 0xA0 || c == 0x200B || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF;
}

char* write_control(char* out, unsigned char byte) noexcept {
  char letter = 0;
  switch (byte) {
    case '\b':
      letter = 'b';
      break;
    case '\t':
      letter = 't';
      break;
    case '\n':
      letter = 'n';
      break;
    case '\f':
      letter = 'f';
      break;
    case '\r':
      letter = 'r';
      break;
    default:
      return write_escape(out, byte);
  }
  *out++ = '\\';
  *out++ = letter;
  return out;
}

// One special character; returns where the next one begins.
template <Source source>
const char* write_special(char*& out, const char* at, const char* end) noexcept {
  const auto byte = static_cast<unsigned char>(*at);
  if (byte >= 0x80) {
    const Utf8Character character = decode_utf8(at, end);
    const char32_t code_point = character.code_point;
    if (!character.valid) {
      std::memcpy(out, kReplacementText.data(), kReplacementText.size());
      out += kReplacementText.size();
    } else if (needs_escape(code_point)) {
      out = write_escape(out, code_point);
    } else {
      std::memcpy(out, at, character.size);
      out += character.size;
    }
    return at + character.size;
  }
  if (byte == 0x7F) {
    out = write_escape(out, byte);
  } else if constexpr (source == Source::json) {
    *out++ = ' ';  // a line end or a tab between tokens; valid JSON has them nowhere else
  } else if (byte < 0x20) {
    out = write_control(out, byte);
  } else {
    *out++ = '\\';
    *out++ = *at;
  }
  return at + 1;
}

// Writes what begins before `stop`; a character may reach beyond it. Returns where the rest begins.
template <Source source>
const char* write_slice(char*& out, const char* at, const char* stop, const char* end) noexcept {
  while (at < stop) {
    std::uint64_t special = 0;
    while (stop - at >= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, 8);
      std::memcpy(out, &word, 8);
      special = special_bytes<source>(word);
      if (special != 0) break;
      at += 8;
      out += 8;
    }
    if (special != 0) {
      const int clean = std::countr_zero(special) / 8;
      at += clean;
      out += clean;
    } else {
      while (at < stop && !is_special<source>(static_cast<unsigned char>(*at)))
        *out++ = *at++;
      if (at == stop) break;
    }
    at = write_special<source>(out, at, end);
  }
  return at;
}

template <Source source>
void write_escaped(OutputBuffer& out, std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    const auto rest = static_cast<std::size_t>(end - at);
    const std::size_t size = rest < kSlice ? rest : kSlice;
    char* cursor = out.reserve(size * kWorstGrowth + 8);
    at = write_slice<source>(cursor, at, at + size, end);
    out.commit(cursor);
  }
}

}  // namespace

void write_json_string(OutputBuffer& out, std::string_view text) {
  out.append('"');
  write_escaped<Source::text>(out, text);
  out.append('"');
}

void write_plain_json_string(OutputBuffer& out, std::string_view text) {
  if (text.size() + 2 > OutputBuffer::kMaxReserve) [[unlikely]] {
    write_json_string(out, text);
    return;
  }
  char* cursor = out.reserve(text.size() + 2);
  *cursor++ = '"';
  if (!text.empty()) std::memcpy(cursor, text.data(), text.size());
  cursor += text.size();
  *cursor++ = '"';
  out.commit(cursor);
}

bool is_plain_json(std::string_view text) noexcept {
  // Without branches within a block, so that the compiler makes it a vector loop.
  constexpr std::size_t kBlock = 1 << 10;
  for (std::size_t start = 0; start < text.size(); start += kBlock) {
    unsigned special = 0;
    for (const char c : text.substr(start, kBlock)) {
      special |= static_cast<unsigned>(is_special<Source::text>(static_cast<unsigned char>(c)));
    }
    if (special != 0) return false;
  }
  return true;
}

void write_embedded_json(OutputBuffer& out, std::string_view json) {
  write_escaped<Source::json>(out, json);
}

}  // namespace penstock
