// The pieces of JSON text: strings, numbers, and JSON that comes from elsewhere.
#pragma once

#include <cstddef>
#include <string_view>

#include "formats/output_buffer.hpp"

namespace penstock {

/// JSON from a database is embedded only when its arrays and objects nest no deeper, as readers have limits
/// of their own (128 in serde_json, for one).
inline constexpr std::size_t kMaxEmbeddedJsonDepth = 100;

/// The text as a JSON string, quotes included. All that could harm a reader of lines, a terminal or a script
/// is escaped: C0 and C1 controls, DEL, U+2028, U+2029. Bytes that are no UTF-8 become U+FFFD.
void write_json_string(OutputBuffer& out, std::string_view text);

/// The same for text that is_plain_json() is true of: copied as it is.
void write_plain_json_string(OutputBuffer& out, std::string_view text);
/// Whether no character of the text needs an escape and all are ASCII.
[[nodiscard]] bool is_plain_json(std::string_view text) noexcept;

/// Text that is_json() is true of, on one line, and with the escapes that write_json_string() adds.
void write_embedded_json(OutputBuffer& out, std::string_view json);
/// Whether the text is one JSON value (RFC 8259) that is valid UTF-8, pairs its surrogate escapes, and nests
/// no deeper than kMaxEmbeddedJsonDepth.
[[nodiscard]] bool is_json(std::string_view text) noexcept;
/// Whether the text is one JSON number, without space around it.
[[nodiscard]] bool is_json_number(std::string_view text) noexcept;

}  // namespace penstock
