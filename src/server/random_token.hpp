// Names that nobody can guess.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace penstock::server {

/// 256 random bits as 64 hexadecimal digits. Throws std::runtime_error when the system has no randomness.
[[nodiscard]] std::string random_token();
/// 64 random bits, a few nanoseconds each: the kernel is asked for many at once. Throws as random_token()
/// does.
[[nodiscard]] std::uint64_t random_number();
/// HMAC-SHA256 of the text, raw bytes.
[[nodiscard]] std::string keyed_hash(std::string_view key, std::string_view text);

}  // namespace penstock::server
