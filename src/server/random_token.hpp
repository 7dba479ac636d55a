// Names that nobody can guess.
#pragma once

#include <string>
#include <string_view>

namespace penstock::server {

/// 256 random bits as 64 hexadecimal digits. Throws std::runtime_error when the system has no randomness.
[[nodiscard]] std::string random_token();
/// HMAC-SHA256 of the text, raw bytes.
[[nodiscard]] std::string keyed_hash(std::string_view key, std::string_view text);

}  // namespace penstock::server
