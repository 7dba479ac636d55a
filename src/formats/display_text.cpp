#include "formats/display_text.hpp"

#include <algorithm>

#include <utf8proc.h>

#include "core/utf8_decode.hpp"

namespace penstock {

namespace {

constexpr char32_t kEmojiPresentation = 0xFE0F;
constexpr std::string_view kReturnSymbol = "\xE2\x86\xB5";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

constexpr bool is_printable_ascii(char c) noexcept {
  return c >= ' ' && c <= '~';
}

constexpr bool is_regional_indicator(char32_t c) noexcept {
  return c >= 0x1F1E6 && c <= 0x1F1FF;
}

utf8proc_int32_t to_utf8proc(char32_t code_point) noexcept {
  return static_cast<utf8proc_int32_t>(code_point);
}

/// Lays one text out, a character at a time.
class LineWriter {
 public:
  LineWriter(std::string& out, bool unicode, std::size_t max_columns) noexcept
      : out_(&out),
        unicode_(unicode),
        max_(max_columns),
        dots_(unicode ? 1 : std::min<std::size_t>(3, max_columns)),
        kept_bytes_(out.size()) {}

  [[nodiscard]] bool full() const noexcept { return columns_ > max_; }

  /// Characters that stand by themselves, each one column wide.
  void put_columns(std::string_view text, std::size_t columns) {
    note_break();
    out_->append(text);
    columns_ += columns;
    last_ = 0;
  }

  /// A character that may join the one before it to one grapheme cluster.
  void put(char32_t code_point, std::string_view bytes) {
    const bool joins = last_ != 0 && utf8proc_grapheme_break_stateful(
                                         to_utf8proc(last_), to_utf8proc(code_point), &break_state_) == 0;
    auto width = static_cast<std::size_t>(utf8proc_charwidth(to_utf8proc(code_point)));
    if (!joins) {
      note_break();
      break_state_ = 0;
      cluster_columns_ = 0;
    } else if (code_point == kEmojiPresentation || is_regional_indicator(code_point)) {
      width = 2;
    }
    if (width > cluster_columns_) {
      columns_ += width - cluster_columns_;
      cluster_columns_ = width;
    }
    out_->append(bytes);
    last_ = code_point;
  }

  [[nodiscard]] DisplayWidth finish() {
    if (!full()) return {columns_, false};
    out_->resize(kept_bytes_);
    if (unicode_ && dots_ <= max_) {
      out_->append(kEllipsis);
    } else {
      out_->append(dots_, '.');
    }
    return {kept_columns_ + dots_, true};
  }

 private:
  // Before a new cluster: the text up to here is kept should the rest not fit.
  void note_break() noexcept {
    if (columns_ + dots_ > max_) return;
    kept_bytes_ = out_->size();
    kept_columns_ = columns_;
  }

  std::string* out_;
  bool unicode_;
  std::size_t max_;
  std::size_t dots_;
  std::size_t kept_bytes_;
  std::size_t kept_columns_ = 0;
  std::size_t columns_ = 0;
  std::size_t cluster_columns_ = 0;
  char32_t last_ = 0;
  utf8proc_int32_t break_state_ = 0;
};

void put_visible(LineWriter& line, char32_t code_point, bool unicode) {
  std::string visible;
  append_visible(visible, code_point, unicode);
  const bool picture = static_cast<unsigned char>(visible.front()) >= 0x80;
  line.put_columns(visible, picture ? 1 : visible.size());
}

}  // namespace

bool is_unsafe_to_show(char32_t code_point) noexcept {
  if (code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0)) return true;
  if (code_point < 0x600) return false;
  constexpr char32_t kNonJoiner = 0x200C;
  constexpr char32_t kJoiner = 0x200D;
  if (code_point == kNonJoiner || code_point == kJoiner)
    return false;  // scripts and emoji are spelt with these
  const utf8proc_property_t* property = utf8proc_get_property(to_utf8proc(code_point));
  switch (property->category) {
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return true;
    case UTF8PROC_CATEGORY_CF:
      return property->ignorable != 0;
    default:
      return false;
  }
}

void append_visible(std::string& out, char32_t code_point, bool unicode) {
  constexpr std::string_view kHex = "0123456789abcdef";
  if (unicode && (code_point < 0x20 || code_point == 0x7F)) {
    const char32_t picture = code_point == 0x7F ? 0x21 : code_point;
    out += "\xE2\x90";
    out += static_cast<char>(0x80 + picture);
    return;
  }
  if (code_point == '\n' || code_point == '\t') {
    out += code_point == '\n' ? "\\n" : "\\t";
    return;
  }
  const int digits = code_point < 0x100 ? 2 : code_point < 0x10000 ? 4 : 6;
  out += code_point < 0x100 ? "\\x" : "\\u";
  for (int i = digits - 1; i >= 0; --i)
    out += kHex[(code_point >> (4 * i)) & 15U];
}

DisplayWidth append_display_text(std::string& out, std::string_view text, bool unicode,
                                 std::size_t max_columns) {
  LineWriter line(out, unicode, max_columns);
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end && !line.full()) {
    // Of a run of plain characters, only the last can be joined by what follows.
    const char* run = at;
    while (run != end && is_printable_ascii(*run))
      ++run;
    while (run - at > 1 && !line.full())
      line.put_columns({at++, 1}, 1);
    const Utf8Character character = decode_utf8(at, end);
    const std::string_view bytes(at, character.size);
    at += character.size;
    if (character.code_point == '\r' && at != end && *at == '\n') continue;
    if (character.code_point == '\n' && unicode) {
      line.put_columns(kReturnSymbol, 1);
    } else if (is_unsafe_to_show(character.code_point)) {
      put_visible(line, character.code_point, unicode);
    } else if (!character.valid) {
      line.put_columns(unicode ? kReplacementText : std::string_view("?"), 1);
    } else {
      line.put(character.code_point, bytes);
    }
  }
  return line.finish();
}

}  // namespace penstock
