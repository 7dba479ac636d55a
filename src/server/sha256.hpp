// SHA-256, as OpenSSL computes it.
#pragma once

#include <array>
#include <string_view>

namespace penstock::server {

using Sha256 = std::array<unsigned char, 32>;

/// Of any bytes. Thread-safe. Throws when OpenSSL cannot, which it can.
[[nodiscard]] Sha256 sha256(std::string_view bytes);

}  // namespace penstock::server
