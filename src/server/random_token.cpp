#include "server/random_token.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/random.h>

namespace penstock::server {

namespace {

constexpr const char* kNoRandomness = "The system has no randomness to give.";

}  // namespace

std::string random_token() {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw std::runtime_error(kNoRandomness);
  std::string token;
  token.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) {
    token += kHexDigits[byte >> 4];
    token += kHexDigits[byte & 0xF];
  }
  return token;
}

std::uint64_t random_number() {
  thread_local std::array<std::uint64_t, 32> numbers{};  // getentropy() gives 256 bytes at most
  thread_local std::size_t left = 0;
  if (left == 0) {
    if (getentropy(numbers.data(), sizeof numbers) != 0) throw std::runtime_error(kNoRandomness);
    left = numbers.size();
  }
  return std::exchange(numbers[--left], 0);
}

std::string keyed_hash(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  const void* done =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &length);
  if (done == nullptr) throw std::runtime_error("HMAC-SHA256 failed.");
  return {reinterpret_cast<const char*>(digest.data()), length};
}

}  // namespace penstock::server
