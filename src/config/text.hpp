// Positions in a source text, and texts as messages show them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::config {

/// Line and column, both from 1, columns in characters; both 0: the file as a whole.
struct Place {
  int line = 0;
  int column = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

/// Where the lines of a text begin, so that byte offsets become places. Keeps a view of the text.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text);
  /// Of the byte `offset`; of the end when it lies behind it.
  [[nodiscard]] Place place(std::size_t offset) const;
  /// Of a line and a byte in it, both from 0.
  [[nodiscard]] Place place(std::size_t line, std::size_t byte) const;

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

/// What keeps a source from being read as text.
struct BadByte {
  std::size_t offset = 0;
  bool control_character = false;  ///< else it is not UTF-8
};

/// The first byte that is not UTF-8, or is a control character other than tab, line feed and carriage return.
[[nodiscard]] std::optional<BadByte> find_bad_byte(std::string_view text) noexcept;

/// The text in backticks for a message: control characters and bytes that are not UTF-8 escaped, long texts
/// cut.
[[nodiscard]] std::string in_backticks(std::string_view text);

/// The text without a leading byte order mark.
[[nodiscard]] std::string_view without_bom(std::string_view text) noexcept;

}  // namespace penstock::config
