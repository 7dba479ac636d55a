#include "server/identity/jwks.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "server/identity/base64url.hpp"
#include "server/identity/parsed_json.hpp"

namespace penstock::server {

namespace {

constexpr std::size_t kMaxKeyIdBytes = 512;

std::unexpected<Error> unusable(std::string why) {
  return fail(ErrorCode::invalid_argument, std::move(why));
}

/// The text of a member; nothing when it is not there.
Result<std::optional<std::string_view>> text_member(const JsonNode& jwk, std::string_view name) {
  const JsonNode* member = jwk.find(name);
  if (member == nullptr) return std::nullopt;
  if (member->kind != JsonKind::string) return unusable(fmt::format("`{}` is no text", name));
  return member->text;
}

Result<std::string> bytes_member(const JsonNode& jwk, std::string_view name) {
  const auto text = text_member(jwk, name);
  if (!text) return std::unexpected(text.error());
  auto bytes = *text ? base64url_decode(**text) : std::nullopt;
  if (!bytes || bytes->empty()) return unusable(fmt::format("`{}` is missing or no base64url", name));
  return *std::move(bytes);
}

// What the key says it is for (RFC 7517, 4.2 and 4.3).
Result<void> check_purpose(const JsonNode& jwk) {
  const auto use = text_member(jwk, "use");
  if (!use) return std::unexpected(use.error());
  if (*use && **use != "sig") return unusable("it is not for signatures (`use`)");
  const JsonNode* operations = jwk.find("key_ops");
  if (operations == nullptr) return {};
  const auto is_verify = [](const JsonNode& item) {
    return item.kind == JsonKind::string && item.text == "verify";
  };
  if (operations->kind != JsonKind::array || std::ranges::none_of(operations->items, is_verify))
    return unusable("it is not for checking signatures (`key_ops`)");
  return {};
}

Result<PublicKey> read_rsa(const JsonNode& jwk) {
  const auto modulus = bytes_member(jwk, "n");
  if (!modulus) return std::unexpected(modulus.error());
  const auto exponent = bytes_member(jwk, "e");
  if (!exponent) return std::unexpected(exponent.error());
  return PublicKey::rsa(*modulus, *exponent);
}

Result<PublicKey> read_curve(const JsonNode& jwk, std::string_view type) {
  struct Curve {
    std::string_view type;
    std::string_view name;
    KeyKind kind;
  };
  static constexpr std::array kCurves{
      Curve{"EC", "P-256", KeyKind::p256},   Curve{"EC", "P-384", KeyKind::p384},
      Curve{"EC", "P-521", KeyKind::p521},   Curve{"OKP", "Ed25519", KeyKind::ed25519},
      Curve{"OKP", "Ed448", KeyKind::ed448},
  };
  const auto name = text_member(jwk, "crv");
  if (!name) return std::unexpected(name.error());
  const auto* const curve = std::ranges::find_if(
      kCurves, [&](const Curve& known) { return known.type == type && *name && known.name == **name; });
  if (curve == kCurves.end()) return unusable("its curve is not one that is known (`crv`)");
  const auto x = bytes_member(jwk, "x");
  if (!x) return std::unexpected(x.error());
  if (type == "OKP") return PublicKey::edwards(curve->kind, *x);
  const auto y = bytes_member(jwk, "y");
  if (!y) return std::unexpected(y.error());
  return PublicKey::elliptic(curve->kind, *x, *y);
}

Result<PublicKey> read_public_key(const JsonNode& jwk) {
  const auto type = text_member(jwk, "kty");
  if (!type) return std::unexpected(type.error());
  if (*type == "RSA") return read_rsa(jwk);
  if (*type == "EC" || *type == "OKP") return read_curve(jwk, **type);
  return unusable("it is not of a kind that is known (`kty`)");
}

Result<JwkKey> read_key(const JsonNode& jwk) {
  if (jwk.kind != JsonKind::object) return unusable("it is no object");
  if (jwk.find("d") != nullptr || jwk.find("k") != nullptr)
    return unusable("its secret part is in the set, so anybody who reads that can sign");
  if (auto purpose = check_purpose(jwk); !purpose) return pass_error(purpose);
  const auto id = text_member(jwk, "kid");
  if (!id) return std::unexpected(id.error());
  if (*id && (**id).size() > kMaxKeyIdBytes) return unusable("its `kid` is too long");
  const auto name = text_member(jwk, "alg");
  if (!name) return std::unexpected(name.error());
  const SignatureAlgorithm* const algorithm = *name ? find_signature_algorithm(**name) : nullptr;
  if (*name && algorithm == nullptr) return unusable("it is for an algorithm that is not known (`alg`)");
  auto key = read_public_key(jwk);
  if (!key) return pass_error(key);
  if (algorithm != nullptr && !algorithm->fits(key->kind()))
    return unusable("its `alg` is not one of its kind");
  return JwkKey{std::string(id->value_or("")), algorithm, *std::move(key)};
}

}  // namespace

bool JwkKey::fits(const SignatureAlgorithm& wanted) const noexcept {
  return (algorithm == nullptr || algorithm == &wanted) && wanted.fits(key.kind());
}

Result<Jwks> Jwks::parse(std::string_view text) {
  if (text.size() > kMaxBytes)
    return unusable(fmt::format("the set of keys has more than {} bytes", kMaxBytes));
  const auto document = ParsedJson::read_object(text);
  if (!document) return unusable("the set of keys is no JSON object");
  const JsonNode* keys = document->root().find("keys");
  if (keys == nullptr || keys->kind != JsonKind::array) return unusable("the set of keys has no list `keys`");
  if (keys->items.size() > kMaxKeys) return unusable(fmt::format("the set has more than {} keys", kMaxKeys));
  Jwks set;
  for (std::size_t i = 0; i < keys->items.size(); ++i) {
    auto key = read_key(keys->items[i]);
    if (key)
      set.keys_.push_back(*std::move(key));
    else
      set.left_out_.push_back(fmt::format("key {}: {}", i + 1, key.error().message));
  }
  return set;
}

const JwkKey* Jwks::find(std::string_view id, const SignatureAlgorithm& algorithm) const noexcept {
  const JwkKey* found = nullptr;
  for (const JwkKey& key : keys_) {
    if (!key.fits(algorithm) || (!id.empty() && key.id != id)) continue;
    // With two of one name, as without a name, either could be meant.
    if (found != nullptr) return nullptr;
    found = &key;
  }
  return found;
}

}  // namespace penstock::server
