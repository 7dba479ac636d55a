#include "server/identity/jwt_authenticator.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "server/identity/claim_mapping.hpp"
#include "server/identity/verified_tokens.hpp"

namespace penstock::server {

namespace {

Error refused(const TokenRefusal& refusal) {
  return fail(ErrorCode::unauthenticated, std::string(refusal.why)).error();
}

TokenTime system_now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

TokenRules rules_of(const config::JwtConfig& config) {
  TokenRules rules{.issuer = config.issuer,
                   .audiences = config.audiences,
                   .leeway = std::chrono::floor<std::chrono::seconds>(config.leeway)};
  for (const std::string& name : config.algorithms)
    if (const SignatureAlgorithm* algorithm = find_signature_algorithm(name))
      rules.algorithms.push_back(algorithm);
  return rules;
}

JwksTimes times_of(const config::JwtConfig& config) {
  return {.refresh_interval = config.refresh_interval,
          .refetch_interval = config.refetch_interval,
          .keep_keys = config.keep_keys};
}

bool same_keys(const config::JwtConfig& a, const config::JwtConfig& b) {
  return a.jwks_file == b.jwks_file && a.jwks_url == b.jwks_url && a.jwks_ca_file == b.jwks_ca_file &&
         a.fetch_timeout == b.fetch_timeout && times_of(a) == times_of(b);
}

}  // namespace

/// What a token is held against.
class JwtAuthenticator::Judge {
 public:
  Judge(const config::JwtConfig& config, const std::vector<PrincipalPtr>& principals, TimeNow now)
      : rules_(rules_of(config)), mapping_(config, principals), now_(std::move(now)) {}

  /// The outer error: it is no good token; the inner one: it is good, and stands for nobody.
  [[nodiscard]] std::expected<Result<PrincipalPtr>, TokenRefusal> judge(std::string_view token,
                                                                        const KeptJwks& keys);

 private:
  const TokenRules rules_;
  const ClaimMapping mapping_;
  VerifiedTokens verified_;
  const TimeNow now_;
};

std::expected<Result<PrincipalPtr>, TokenRefusal> JwtAuthenticator::Judge::judge(std::string_view text,
                                                                                 const KeptJwks& keys) {
  const TokenTime time = now_();
  const VerifiedTokens::Digest digest = VerifiedTokens::digest_of(text);
  if (PrincipalPtr known = verified_.find(digest, keys.generation, time))
    return Result<PrincipalPtr>(std::move(known));
  const auto token = parse_token(text);
  if (!token) return std::unexpected(token.error());
  const auto claims = verify_token(*token, keys.keys, rules_, time);
  if (!claims) return std::unexpected(claims.error());
  Result<PrincipalPtr> principal = mapping_.principal_of(*claims);
  if (principal) verified_.add(digest, keys.generation, claims->expires + rules_.leeway, *principal);
  return principal;
}

JwtAuthenticator::JwtAuthenticator()
    : JwtAuthenticator(
          [](const config::JwtConfig& config) {
            return std::make_shared<JwksKeeper>(make_jwks_source(config), times_of(config));
          },
          system_now) {}

JwtAuthenticator::JwtAuthenticator(MakeKeeper make_keeper, TimeNow now)
    : make_keeper_(std::move(make_keeper)), now_(std::move(now)) {}

JwtAuthenticator::~JwtAuthenticator() = default;

void JwtAuthenticator::replace(const std::optional<config::JwtConfig>& config,
                               const std::vector<PrincipalPtr>& principals) {
  if (!config) return rules_.store(nullptr);
  const auto before = rules_.load();
  Rules rules{
      .config = *config, .judge = std::make_shared<Judge>(*config, principals, now_), .keeper = nullptr};
  rules.keeper =
      before != nullptr && same_keys(*config, before->config) ? before->keeper : make_keeper_(*config);
  rules_.store(std::make_shared<const Rules>(std::move(rules)));
}

bool JwtAuthenticator::takes(std::string_view token) const noexcept {
  return token.find('.') != std::string_view::npos && rules_.load() != nullptr;
}

void JwtAuthenticator::authenticate(std::string_view token, Answered answered) {
  const auto rules = rules_.load();
  if (rules == nullptr)
    return answered(fail(ErrorCode::unauthenticated, "the token is of no kind that is known here"));
  const KeptJwksPtr keys = rules->keeper->current();
  std::optional<TokenRefusal> wrong_signature;
  if (keys != nullptr) {
    auto verdict = rules->judge->judge(token, *keys);
    if (verdict) return answered(std::move(*verdict));
    // Another key may have come under the same id, or without any.
    if (verdict.error().fault == TokenFault::signature) {
      wrong_signature = verdict.error();
    } else if (verdict.error().fault != TokenFault::unknown_key) {
      return answered(std::unexpected(refused(verdict.error())));
    }
  } else if (const auto parsed = parse_token(token); !parsed) {
    // What is no token waits for no keys.
    return answered(std::unexpected(refused(parsed.error())));
  }
  auto with_keys = [judge = rules->judge, text = std::string(token), wrong_signature,
                    answered = std::move(answered)](Result<KeptJwksPtr> fetched) mutable {
    if (!fetched && wrong_signature) return answered(std::unexpected(refused(*wrong_signature)));
    if (!fetched) return answered(pass_error(fetched));
    auto verdict = judge->judge(text, **fetched);
    if (!verdict) return answered(std::unexpected(refused(verdict.error())));
    answered(std::move(*verdict));
  };
  if (keys != nullptr) return rules->keeper->newer(keys, std::move(with_keys));
  rules->keeper->first(std::move(with_keys));
}

}  // namespace penstock::server
