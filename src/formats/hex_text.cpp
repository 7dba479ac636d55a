#include "formats/hex_text.hpp"

#include <algorithm>
#include <cstddef>

namespace penstock {

void write_hex(OutputBuffer& out, std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::size_t kSlice = 8 << 10;
  while (!bytes.empty()) {
    const std::string_view slice = bytes.substr(0, kSlice);
    char* cursor = out.reserve(slice.size() * 2);
    for (const char c : slice) {
      const auto byte = static_cast<unsigned char>(c);
      *cursor++ = kDigits[byte >> 4];
      *cursor++ = kDigits[byte & 15];
    }
    out.commit(cursor);
    bytes.remove_prefix(slice.size());
  }
}

}  // namespace penstock
