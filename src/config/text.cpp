#include "config/text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "penstock/utf8.hpp"

namespace penstock::config {

namespace {

constexpr std::size_t kMaxShownBytes = 80;

std::size_t length_by_lead(unsigned char lead) noexcept {
  if (lead < 0x80) return 1;
  if (lead < 0xE0) return 2;
  return lead < 0xF0 ? 3 : 4;
}

bool is_c0_or_delete(unsigned char c) noexcept {
  return c < 0x20 || c == 0x7F;
}

// U+0080 to U+009F, which terminals obey too, are C2 80 to C2 9F.
bool is_c1(std::string_view character) noexcept {
  return character.size() == 2 && static_cast<unsigned char>(character[0]) == 0xC2 &&
         static_cast<unsigned char>(character[1]) < 0xA0;
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

std::size_t character_length(std::string_view text, std::size_t offset) noexcept {
  if (offset >= text.size()) return 0;
  const std::size_t length = length_by_lead(static_cast<unsigned char>(text[offset]));
  return text.size() - offset >= length && is_valid_utf8(text.substr(offset, length)) ? length : 0;
}

std::optional<BadByte> find_bad_byte(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (is_c0_or_delete(c) && c != '\t' && c != '\n' && c != '\r') return BadByte{at, true};
    const std::size_t length = character_length(text, at);
    if (length == 0) return BadByte{at, false};
    at += length;
  }
  return std::nullopt;
}

std::string in_backticks(std::string_view text) {
  std::string out = "`";
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = character_length(text, at);
    const std::string_view character = text.substr(at, std::max<std::size_t>(length, 1));
    if (at + character.size() > kMaxShownBytes) break;
    const bool plain =
        length != 0 && !is_c0_or_delete(static_cast<unsigned char>(character[0])) && !is_c1(character);
    if (plain) {
      out += character;
    } else {
      append_escaped(out, character);
    }
    at += character.size();
  }
  out += at < text.size() ? "...`" : "`";
  return out;
}

std::string_view without_bom(std::string_view text) noexcept {
  constexpr std::string_view kBom = "\xEF\xBB\xBF";
  return text.starts_with(kBom) ? text.substr(kBom.size()) : text;
}

}  // namespace penstock::config
