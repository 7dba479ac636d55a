#include "server/sha256.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/evp.h>

namespace penstock::server {

Sha256 sha256(std::string_view bytes) {
  // Both are kept: OpenSSL takes longer to find the one and to make the other than to hash a line.
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                                EVP_MD_CTX_free);
  Sha256 hash{};
  if (EVP_DigestInit_ex2(context.get(), kAlgorithm, nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), hash.data(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 failed.");
  }
  return hash;
}

}  // namespace penstock::server
