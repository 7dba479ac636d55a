// Text at the end of a buffer, such as one of fmt's, whose own append() is a call into its library for a few
// bytes.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace penstock {

/// `Buffer` has contiguous bytes, and leaves those that resize() adds as they are.
template <typename Buffer>
void append_bytes(Buffer& out, std::string_view text) {
  if (text.empty()) return;
  const std::size_t at = out.size();
  out.resize(at + text.size());
  std::memcpy(out.data() + at, text.data(), text.size());
}

}  // namespace penstock
