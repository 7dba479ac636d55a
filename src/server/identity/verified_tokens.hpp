// Tokens whose signature was checked before, so that a client's thousand requests cost one check.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "server/identity/jwt.hpp"
#include "server/identity/principal.hpp"

namespace penstock::server {

/// Keeps digests, not tokens. Thread-safe.
class VerifiedTokens {
 public:
  /// The oldest go when there are more; at most twice as many are there.
  explicit VerifiedTokens(std::size_t capacity = 10'000) : capacity_(capacity) {}

  using Digest = std::array<unsigned char, 32>;
  [[nodiscard]] static Digest digest_of(std::string_view token);

  /// Whom the token stands for, if it was verified with this very set of keys and holds until after `now`.
  /// Null otherwise.
  [[nodiscard]] PrincipalPtr find(const Digest& digest, std::uint64_t generation, TokenTime now);
  void add(const Digest& digest, std::uint64_t generation, TokenTime until, PrincipalPtr principal);

 private:
  struct Verified {
    PrincipalPtr principal;
    TokenTime until;
    std::uint64_t generation = 0;
  };
  struct FirstBytes {
    std::size_t operator()(const Digest& digest) const noexcept;
  };
  using Table = std::unordered_map<Digest, Verified, FirstBytes>;

  const std::size_t capacity_;
  std::mutex mutex_;  // guards what follows
  Table young_;
  Table old_;  // those of it that are still asked for become young again
};

}  // namespace penstock::server
