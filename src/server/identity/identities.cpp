#include "server/identity/identities.hpp"

#include <algorithm>
#include <utility>

namespace penstock::server {

namespace {

constexpr std::size_t kMaxTokenBytes = 16 << 10;

// RFC 6750, section 2.1: b64token.
bool is_bearer_token(std::string_view token) noexcept {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~' || c == '+' || c == '/';
  };
  const std::size_t end = token.find_last_not_of('=');
  return end != std::string_view::npos && token.size() <= kMaxTokenBytes &&
         std::ranges::all_of(token.substr(0, end + 1), fits);
}

ApiKeys::Principals principals_of(const config::IdentityConfig& config) {
  ApiKeys::Principals principals;
  for (const config::PrincipalConfig& principal : config.principals)
    principals.emplace(principal.name, make_principal(principal));
  return principals;
}

}  // namespace

PrincipalPtr make_principal(const config::PrincipalConfig& config) {
  auto principal = std::make_shared<Principal>();
  principal->name = config.name;
  principal->grant = config.grant;
  principal->tools = config.tools;
  principal->metrics = config.metrics;
  principal->limits = {.max_rows = config.max_rows,
                       .max_bytes = config.max_bytes,
                       .timeout = config.timeout,
                       .max_concurrent = config.max_concurrent,
                       .requests_per_minute = config.requests_per_minute,
                       .queue_share = config.queue_share};
  principal->role = config.role;
  principal->settings = config.settings;
  return principal;
}

Identities::Identities(const config::IdentityConfig& config) : required_(config.required) {
  replace(config);
}

void Identities::add(std::shared_ptr<Authenticator> authenticator) {
  authenticators_.push_back(std::move(authenticator));
}

Result<void> Identities::may_replace(const config::IdentityConfig& config) const {
  if (config.required || !required()) return {};
  return fail(
      ErrorCode::invalid_argument,
      "principals.yaml is gone, and the server goes on to ask who comes: restart it to serve everybody");
}

bool Identities::replace(const config::IdentityConfig& config) {
  auto principals = std::make_shared<const ApiKeys::Principals>(principals_of(config));
  keys_->replace(config.keys, *principals);
  principals_.store(std::move(principals));
  if (config.required) required_.store(true);
  const bool differs = config.principals != configured_;
  configured_ = config.principals;
  return differs;
}

PrincipalPtr Identities::find(std::string_view name) const {
  const auto principals = principals_.load();
  const auto found = principals->find(std::string(name));
  return found == principals->end() ? nullptr : found->second;
}

void Identities::authenticate(std::string_view token, Authenticator::Answered answered) const {
  if (!is_bearer_token(token)) return answered(fail(ErrorCode::unauthenticated, "this is no bearer token"));
  const auto takes = [token](const auto& authenticator) { return authenticator->takes(token); };
  const auto found = std::ranges::find_if(authenticators_, takes);
  if (found == authenticators_.end())
    return answered(fail(ErrorCode::unauthenticated, "the token is of no kind that is known here"));
  (*found)->authenticate(token, std::move(answered));
}

}  // namespace penstock::server
