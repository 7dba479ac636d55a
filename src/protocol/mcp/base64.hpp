// Base64 (RFC 4648, with padding).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace penstock::protocol::mcp {

[[nodiscard]] std::string base64_encode(std::string_view bytes);
/// Nothing when the text is not base64, padding included.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

}  // namespace penstock::protocol::mcp
