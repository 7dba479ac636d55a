// Sets of keys that tokens are signed with (JSON Web Key Sets, RFC 7517).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/error.hpp"

#include "server/identity/public_key.hpp"
#include "server/identity/signature_algorithm.hpp"

namespace penstock::server {

struct JwkKey {
  std::string id;                                 ///< `kid`; empty: it has none
  const SignatureAlgorithm* algorithm = nullptr;  ///< `alg`, the only one it may be used with; null: any
  PublicKey key;

  [[nodiscard]] bool fits(const SignatureAlgorithm& wanted) const noexcept;
};

/// The keys of one set that can check signatures. Immutable once read, so thread-safe.
class Jwks {
 public:
  static constexpr std::size_t kMaxBytes = 256U << 10;
  static constexpr std::size_t kMaxKeys = 100;

  /// Keys that cannot be used are left out, and left_out() says why: unknown kinds and curves, keys for
  /// encryption, symmetric ones, weak ones, broken ones, and those whose private part is there for all to
  /// read. `invalid_argument` when the text is no set at all, or beyond the bounds.
  [[nodiscard]] static Result<Jwks> parse(std::string_view text);

  /// The key for a token with this header. A token without a `kid` has one only where a single key fits.
  /// Null: there is none.
  [[nodiscard]] const JwkKey* find(std::string_view id, const SignatureAlgorithm& algorithm) const noexcept;
  [[nodiscard]] const std::vector<JwkKey>& keys() const noexcept { return keys_; }
  /// A reason a key, with its number.
  [[nodiscard]] const std::vector<std::string>& left_out() const noexcept { return left_out_; }

 private:
  std::vector<JwkKey> keys_;
  std::vector<std::string> left_out_;
};

}  // namespace penstock::server
