// Text of any length and origin, made fit to be written.
#pragma once

#include <string>
#include <string_view>

#include "formats/json_cells.hpp"
#include "formats/output_buffer.hpp"
#include "formats/scalar_text.hpp"

namespace penstock {

/// The text, with U+FFFD for bytes that are no UTF-8.
void write_valid_utf8(OutputBuffer& out, std::string_view text);

/// The text of values, lists among them, before a format quotes it. One thread at a time.
class CellText {
 public:
  CellText() : list_sink_(made_), list_out_(list_sink_), list_cells_(list_out_) {}

  /// The text of a value that is not null: a list as JSON, bytes as "\\x" and hexadecimal digits, other types
  /// as in ScalarText or as they are. Borrowed from the array or from this object, whose next call ends it.
  [[nodiscard]] std::string_view of(const ValueAt& value);

 private:
  ScalarText scalars_;
  std::string made_;
  StringSink list_sink_;
  OutputBuffer list_out_;
  JsonCells list_cells_;
};

}  // namespace penstock
