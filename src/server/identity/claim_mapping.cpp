#include "server/identity/claim_mapping.hpp"

#include <algorithm>
#include <array>
#include <memory_resource>
#include <utility>

#include <fmt/format.h>

#include "config/keys.hpp"

namespace penstock::server {

namespace {

constexpr std::size_t kMaxSettingBytes = 4'096;

// RFC 8693, 4.2; Microsoft's issuers call it `scp`.
bool is_scope(std::string_view name) noexcept {
  return name == "scope" || name == "scp";
}

bool has_word(std::string_view words, std::string_view wanted) noexcept {
  while (!words.empty()) {
    const std::size_t space = std::min(words.find(' '), words.size());
    if (words.substr(0, space) == wanted) return true;
    words.remove_prefix(std::min(space + 1, words.size()));
  }
  return false;
}

const config::ClaimRule* first_that_fits(const std::vector<config::ClaimRule>& rules,
                                         const TokenClaims& claims) {
  const auto found = std::ranges::find_if(rules, [&](const config::ClaimRule& rule) {
    return claim_has(claims.find(rule.claim), rule.claim.back(), rule.has);
  });
  return found == rules.end() ? nullptr : &*found;
}

/// As a setting of the database takes it: text as it is, anything else as JSON.
std::string text_of(const JsonNode& claim) {
  if (claim.kind == JsonKind::string) return std::string(claim.text);
  std::pmr::string json;
  protocol::rest::append_json(json, claim);
  return std::string(json);
}

std::unexpected<Error> forbidden(std::string message) {
  return fail(ErrorCode::forbidden, std::move(message), "ask who runs this server what tokens need");
}

// For who reads the audit log; none of them decides anything.
void keep_known_claims(const TokenClaims& claims, Principal& principal) {
  for (const std::string_view name : {"iss", "client_id", "azp", "jti", "scope", "scp"}) {
    const JsonNode* claim = claims.document.root().find(name);
    if (claim != nullptr && claim->kind == JsonKind::string) principal.claims.emplace(name, claim->text);
  }
}

}  // namespace

bool claim_has(const JsonNode* claim, std::string_view name, std::string_view value) {
  if (claim == nullptr) return false;
  if (claim->kind == JsonKind::string)
    return claim->text == value || (is_scope(name) && has_word(claim->text, value));
  return claim->kind == JsonKind::array && std::ranges::any_of(claim->items, [&](const JsonNode& item) {
           return item.kind == JsonKind::string && item.text == value;
         });
}

ClaimMapping::ClaimMapping(config::JwtConfig config, const std::vector<PrincipalPtr>& principals)
    : config_(std::move(config)) {
  for (const PrincipalPtr& principal : principals)
    principals_.emplace(principal->name, principal);
}

const Principal* ClaimMapping::base_of(const TokenClaims& claims) const {
  const config::ClaimRule* rule = first_that_fits(config_.principals, claims);
  const auto found = principals_.find(rule == nullptr ? config_.default_principal : rule->name);
  return found == principals_.end() ? nullptr : found->second.get();
}

Result<PrincipalPtr> ClaimMapping::principal_of(const TokenClaims& claims) const {
  const Principal* base = base_of(claims);
  if (base == nullptr) return forbidden("the token is good, but nothing it says grants anything here");
  auto principal = std::make_shared<Principal>(*base);
  principal->subject = claims.subject;
  if (auto chosen = choose_role(claims, *principal); !chosen) return pass_error(chosen);
  if (auto added = add_settings(claims, *principal); !added) return pass_error(added);
  keep_known_claims(claims, *principal);
  return principal;
}

// Where tokens decide the role, one that says nothing must not end up with the datasource's own user.
Result<void> ClaimMapping::choose_role(const TokenClaims& claims, Principal& principal) const {
  if (config_.roles.empty() && config_.role_claim.empty()) return {};
  if (const config::ClaimRule* rule = first_that_fits(config_.roles, claims)) {
    principal.role = rule->name;
    return {};
  }
  const JsonNode* claim = config_.role_claim.empty() ? nullptr : claims.find(config_.role_claim);
  if (claim != nullptr) {
    if (claim->kind != JsonKind::string || !config::is_valid_name(claim->text))
      return forbidden("the token is good, but what it says of its role is no role's name");
    principal.role = claim->text;
    return {};
  }
  if (principal.role.empty()) return forbidden("the token is good, but nothing it says chooses a role here");
  return {};
}

// A policy of the database may take an empty text for anybody, so a token without the claim is refused.
Result<void> ClaimMapping::add_settings(const TokenClaims& claims, Principal& principal) const {
  for (const config::ClaimSetting& setting : config_.settings) {
    const JsonNode* claim = claims.find(setting.claim);
    std::string text = claim == nullptr || claim->kind == JsonKind::null ? std::string() : text_of(*claim);
    if (text.empty() || text.size() > kMaxSettingBytes || text.contains('\0'))
      return forbidden(
          fmt::format("the token is good, but its claim `{}`, which the database needs, is not usable",
                      fmt::join(setting.claim, ".")));
    const auto same =
        std::ranges::find(principal.settings, setting.name, &std::pair<std::string, std::string>::first);
    if (same == principal.settings.end())
      principal.settings.emplace_back(setting.name, std::move(text));
    else
      same->second = std::move(text);
  }
  return {};
}

}  // namespace penstock::server
