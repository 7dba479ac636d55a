#include "servers/mongo_scram.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace penstock::test {

namespace {

constexpr int kIterations = 4'096;
constexpr std::size_t kDigest = 32;
constexpr std::string_view kSalt = "28 bytes, as MongoDB's are..";

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(bytes),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string bytes_of_base64(std::string_view text) {
  std::string out(text.size(), '\0');
  EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(text),
                  static_cast<int>(text.size()));
  out.resize(kDigest);
  return out;
}

std::string hmac(std::string_view key, std::string_view text) {
  std::string out(kDigest, '\0');
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(),
       reinterpret_cast<unsigned char*>(out.data()), nullptr);
  return out;
}

std::string hash(std::string_view text) {
  std::string out(kDigest, '\0');
  EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr, EVP_sha256(),
             nullptr);
  return out;
}

// The value of an attribute of a message, "r" of "n=user,r=nonce".
std::string_view attribute(std::string_view message, std::string_view name) {
  while (!message.empty()) {
    const std::string_view part = message.substr(0, message.find(','));
    if (part.starts_with(name) && part.substr(name.size()).starts_with('='))
      return part.substr(name.size() + 1);
    message.remove_prefix(std::min(part.size() + 1, message.size()));
  }
  return {};
}

}  // namespace

std::string ScramServer::start(std::string_view client_first) {
  client_first_bare_ = client_first.substr(std::min(client_first.find("n="), client_first.size()));
  server_first_ = "r=" + std::string(attribute(client_first_bare_, "r")) + "ofTheServer,s=" + base64(kSalt) +
                  ",i=" + std::to_string(kIterations);
  return server_first_;
}

std::optional<std::string> ScramServer::finish(std::string_view client_final) {
  std::string salted(kDigest, '\0');
  PKCS5_PBKDF2_HMAC(password_.data(), static_cast<int>(password_.size()), bytes_of(kSalt),
                    static_cast<int>(kSalt.size()), kIterations, EVP_sha256(), kDigest,
                    reinterpret_cast<unsigned char*>(salted.data()));
  const std::string stored = hash(hmac(salted, "Client Key"));
  const std::string_view unproven = client_final.substr(0, client_final.find(",p="));
  const std::string message = client_first_bare_ + "," + server_first_ + "," + std::string(unproven);
  const std::string signature = hmac(stored, message);
  std::string key = bytes_of_base64(attribute(client_final, "p"));
  for (std::size_t i = 0; i < kDigest; ++i)
    key[i] = static_cast<char>(key[i] ^ signature[i]);
  authenticated_ = hash(key) == stored;
  if (!authenticated_) return std::nullopt;
  return "v=" + base64(hmac(hmac(salted, "Server Key"), message));
}

}  // namespace penstock::test
