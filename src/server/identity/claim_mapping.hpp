// From what a token says to who asks.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/error.hpp"

#include "config/jwt.hpp"
#include "server/identity/jwt.hpp"
#include "server/identity/principal.hpp"

namespace penstock::server {

/// Whether a claim fits a rule's value, see config::ClaimRule. A claim that is not there fits nothing.
[[nodiscard]] bool claim_has(const JsonNode* claim, std::string_view name, std::string_view value);

/// Immutable, so thread-safe.
class ClaimMapping {
 public:
  /// `principals`: those that the rules name; others make no difference.
  ClaimMapping(config::JwtConfig config, const std::vector<PrincipalPtr>& principals);

  /// The configured principal that the token stands for, with its subject, role and settings. `forbidden`: it
  /// stands for none, or a claim that decides what it may see is missing.
  [[nodiscard]] Result<PrincipalPtr> principal_of(const TokenClaims& claims) const;

 private:
  [[nodiscard]] const Principal* base_of(const TokenClaims& claims) const;
  [[nodiscard]] Result<void> choose_role(const TokenClaims& claims, Principal& principal) const;
  [[nodiscard]] Result<void> add_settings(const TokenClaims& claims, Principal& principal) const;

  config::JwtConfig config_;
  std::map<std::string, PrincipalPtr, std::less<>> principals_;
};

}  // namespace penstock::server
