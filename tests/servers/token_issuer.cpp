#include "servers/token_issuer.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace penstock::test {

namespace {

void must(bool fine) {
  if (!fine) throw std::runtime_error("OpenSSL refused what a test needs");
}

std::shared_ptr<EVP_PKEY> owned(EVP_PKEY* key) {
  must(key != nullptr);
  return {key, EVP_PKEY_free};
}

std::string number(const EVP_PKEY* key, const char* name, int bytes = 0) {
  BIGNUM* value = nullptr;
  must(EVP_PKEY_get_bn_param(key, name, &value) == 1);
  const std::unique_ptr<BIGNUM, void (*)(BIGNUM*)> keep(value, BN_free);
  std::string out(static_cast<std::size_t>(bytes == 0 ? BN_num_bytes(value) : bytes), '\0');
  must(BN_bn2binpad(value, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) > 0);
  return out;
}

int field_bytes(const EVP_PKEY* key) {
  return (EVP_PKEY_get_bits(key) + 7) / 8;
}

std::string curve_name(const EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  return "P-" + std::to_string(bits);
}

const EVP_MD* digest_of(std::string_view algorithm) {
  if (algorithm.ends_with("256")) return EVP_sha256();
  if (algorithm.ends_with("384")) return EVP_sha384();
  if (algorithm.ends_with("512")) return EVP_sha512();
  return nullptr;
}

std::string member(std::string_view name, std::string_view bytes) {
  return ",\"" + std::string(name) + "\":\"" + base64url(bytes) + "\"";
}

}  // namespace

std::string base64url(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char byte : bytes) {
    group = group << 8U | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 6; bits -= 6)
      out += kDigits[group >> (bits - 6) & 63U];
    group &= (1U << bits) - 1;
  }
  if (bits != 0) out += kDigits[group << (6 - bits) & 63U];
  return out;
}

SigningKey SigningKey::rsa(unsigned bits, unsigned long exponent) {
  const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), EVP_PKEY_CTX_free);
  const std::unique_ptr<BIGNUM, void (*)(BIGNUM*)> e(BN_new(), BN_free);
  must(BN_set_word(e.get(), exponent) == 1 && EVP_PKEY_keygen_init(context.get()) == 1 &&
       EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(bits)) == 1 &&
       EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), e.get()) == 1);
  EVP_PKEY* key = nullptr;
  must(EVP_PKEY_generate(context.get(), &key) == 1);
  return SigningKey(owned(key));
}

SigningKey SigningKey::elliptic(const std::string& curve) {
  return SigningKey(owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve.c_str())));
}

SigningKey SigningKey::edwards(const std::string& curve) {
  return SigningKey(owned(EVP_PKEY_Q_keygen(nullptr, nullptr, curve.c_str())));
}

std::string SigningKey::sign_raw(std::string_view algorithm, std::string_view text) const {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_PKEY_CTX* options = nullptr;
  must(EVP_DigestSignInit(context.get(), &options, digest_of(algorithm), nullptr, key_.get()) == 1);
  if (algorithm.starts_with("PS"))
    must(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1);
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  must(EVP_DigestSign(context.get(), nullptr, &size, data, text.size()) == 1);
  std::string signature(size, '\0');
  must(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data,
                      text.size()) == 1);
  signature.resize(size);
  return signature;
}

std::string SigningKey::sign(std::string_view algorithm, std::string_view text) const {
  std::string signature = sign_raw(algorithm, text);
  if (!algorithm.starts_with("ES")) return signature;
  const auto* der = reinterpret_cast<const unsigned char*>(signature.data());
  const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> pair(
      d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(signature.size())), ECDSA_SIG_free);
  must(pair != nullptr);
  const int bytes = field_bytes(key_.get());
  std::string out(static_cast<std::size_t>(2 * bytes), '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  must(BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), to, bytes) == bytes &&
       BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), to + bytes, bytes) == bytes);
  return out;
}

std::string SigningKey::open_jwk() const {
  const EVP_PKEY* key = key_.get();
  if (EVP_PKEY_is_a(key, "RSA") == 1)
    return R"({"kty":"RSA")" + member("n", number(key, OSSL_PKEY_PARAM_RSA_N)) +
           member("e", number(key, OSSL_PKEY_PARAM_RSA_E));
  if (EVP_PKEY_is_a(key, "EC") == 1)
    return R"({"kty":"EC","crv":")" + curve_name(key) + "\"" +
           member("x", number(key, OSSL_PKEY_PARAM_EC_PUB_X, field_bytes(key))) +
           member("y", number(key, OSSL_PKEY_PARAM_EC_PUB_Y, field_bytes(key)));
  std::string point(64, '\0');
  std::size_t size = point.size();
  must(EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(point.data()), &size) == 1);
  point.resize(size);
  return R"({"kty":"OKP","crv":")" + std::string(size == 32 ? "Ed25519" : "Ed448") + "\"" +
         member("x", point);
}

std::string SigningKey::jwk(std::string_view id) const {
  return open_jwk() + R"(,"kid":")" + std::string(id) + "\"}";
}

std::string SigningKey::pem() const {
  const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
  must(PEM_write_bio_PUBKEY(out.get(), key_.get()) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string SigningKey::token(std::string_view algorithm, std::string_view header,
                              std::string_view payload) const {
  const std::string signed_text = base64url(header) + "." + base64url(payload);
  return signed_text + "." + base64url(sign(algorithm, signed_text));
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  must(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
            reinterpret_cast<const unsigned char*>(text.data()), text.size(), out, &size) != nullptr);
  return {reinterpret_cast<const char*>(out), size};
}

}  // namespace penstock::test
