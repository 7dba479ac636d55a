// Keys, tokens and rules that fit each other, for tests that bend one of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "server/identity/jwks.hpp"
#include "server/identity/jwt.hpp"
#include "servers/token_issuer.hpp"

namespace penstock::server {

inline constexpr TokenTime kNow{std::chrono::seconds(1'800'000'000)};

/// Made once a process: RSA keys take their time.
inline const penstock::test::SigningKey& rsa_key() {
  static const penstock::test::SigningKey key = penstock::test::SigningKey::rsa();
  return key;
}
inline const penstock::test::SigningKey& other_rsa_key() {
  static const penstock::test::SigningKey key = penstock::test::SigningKey::rsa();
  return key;
}
inline const penstock::test::SigningKey& p256_key() {
  static const penstock::test::SigningKey key = penstock::test::SigningKey::elliptic("P-256");
  return key;
}

inline std::string jwks_of(const std::vector<std::string>& keys) {
  std::string text = R"({"keys":[)";
  for (const std::string& key : keys)
    text += (text.ends_with('[') ? "" : ",") + key;
  return text + "]}";
}

inline Jwks parse_keys(const std::vector<std::string>& keys) {
  return Jwks::parse(jwks_of(keys)).value();
}

inline std::vector<const SignatureAlgorithm*> all_algorithms() {
  std::vector<const SignatureAlgorithm*> all;
  for (const SignatureAlgorithm& algorithm : signature_algorithms())
    all.push_back(&algorithm);
  return all;
}

inline TokenRules rules() {
  return {.issuer = "https://issuer.example",
          .audiences = {"https://data.example/mcp", "penstock"},
          .algorithms = all_algorithms(),
          .leeway = std::chrono::seconds(30)};
}

/// Claims that the rules take, with further members (",\"name\":value") at the end.
inline std::string claims(std::string_view more = {}) {
  return fmt::format(R"({{"iss":"https://issuer.example","aud":"penstock","sub":"ada","exp":{}{}}})",
                     kNow.time_since_epoch().count() + 300, more);
}

inline std::expected<TokenClaims, TokenRefusal> verify(std::string_view token, const Jwks& keys,
                                                       const TokenRules& with = rules(),
                                                       TokenTime now = kNow) {
  const auto parsed = parse_token(token);
  if (!parsed) return std::unexpected(parsed.error());
  return verify_token(*parsed, keys, with, now);
}

}  // namespace penstock::server
