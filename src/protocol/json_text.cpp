#include "protocol/json_text.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "penstock/utf8.hpp"

#include "core/number_text.hpp"

namespace penstock::protocol {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kHexDigits = "0123456789abcdef";

/// Whether the character of a JSON string must be escaped.
constexpr std::array<bool, 256> kEscaped = [] {
  std::array<bool, 256> escaped{};
  for (std::size_t control = 0; control < 0x20; ++control)
    escaped[control] = true;
  escaped['"'] = escaped['\\'] = escaped[0x7F] = true;
  return escaped;
}();

void append_escape(std::string& out, unsigned char character) {
  switch (character) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHexDigits[character >> 4];
      out += kHexDigits[character & 0xF];
  }
}

/// The first character from `at` on that must be escaped; the end when there is none.
std::size_t find_escaped(std::string_view text, std::size_t at) noexcept {
  // Without branches within a block, so that the compiler makes it vector instructions.
  constexpr std::size_t kBlock = 16;
  for (; at + kBlock <= text.size(); at += kBlock) {
    unsigned special = 0;
    for (std::size_t i = 0; i < kBlock; ++i) {
      const auto c = static_cast<unsigned char>(text[at + i]);
      special |= static_cast<unsigned>(c < 0x20) | static_cast<unsigned>(c == '"') |
                 static_cast<unsigned>(c == '\\') | static_cast<unsigned>(c == 0x7F);
    }
    if (special != 0) break;
  }
  while (at < text.size() && !kEscaped[static_cast<unsigned char>(text[at])])
    ++at;
  return at;
}

void append_escaped(std::string& out, std::string_view text) {
  std::size_t plain = 0;
  for (std::size_t at = find_escaped(text, 0); at < text.size(); at = find_escaped(text, plain)) {
    out.append(text, plain, at - plain);
    append_escape(out, static_cast<unsigned char>(text[at]));
    plain = at + 1;
  }
  out.append(text, plain);
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
