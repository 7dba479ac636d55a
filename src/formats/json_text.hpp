// The pieces of JSON text: strings, numbers, and JSON that comes from elsewhere.
#pragma once

#include <string_view>

#include "formats/output_buffer.hpp"

namespace penstock {

/// The text as a JSON string, quotes included. All that could harm a reader of lines, a terminal or a script
/// is escaped: C0 and C1 controls, DEL, U+2028, U+2029, marks of direction and invisible ones. Bytes that are
/// no UTF-8 become U+FFFD.
void write_json_string(OutputBuffer& out, std::string_view text);

/// The same for text that is_plain_json() is true of: copied as it is.
void write_plain_json_string(OutputBuffer& out, std::string_view text);
/// Whether no character of the text needs an escape and all are ASCII.
[[nodiscard]] bool is_plain_json(std::string_view text) noexcept;

/// Text that is_json() is true of, on one line, and with the escapes that write_json_string() adds.
void write_embedded_json(OutputBuffer& out, std::string_view json);

}  // namespace penstock
