// Bytes as hexadecimal digits.
#pragma once

#include <string_view>

#include "formats/output_buffer.hpp"

namespace penstock {

/// Two lower-case digits a byte, and nothing else.
void write_hex(OutputBuffer& out, std::string_view bytes);

}  // namespace penstock
