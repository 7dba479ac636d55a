// JSON text, appended to a string.
#pragma once

#include <string>
#include <string_view>

namespace penstock::protocol {

/// The text as a JSON string, quotes included. Bytes that are no UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// The fewest digits that read back as the same number; a whole one has no fraction. What JSON has no number
/// for is null.
void append_json_number(std::string& out, double number);

}  // namespace penstock::protocol
