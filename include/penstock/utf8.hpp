// Whether bytes are text.
#pragma once

#include <string_view>

namespace penstock {

/// Whether the bytes are well-formed UTF-8: no overlong form, no surrogate, nothing beyond U+10FFFF (Unicode
/// 15, table 3-7). Strings of a batch must be; a driver whose engine does not vouch for it asks here. A NUL
/// is valid.
[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;

}  // namespace penstock
