// An issuer of tokens for tests: keys of every kind, and whatever it is told to sign.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace penstock::test {

[[nodiscard]] std::string base64url(std::string_view bytes);

/// A private key.
class SigningKey {
 public:
  [[nodiscard]] static SigningKey rsa(unsigned bits = 2'048, unsigned long exponent = 65'537);
  /// "P-256", "P-384", "P-521".
  [[nodiscard]] static SigningKey elliptic(const std::string& curve);
  /// "Ed25519", "Ed448".
  [[nodiscard]] static SigningKey edwards(const std::string& curve);

  /// The signature as JWS has it, by an algorithm such as "RS256" or "ES256".
  [[nodiscard]] std::string sign(std::string_view algorithm, std::string_view text) const;
  /// As OpenSSL makes it: of ECDSA in DER.
  [[nodiscard]] std::string sign_raw(std::string_view algorithm, std::string_view text) const;
  /// The public key as a JWK, without its closing brace: add members, then "}".
  [[nodiscard]] std::string open_jwk() const;
  /// {"kty":...,"kid":ID}
  [[nodiscard]] std::string jwk(std::string_view id) const;
  /// The public key in PEM.
  [[nodiscard]] std::string pem() const;
  /// HEADER.PAYLOAD.SIGNATURE of two JSON texts.
  [[nodiscard]] std::string token(std::string_view algorithm, std::string_view header,
                                  std::string_view payload) const;

 private:
  explicit SigningKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

/// HMAC-SHA256, raw.
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view text);

}  // namespace penstock::test
