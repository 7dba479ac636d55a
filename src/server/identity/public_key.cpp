#include "server/identity/public_key.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

namespace penstock::server {

namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* handle) const noexcept {
    Free(handle);
  }
};
using BigNumber = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using EcdsaPair = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

constexpr int kMaxExponentBits = 64;

// A TLS connection of this thread would take what we leave in the queue for its own.
class ErrorQueue {
 public:
  ErrorQueue() { ERR_set_mark(); }
  ErrorQueue(const ErrorQueue&) = delete;
  ErrorQueue& operator=(const ErrorQueue&) = delete;
  ~ErrorQueue() { ERR_pop_to_mark(); }
};

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::unexpected<Error> bad_key(std::string why) {
  return fail(ErrorCode::invalid_argument, std::move(why));
}

BigNumber number_of(std::string_view big_endian) {
  return BigNumber(BN_bin2bn(bytes_of(big_endian), static_cast<int>(big_endian.size()), nullptr));
}

struct Curve {
  const char* group;
  std::size_t field_bytes;
};

std::optional<Curve> curve_of(KeyKind kind) noexcept {
  switch (kind) {
    case KeyKind::p256:
      return Curve{SN_X9_62_prime256v1, 32};
    case KeyKind::p384:
      return Curve{SN_secp384r1, 48};
    case KeyKind::p521:
      return Curve{SN_secp521r1, 66};
    case KeyKind::rsa:
    case KeyKind::ed25519:
    case KeyKind::ed448:
      break;
  }
  return std::nullopt;
}

std::shared_ptr<EVP_PKEY> key_from(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  std::shared_ptr<EVP_PKEY> owned(key, EVP_PKEY_free);
  const KeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return check && EVP_PKEY_public_check(check.get()) == 1 ? owned : nullptr;
}

// JWS writes an ECDSA signature as both numbers side by side, OpenSSL reads DER. Empty when it is neither
// long enough nor short enough, or a number is zero.
std::string to_der(std::string_view signature, std::size_t field_bytes) {
  if (signature.size() != 2 * field_bytes) return {};
  BigNumber r = number_of(signature.substr(0, field_bytes));
  BigNumber s = number_of(signature.substr(field_bytes));
  const EcdsaPair pair(ECDSA_SIG_new());
  if (!r || !s || !pair || BN_is_zero(r.get()) || BN_is_zero(s.get())) return {};
  if (ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());  // the pair's own now
  static_cast<void>(s.release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0) return {};
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

bool set_padding(SignatureScheme scheme, EVP_PKEY_CTX* context) {
  if (scheme == SignatureScheme::rsa_pkcs1)
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
  if (scheme != SignatureScheme::rsa_pss) return true;
  // RFC 7518, 3.5: the salt is as long as the digest.
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

}  // namespace

Result<PublicKey> PublicKey::rsa(std::string_view modulus, std::string_view exponent) {
  const ErrorQueue queue;
  // Before numbers of any size are worked on.
  if (modulus.size() > kMaxRsaBits / 8 || exponent.size() > kMaxExponentBits / 8)
    return bad_key(fmt::format("an RSA key has at most {} bits and an exponent of at most {}", kMaxRsaBits,
                               kMaxExponentBits));
  const BigNumber n = number_of(modulus);
  const BigNumber e = number_of(exponent);
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder) return bad_key("the key cannot be read");
  if (static_cast<std::size_t>(BN_num_bits(n.get())) < kMinRsaBits)
    return bad_key(
        fmt::format("an RSA key of {} bits is too weak: it needs {}", BN_num_bits(n.get()), kMinRsaBits));
  if (BN_is_odd(n.get()) == 0) return bad_key("an RSA modulus is odd");
  if (BN_is_odd(e.get()) == 0 || BN_is_one(e.get())) return bad_key("an RSA exponent is odd and more than 1");
  if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return bad_key("the key cannot be read");
  Handle key = key_from("RSA", builder.get());
  if (!key) return bad_key("this is no RSA key");
  return PublicKey(KeyKind::rsa, std::move(key));
}

Result<PublicKey> PublicKey::elliptic(KeyKind kind, std::string_view x, std::string_view y) {
  const ErrorQueue queue;
  const auto curve = curve_of(kind);
  if (!curve || x.size() != curve->field_bytes || y.size() != curve->field_bytes)
    return bad_key("the coordinates have not the length of the curve's field");
  const std::string point = "\x04" + std::string(x) + std::string(y);  // uncompressed: SEC 1, 2.3.3
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) !=
          1)
    return bad_key("the key cannot be read");
  Handle key = key_from("EC", builder.get());
  if (!key) return bad_key("the point is not on the curve");
  return PublicKey(kind, std::move(key));
}

Result<PublicKey> PublicKey::edwards(KeyKind kind, std::string_view x) {
  const ErrorQueue queue;
  const bool is_448 = kind == KeyKind::ed448;
  if ((!is_448 && kind != KeyKind::ed25519) || x.size() != (is_448 ? 57U : 32U))
    return bad_key("the key has not the curve's length");
  Handle key(
      EVP_PKEY_new_raw_public_key(is_448 ? EVP_PKEY_ED448 : EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size()),
      EVP_PKEY_free);
  if (!key) return bad_key("the key cannot be read");
  return PublicKey(kind, std::move(key));
}

bool PublicKey::verifies(const SignatureAlgorithm& algorithm, std::string_view text,
                         std::string_view signature) const {
  if (!algorithm.fits(kind_)) return false;
  const ErrorQueue queue;
  std::string der;
  if (algorithm.scheme == SignatureScheme::ecdsa) {
    der = to_der(signature, curve_of(kind_)->field_bytes);
    signature = der;
  } else if (signature.size() != static_cast<std::size_t>(EVP_PKEY_get_size(handle_.get()))) {
    return false;
  }
  if (signature.empty()) return false;
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;  // the context's own
  const std::string digest(algorithm.digest);
  if (!context || EVP_DigestVerifyInit_ex(context.get(), &options, digest.empty() ? nullptr : digest.c_str(),
                                          nullptr, nullptr, handle_.get(), nullptr) != 1)
    return false;
  return set_padding(algorithm.scheme, options) &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                          text.size()) == 1;
}

}  // namespace penstock::server
