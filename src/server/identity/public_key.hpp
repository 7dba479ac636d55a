// A key that signatures are checked with.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "penstock/error.hpp"

#include "server/identity/signature_algorithm.hpp"

struct evp_pkey_st;  // EVP_PKEY

namespace penstock::server {

/// Fewer bits can be factored, more make each check costly.
inline constexpr std::size_t kMinRsaBits = 2'048;
inline constexpr std::size_t kMaxRsaBits = 8'192;

/// Immutable, so thread-safe; copies share the key.
class PublicKey {
 public:
  /// Modulus and exponent, big-endian. `invalid_argument`: bits beyond the bounds above, an exponent that is
  /// even, 1, or longer than 64 bits.
  [[nodiscard]] static Result<PublicKey> rsa(std::string_view modulus, std::string_view exponent);
  /// Coordinates of exactly the length of the curve's field (RFC 7518, 6.2.1.2). `invalid_argument`: another
  /// length, or a point that is not on the curve.
  [[nodiscard]] static Result<PublicKey> elliptic(KeyKind curve, std::string_view x, std::string_view y);
  /// `invalid_argument`: another length than the curve's.
  [[nodiscard]] static Result<PublicKey> edwards(KeyKind curve, std::string_view x);

  [[nodiscard]] KeyKind kind() const noexcept { return kind_; }
  /// Whether `signature`, in JWS's form, is one of `text` by this key. False too when the algorithm is for
  /// another kind of key, and for ECDSA's in DER or with a zero. Leaves nothing in OpenSSL's error queue.
  [[nodiscard]] bool verifies(const SignatureAlgorithm& algorithm, std::string_view text,
                              std::string_view signature) const;

 private:
  using Handle = std::shared_ptr<evp_pkey_st>;
  PublicKey(KeyKind kind, Handle handle) : kind_(kind), handle_(std::move(handle)) {}

  KeyKind kind_;
  Handle handle_;
};

}  // namespace penstock::server
