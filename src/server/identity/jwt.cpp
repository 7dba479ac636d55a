#include "server/identity/jwt.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

#include "core/ascii_case.hpp"
#include "server/identity/base64url.hpp"

namespace penstock::server {

namespace {

constexpr std::size_t kMaxKeyIdBytes = 512;
constexpr std::size_t kMaxSubjectBytes = 512;
/// Year 5138: a number beyond it is no time in seconds, but one in milliseconds, or an attack.
constexpr std::int64_t kLatestTime = 100'000'000'000;

template <typename T>
using Checked = std::expected<T, TokenRefusal>;

std::unexpected<TokenRefusal> refuse(TokenFault fault, std::string_view why) {
  return std::unexpected(TokenRefusal{fault, why});
}
std::unexpected<TokenRefusal> malformed(std::string_view why) {
  return refuse(TokenFault::malformed, why);
}

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
};

Checked<Parts> split(std::string_view token) {
  if (token.size() > kMaxTokenBytes) return malformed("the token is too long");
  const auto dots = std::ranges::count(token, '.');
  if (dots == 4) return malformed("the token is encrypted, which is not supported");
  if (dots != 2) return malformed("the token is not a signed JWT");
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first + 1);
  const Parts parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
                    token.substr(second + 1)};
  if (parts.header.empty() || parts.payload.empty()) return malformed("the token is not a signed JWT");
  if (parts.signature.empty()) return refuse(TokenFault::signature, "the token is not signed");
  return parts;
}

// RFC 8725, 3.11: what was made for something else, such as a logout, is no access token. Most issuers say
// "JWT" or nothing, those of RFC 9068 "at+jwt".
bool is_access_token_type(std::string_view type) noexcept {
  constexpr std::string_view kApplication = "application/";
  if (type.size() > kApplication.size() &&
      equal_ignoring_case(type.substr(0, kApplication.size()), kApplication))
    type.remove_prefix(kApplication.size());
  return equal_ignoring_case(type, "JWT") || equal_ignoring_case(type, "at+jwt");
}

Checked<void> check_header(const JsonNode& header) {
  if (header.find("crit") != nullptr) return malformed("the token needs an extension that is not supported");
  for (const std::string_view name : {"enc", "zip", "b64"})
    if (header.find(name) != nullptr) return malformed("the token is not a plain signed JWT");
  if (header.find("cty") != nullptr) return malformed("the token holds another one, which is not supported");
  const JsonNode* type = header.find("typ");
  if (type != nullptr && (type->kind != JsonKind::string || !is_access_token_type(type->text)))
    return malformed("the token was made for something else (`typ`)");
  const JsonNode* key_id = header.find("kid");
  if (key_id != nullptr &&
      (key_id->kind != JsonKind::string || key_id->text.empty() || key_id->text.size() > kMaxKeyIdBytes))
    return malformed("the token's `kid` is not a name");
  return {};
}

// RFC 7519, 2: a NumericDate may have a fraction. Whichever way it is rounded, the token must not be good for
// longer.
enum class Rounding : std::uint8_t { down, up };

Checked<TokenTime> time_claim(const JsonNode& claim, Rounding rounding) {
  const bool is_number = claim.kind == JsonKind::integer || claim.kind == JsonKind::fraction;
  const std::string_view text = is_number ? std::string_view(claim.text) : "";
  double seconds = 0;  // exact for whole seconds up to the latest time, and far beyond
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool is_whole_text = failed == std::errc() && end == text.data() + text.size();
  if (!is_whole_text || !(seconds >= 0 && seconds <= static_cast<double>(kLatestTime)))
    return refuse(TokenFault::claims, "a time in the token is not a number of seconds");
  const double rounded = rounding == Rounding::down ? std::floor(seconds) : std::ceil(seconds);
  return TokenTime(std::chrono::seconds(static_cast<std::int64_t>(rounded)));
}

Checked<std::optional<TokenTime>> optional_time(const JsonNode& claims, std::string_view name,
                                                Rounding rounding) {
  const JsonNode* claim = claims.find(name);
  if (claim == nullptr) return std::nullopt;
  const auto time = time_claim(*claim, rounding);
  if (!time) return std::unexpected(time.error());
  return *time;
}

Checked<void> check_audience(const JsonNode& claims, const std::vector<std::string>& audiences) {
  const auto is_ours = [&](const JsonNode& node) {
    return std::ranges::find(audiences, node.text) != audiences.end();
  };
  const auto is_text = [](const JsonNode& node) { return node.kind == JsonKind::string; };
  const JsonNode* audience = claims.find("aud");
  if (audience == nullptr) return refuse(TokenFault::audience, "the token names no audience");
  if (is_text(*audience) && is_ours(*audience)) return {};
  if (audience->kind == JsonKind::array) {
    if (!std::ranges::all_of(audience->items, is_text))
      return refuse(TokenFault::claims, "the token's `aud` is not a list of texts");
    if (std::ranges::any_of(audience->items, is_ours)) return {};
  }
  return refuse(TokenFault::audience, "the token is for another audience");
}

Checked<std::string> read_subject(const JsonNode& claims) {
  const JsonNode* subject = claims.find("sub");
  if (subject == nullptr) return std::string();
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (subject->kind != JsonKind::string || subject->text.empty() || subject->text.size() > kMaxSubjectBytes ||
      std::ranges::any_of(subject->text, is_control))
    return refuse(TokenFault::claims, "the token's `sub` is not a name");
  return std::string(subject->text);
}

// RFC 7519, 4.1.
Checked<TokenClaims> check_document(ParsedJson document, const TokenRules& rules, TokenTime now) {
  const JsonNode& claims = document.root();
  const JsonNode* issuer = claims.find("iss");
  if (issuer == nullptr || issuer->kind != JsonKind::string || issuer->text != rules.issuer)
    return refuse(TokenFault::issuer, "the token is of another issuer");
  if (auto audience = check_audience(claims, rules.audiences); !audience)
    return std::unexpected(audience.error());
  const auto expires = optional_time(claims, "exp", Rounding::down);
  if (!expires) return std::unexpected(expires.error());
  if (!*expires) return refuse(TokenFault::claims, "the token never expires (`exp`)");
  const auto not_before = optional_time(claims, "nbf", Rounding::up);
  if (!not_before) return std::unexpected(not_before.error());
  const auto issued = optional_time(claims, "iat", Rounding::up);
  if (!issued) return std::unexpected(issued.error());
  if (now >= **expires + rules.leeway) return refuse(TokenFault::expired, "the token has expired");
  const TokenTime latest = std::max(not_before->value_or(TokenTime()), issued->value_or(TokenTime()));
  if (now + rules.leeway < latest) return refuse(TokenFault::not_yet_valid, "the token is not valid yet");
  auto subject = read_subject(claims);
  if (!subject) return std::unexpected(subject.error());
  return TokenClaims{std::move(document), *std::move(subject), **expires, *not_before};
}

}  // namespace

std::expected<UnverifiedToken, TokenRefusal> parse_token(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return std::unexpected(parts.error());
  const auto header_text = base64url_decode(parts->header);
  auto payload = base64url_decode(parts->payload);
  auto signature = base64url_decode(parts->signature);
  if (!header_text || !payload || !signature) return malformed("the token is not base64url");
  const auto header = ParsedJson::read_object(*header_text);
  if (!header) return malformed("the token's header is no JSON object, or has a member twice");
  if (auto fine = check_header(header->root()); !fine) return std::unexpected(fine.error());
  const JsonNode* name = header->root().find("alg");
  if (name == nullptr || name->kind != JsonKind::string) return malformed("the token names no algorithm");
  const SignatureAlgorithm* const algorithm = find_signature_algorithm(name->text);
  if (algorithm == nullptr)
    return refuse(TokenFault::algorithm, "the token is signed by an algorithm that is not allowed");
  const JsonNode* key_id = header->root().find("kid");
  return UnverifiedToken{.algorithm = algorithm,
                         .key_id = std::string(key_id == nullptr ? std::string_view() : key_id->text),
                         .signed_text = text.substr(0, parts->header.size() + 1 + parts->payload.size()),
                         .payload = *std::move(payload),
                         .signature = *std::move(signature)};
}

const JsonNode* TokenClaims::find(std::span<const std::string> path) const noexcept {
  const JsonNode* node = &document.root();
  for (const std::string& name : path) {
    node = node->find(name);
    if (node == nullptr) return nullptr;
  }
  return node;
}

std::expected<TokenClaims, TokenRefusal> verify_token(const UnverifiedToken& token, const Jwks& keys,
                                                      const TokenRules& rules, TokenTime now) {
  if (std::ranges::find(rules.algorithms, token.algorithm) == rules.algorithms.end())
    return refuse(TokenFault::algorithm, "the token is signed by an algorithm that is not allowed");
  const JwkKey* key = keys.find(token.key_id, *token.algorithm);
  if (key == nullptr)
    return refuse(TokenFault::unknown_key, "the token is signed with a key that is not known");
  if (!key->key.verifies(*token.algorithm, token.signed_text, token.signature))
    return refuse(TokenFault::signature, "the token's signature is wrong");
  return check_claims(token.payload, rules, now);
}

std::expected<TokenClaims, TokenRefusal> check_claims(std::string_view payload, const TokenRules& rules,
                                                      TokenTime now) {
  auto claims = ParsedJson::read_object(payload);
  if (!claims) return malformed("the token's claims are no JSON object, or one is there twice");
  return check_document(*std::move(claims), rules, now);
}

}  // namespace penstock::server
