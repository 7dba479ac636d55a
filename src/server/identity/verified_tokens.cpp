#include "server/identity/verified_tokens.hpp"

#include <cstring>
#include <utility>

#include <openssl/evp.h>

namespace penstock::server {

VerifiedTokens::Digest VerifiedTokens::digest_of(std::string_view token) {
  Digest digest{};
  EVP_Digest(token.data(), token.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return digest;
}

std::size_t VerifiedTokens::FirstBytes::operator()(const Digest& digest) const noexcept {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof(hash));
  return hash;
}

PrincipalPtr VerifiedTokens::find(const Digest& digest, std::uint64_t generation, TokenTime now) {
  const std::scoped_lock lock(mutex_);
  auto found = young_.find(digest);
  if (found == young_.end()) {
    auto node = old_.extract(digest);
    if (node.empty()) return nullptr;
    found = young_.insert(std::move(node)).position;
  }
  const Verified& verified = found->second;
  if (verified.generation == generation && now < verified.until) return verified.principal;
  young_.erase(found);
  return nullptr;
}

void VerifiedTokens::add(const Digest& digest, std::uint64_t generation, TokenTime until,
                         PrincipalPtr principal) {
  Table forgotten;  // goes without the lock
  const std::scoped_lock lock(mutex_);
  if (young_.size() >= capacity_) {
    forgotten = std::exchange(old_, std::move(young_));
    young_.clear();
  }
  young_.insert_or_assign(digest, Verified{std::move(principal), until, generation});
}

}  // namespace penstock::server
