// The signature algorithms of JSON Web Algorithms that can be checked with a public key. `none` and the HMACs
// are not among them, so nothing can be asked to use one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace penstock::server {

enum class KeyKind : std::uint8_t { rsa, p256, p384, p521, ed25519, ed448 };

enum class SignatureScheme : std::uint8_t { rsa_pkcs1, rsa_pss, ecdsa, eddsa };

/// RFC 7518, section 3.1, RFC 8037 and RFC 9864.
struct SignatureAlgorithm {
  std::string_view name;  ///< as in the header `alg`: matched byte for byte
  SignatureScheme scheme = SignatureScheme::rsa_pkcs1;
  std::string_view digest;  ///< OpenSSL's name; empty where the scheme has its own
  KeyKind key = KeyKind::rsa;
  std::optional<KeyKind> other_key = std::nullopt;  ///< EdDSA leaves the curve to the key

  [[nodiscard]] constexpr bool fits(KeyKind kind) const noexcept { return kind == key || kind == other_key; }
};

[[nodiscard]] std::span<const SignatureAlgorithm> signature_algorithms() noexcept;
/// Null when it is none of these.
[[nodiscard]] const SignatureAlgorithm* find_signature_algorithm(std::string_view name) noexcept;

}  // namespace penstock::server
