#include "protocol/json_text.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "penstock/utf8.hpp"

#include "core/byte_block.hpp"
#include "core/number_text.hpp"

namespace penstock::protocol {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kHexDigits = "0123456789abcdef";

/// Whether the character of a JSON string must be escaped. Without branches, for blocks of them.
constexpr bool is_escaped(unsigned char c) noexcept {
  return static_cast<bool>(static_cast<int>(c < 0x20) | static_cast<int>(c == '"') |
                           static_cast<int>(c == '\\') | static_cast<int>(c == 0x7F));
}

/// An escaped character takes no more than this.
constexpr std::size_t kMaxEscape = 6;

/// Behind what was written.
char* write_escape(char* to, unsigned char character) noexcept {
  *to++ = '\\';
  switch (character) {
    case '"':
    case '\\':
      *to++ = static_cast<char>(character);
      return to;
    case '\n':
      *to++ = 'n';
      return to;
    case '\r':
      *to++ = 'r';
      return to;
    case '\t':
      *to++ = 't';
      return to;
    default:
      for (const char c : {'u', '0', '0', kHexDigits[character >> 4], kHexDigits[character & 0xF]})
        *to++ = c;
      return to;
  }
}

char* write_escaped(char* to, std::string_view text) noexcept {
  for (const char c : text) {
    const auto character = static_cast<unsigned char>(c);
    if (is_escaped(character)) {
      to = write_escape(to, character);
    } else {
      *to++ = c;
    }
  }
  return to;
}

void append_escaped(std::string& out, std::string_view text) {
  constexpr std::size_t kPart = 16 * kByteBlock;
  std::array<char, kMaxEscape * kPart> written;  // NOLINT: only what was written is read
  while (!text.empty()) {
    std::string_view part = text.substr(0, kPart);
    text.remove_prefix(part.size());
    char* to = written.data();
    while (part.size() >= kByteBlock) {
      const std::size_t plain = find_in_block(std::span(part).first<kByteBlock>(), is_escaped);
      std::memcpy(to, part.data(), kByteBlock);  // what is behind `plain` is written over
      to += plain;
      if (plain < kByteBlock) to = write_escape(to, static_cast<unsigned char>(part[plain]));
      part.remove_prefix(plain < kByteBlock ? plain + 1 : plain);
    }
    to = write_escaped(to, part);
    out.append(written.data(), static_cast<std::size_t>(to - written.data()));
  }
}

/// The longest beginning that is UTF-8. Text that is not is rare, and short: an error's.
std::size_t valid_prefix(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size()) {
    std::size_t length = 1;
    while (length <= 4 && end + length <= text.size() && !is_valid_utf8(text.substr(end, length)))
      ++length;
    if (length > 4 || end + length > text.size()) break;
    end += length;
  }
  return end;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  if (is_valid_utf8(text)) {
    append_escaped(out, text);
  } else {
    while (!text.empty()) {
      const std::size_t valid = valid_prefix(text);
      append_escaped(out, text.substr(0, valid));
      if (valid == text.size()) break;
      out += kReplacement;
      text.remove_prefix(valid + 1);
    }
  }
  out += '"';
}

void append_json_number(std::string& out, double number) {
  constexpr double kExact = 9007199254740992.0;
  std::array<char, kMaxNumberText> digits{};
  if (!std::isfinite(number)) {
    out += "null";
  } else if (std::trunc(number) == number && std::abs(number) < kExact) {
    out.append(digits.data(), write_number(digits.data(), static_cast<std::int64_t>(number)));
  } else {
    out.append(digits.data(), write_number(digits.data(), number));
  }
}

}  // namespace penstock::protocol
