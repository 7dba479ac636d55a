// Base64 of RFC 4648, section 5, as JOSE has it: no padding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace penstock::server {

/// Nothing for anything but the one text that means the bytes: padding, another alphabet, white space, or
/// bits left over that are not zero.
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace penstock::server
