// What must hold of tokens and sets of keys for any bytes whatever. Shared by the fuzzer and by the test that
// replays its corpus.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/identity/base64url.hpp"
#include "server/identity/claim_mapping.hpp"
#include "server/identity/jwks.hpp"
#include "server/identity/jwt.hpp"

namespace penstock::server {

inline void must_hold(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

inline TokenRules rules_of_all_algorithms() {
  TokenRules rules{.issuer = "i", .audiences = {"a"}};
  for (const SignatureAlgorithm& algorithm : signature_algorithms())
    rules.algorithms.push_back(&algorithm);
  return rules;
}

inline void check_claims_of(const TokenClaims& claims) {
  must_hold(claims.subject.size() < kMaxTokenBytes, "a subject is bounded");
  must_hold(claims.expires.time_since_epoch().count() > 0, "a token expires");
  config::JwtConfig config;
  config.principals = {{{"scope"}, "x", "p"}};
  config.default_principal = "p";
  config.role_claim = {"role"};
  config.settings = {{"app.user", {"sub"}}};
  auto principal = std::make_shared<Principal>();
  principal->name = "p";
  const ClaimMapping mapping(config, {principal});
  const auto mapped = mapping.principal_of(claims);
  must_hold(mapped ? !(*mapped)->role.empty() && (*mapped)->settings.size() == 1
                   : mapped.error().code == ErrorCode::forbidden,
            "whoever is let in has a role and a setting");
}

/// Reads the bytes as a token, as a set of keys, and as claims whose signature was good.
inline void run_token_target(std::string_view bytes) {
  static const TokenRules rules = rules_of_all_algorithms();
  static const Jwks no_keys = Jwks::parse(R"({"keys":[]})").value();
  if (const auto token = parse_token(bytes)) {
    must_hold(token->algorithm != nullptr && !token->signature.empty(),
              "a token is signed by some algorithm");
    must_hold(bytes.starts_with(token->signed_text) && bytes.size() <= kMaxTokenBytes,
              "what is signed is of it");
    must_hold(!verify_token(*token, no_keys, rules, TokenTime()), "without keys nothing is good");
  } else {
    must_hold(!token.error().why.empty(), "a refusal has a reason");
  }
  if (const auto keys = Jwks::parse(bytes)) {
    must_hold(keys->keys().size() + keys->left_out().size() <= Jwks::kMaxKeys, "keys are bounded");
    for (const JwkKey& key : keys->keys())
      for (const SignatureAlgorithm& algorithm : signature_algorithms())
        must_hold(!key.key.verifies(algorithm, "text", bytes.substr(0, 600)), "nobody signs by chance");
  }
  if (const auto decoded = base64url_decode(bytes))
    must_hold(decoded->size() == bytes.size() * 3 / 4, "3 of 4");
  if (const auto claims = check_claims(bytes, rules, TokenTime(std::chrono::seconds(1'000))))
    check_claims_of(*claims);
}

}  // namespace penstock::server
