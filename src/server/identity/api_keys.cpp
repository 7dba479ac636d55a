#include "server/identity/api_keys.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <utility>
#include <vector>

#include <openssl/crypto.h>

namespace penstock::server {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kIdDigits = 12;

/// The hashes of keys that come again and again: on the threads of sockets, to hash a key is the most that
/// knowing who asks costs. Which keys are kept tells nobody anything, as they are compared whole.
class HashMemo {
 public:
  [[nodiscard]] KeyHash of(std::string_view token) {
    if (token.size() > kLongest) return hash_of_key(token);
    Entry& entry = entries_[std::hash<std::string_view>()(token) % kEntries];
    if (entry.token.size() != token.size() ||
        CRYPTO_memcmp(entry.token.data(), token.data(), token.size()) != 0) {
      entry = {std::string(token), hash_of_key(token)};
    }
    return entry.hash;
  }

 private:
  static constexpr std::size_t kLongest = 128;
  static constexpr std::size_t kEntries = 64;
  struct Entry {
    std::string token;
    KeyHash hash{};
  };
  // On the heap, as a thread has its thread-local variables in memory though it never uses them.
  std::vector<Entry> entries_ = std::vector<Entry>(kEntries);
};

std::unexpected<Error> unknown_key() {
  return fail(ErrorCode::unauthenticated, "the API key is not known, or was revoked",
              "The operator makes keys with `penstock key create`.");
}

}  // namespace

KeyHash hash_of_key(std::string_view token) {
  return sha256(token);
}

std::string hash_text(const KeyHash& hash) {
  std::string text;
  text.reserve(2 * hash.size());
  for (const unsigned char byte : hash) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xF];
  }
  return text;
}

std::optional<KeyHash> parse_hash(std::string_view text) noexcept {
  KeyHash hash{};
  if (text.size() != 2 * hash.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t digit = kDigits.find(text[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    hash[i / 2] = static_cast<unsigned char>(hash[i / 2] << 4 | digit);
  }
  return hash;
}

std::string key_id(std::string_view hash_text) {
  return std::string(hash_text.substr(0, kIdDigits));
}

// The hash is one already.
std::size_t ApiKeys::Hash::operator()(const KeyHash& hash) const noexcept {
  std::size_t bits = 0;
  std::memcpy(&bits, hash.data(), sizeof(bits));
  return bits;
}

bool ApiKeys::Equal::operator()(const KeyHash& a, const KeyHash& b) const noexcept {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void ApiKeys::replace(std::span<const config::KeyConfig> keys, const Principals& principals) {
  auto table = std::make_shared<Table>();
  table->reserve(keys.size());
  for (const config::KeyConfig& key : keys) {
    const auto hash = parse_hash(key.sha256);
    const auto principal = principals.find(key.principal);
    // Both are checked where the files are read; what is not in order opens no door.
    if (!hash || principal == principals.end()) continue;
    table->emplace(*hash, Known{principal->second, key.expires});
  }
  table_.store(std::move(table));
}

bool ApiKeys::takes(std::string_view token) const noexcept {
  return token.starts_with(kApiKeyPrefix);
}

void ApiKeys::authenticate(std::string_view token, Answered answered) {
  thread_local HashMemo hashes;
  const auto table = table_.load();
  const auto known = table->find(hashes.of(token));
  if (known == table->end()) return answered(unknown_key());
  const auto& expires = known->second.expires;
  if (expires && *expires <= std::chrono::system_clock::now())
    return answered(fail(ErrorCode::unauthenticated, "the API key has expired",
                         "The operator makes a new one with `penstock key rotate`."));
  answered(known->second.principal);
}

}  // namespace penstock::server
