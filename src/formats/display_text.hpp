// Text as it can safely be shown on one line of a terminal, and how wide it is there.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace penstock {

/// Whether a character must not be shown as it is: a control character, or one that is invisible and steers
/// how its neighbours are read (the bidirectional controls, the tag characters, line and paragraph
/// separators).
[[nodiscard]] bool is_unsafe_to_show(char32_t code_point) noexcept;
/// What stands for such a character: with `unicode` the control pictures (U+2400...) for C0 and DEL;
/// otherwise, and for the others, \n, \t, \xHH or \uHHHH.
void append_visible(std::string& out, char32_t code_point, bool unicode);

/// How much of a text went to a cell, in terminal columns.
struct DisplayWidth {
  std::size_t columns = 0;
  bool cut = false;
};

/// Appends `text` on one line: unsafe characters made visible, a line end as U+21B5, bytes that are no UTF-8
/// as U+FFFD; without `unicode`, \n and "?". What would be wider than `max_columns` is cut, between grapheme
/// clusters, and ends in U+2026, or dots. East Asian wide characters and emoji take two columns, combining
/// marks none.
DisplayWidth append_display_text(std::string& out, std::string_view text, bool unicode,
                                 std::size_t max_columns = std::numeric_limits<std::size_t>::max());

}  // namespace penstock
