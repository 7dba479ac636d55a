// JSON Web Tokens (RFC 7519) in the compact form of JSON Web Signatures (RFC 7515), read as RFC 8725 advises.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/identity/jwks.hpp"
#include "server/identity/parsed_json.hpp"
#include "server/identity/signature_algorithm.hpp"

namespace penstock::server {

inline constexpr std::size_t kMaxTokenBytes = 16U << 10;

enum class TokenFault : std::uint8_t {
  malformed,    ///< not a signed token in compact form, or with a header that is not understood
  algorithm,    ///< not one that the configuration allows
  unknown_key,  ///< signed with a key that the set does not have: it may be a newer set's
  signature,    ///< not signed by that key
  issuer,
  audience,
  expired,
  not_yet_valid,
  claims,  ///< a claim is missing, or not of its type
};

struct TokenRefusal {
  TokenFault fault = TokenFault::malformed;
  std::string_view why;  ///< static; shows nothing of the token
};

/// A token taken apart; nothing of it is believed yet.
struct UnverifiedToken {
  const SignatureAlgorithm* algorithm = nullptr;
  std::string key_id;            ///< empty: it names none
  std::string_view signed_text;  ///< of the token
  std::string payload;
  std::string signature;
};

/// `malformed` or `algorithm`.
[[nodiscard]] std::expected<UnverifiedToken, TokenRefusal> parse_token(std::string_view token);

struct TokenRules {
  std::string issuer;
  std::vector<std::string> audiences;  ///< one of them is in `aud`
  std::vector<const SignatureAlgorithm*> algorithms;
  std::chrono::seconds leeway{0};  ///< by which clocks may differ
};

using TokenTime = std::chrono::sys_seconds;

/// What a verified token says.
struct TokenClaims {
  ParsedJson document;
  std::string subject;  ///< `sub`; empty: it has none
  TokenTime expires;
  std::optional<TokenTime> not_before;

  /// The member at the end of a path from the top, such as {"realm_access", "roles"}; null: none.
  [[nodiscard]] const JsonNode* find(std::span<const std::string> path) const noexcept;
};

/// Signature first, claims then.
[[nodiscard]] std::expected<TokenClaims, TokenRefusal> verify_token(const UnverifiedToken& token,
                                                                    const Jwks& keys, const TokenRules& rules,
                                                                    TokenTime now);

/// The second half of it, for who has verified the signature.
[[nodiscard]] std::expected<TokenClaims, TokenRefusal> check_claims(std::string_view payload,
                                                                    const TokenRules& rules, TokenTime now);

}  // namespace penstock::server
