// JSON text, appended to a string.
#pragma once

#include <string>
#include <string_view>

namespace penstock::protocol {

/// The text as a JSON string, quotes included. Bytes that are no UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace penstock::protocol
