#include "config/text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/utf8_decode.hpp"

namespace penstock::config {

namespace {

constexpr std::size_t kMaxShownBytes = 80;

Utf8Character character_at(std::string_view text, std::size_t offset) noexcept {
  return decode_utf8(text.data() + offset, text.data() + text.size());
}

// Terminals obey U+0080 to U+009F too.
bool is_control(char32_t code_point) noexcept {
  return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0);
}

void append_escaped(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    switch (c) {
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
}

}  // namespace

LineIndex::LineIndex(std::string_view text) : text_(text), starts_{0} {
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    starts_.push_back(at + 1);
  }
}

Place LineIndex::place(std::size_t offset) const {
  const std::size_t at = std::min(offset, text_.size());
  const auto line = static_cast<std::size_t>(std::ranges::upper_bound(starts_, at) - starts_.begin()) - 1;
  return place(line, at - starts_[line]);
}

Place LineIndex::place(std::size_t line, std::size_t byte) const {
  const std::size_t known = std::min(line, starts_.size() - 1);
  const std::string_view before = text_.substr(starts_[known], byte);
  const auto characters =
      std::ranges::count_if(before, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return {static_cast<int>(known) + 1, static_cast<int>(characters) + 1};
}

std::optional<BadByte> find_bad_byte(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const Utf8Character character = character_at(text, at);
    if (!character.valid) return BadByte{at, false};
    const bool is_control_byte = character.size == 1 && is_control(character.code_point);
    if (is_control_byte && c != '\t' && c != '\n' && c != '\r') return BadByte{at, true};
    at += character.size;
  }
  return std::nullopt;
}

std::string in_backticks(std::string_view text) {
  std::string out = "`";
  std::size_t at = 0;
  while (at < text.size()) {
    const Utf8Character character = character_at(text, at);
    if (at + character.size > kMaxShownBytes) break;
    const std::string_view bytes = text.substr(at, character.size);
    if (character.valid && !is_control(character.code_point)) {
      out += bytes;
    } else {
      append_escaped(out, bytes);
    }
    at += character.size;
  }
  out += at < text.size() ? "...`" : "`";
  return out;
}

std::string_view without_bom(std::string_view text) noexcept {
  constexpr std::string_view kBom = "\xEF\xBB\xBF";
  return text.starts_with(kBom) ? text.substr(kBom.size()) : text;
}

}  // namespace penstock::config
