// Keys of Penstock's own: long random texts, of which the server knows the hashes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "config/principals.hpp"
#include "server/identity/authenticator.hpp"
#include "server/sha256.hpp"

namespace penstock::server {

/// What a key begins with, so that people and scanners know one where they see it.
inline constexpr std::string_view kApiKeyPrefix = "psk_";

/// SHA-256 as raw bytes. A key has 256 random bits: nobody can try them all, so nothing slower is needed to
/// keep a stolen hash from being turned into a key.
using KeyHash = Sha256;
[[nodiscard]] KeyHash hash_of_key(std::string_view token);
/// The same in hexadecimal digits, as keys.yaml has it; and back, nothing when it is none.
[[nodiscard]] std::string hash_text(const KeyHash& hash);
[[nodiscard]] std::optional<KeyHash> parse_hash(std::string_view text) noexcept;
/// How people call a key: the first digits of its hash, which lead nobody to the key.
[[nodiscard]] std::string key_id(std::string_view hash_text);

/// Looks a key up by its hash, so that it makes no difference how many there are.
class ApiKeys final : public Authenticator {
 public:
  /// By name, the principals that keys belong to.
  using Principals = std::unordered_map<std::string, PrincipalPtr>;

  ApiKeys() = default;
  /// From now on these, and only these.
  void replace(std::span<const config::KeyConfig> keys, const Principals& principals);

  [[nodiscard]] bool takes(std::string_view token) const noexcept override;
  void authenticate(std::string_view token, Answered answered) override;

 private:
  struct Known {
    PrincipalPtr principal;
    std::optional<std::chrono::sys_seconds> expires;
  };
  struct Hash {
    std::size_t operator()(const KeyHash& hash) const noexcept;
  };
  /// Takes the same time wherever two hashes differ.
  struct Equal {
    bool operator()(const KeyHash& a, const KeyHash& b) const noexcept;
  };
  using Table = std::unordered_map<KeyHash, Known, Hash, Equal>;

  std::atomic<std::shared_ptr<const Table>> table_ = std::make_shared<const Table>();
};

}  // namespace penstock::server
