#include "server/identity/signature_algorithm.hpp"

#include <algorithm>
#include <array>

namespace penstock::server {

std::span<const SignatureAlgorithm> signature_algorithms() noexcept {
  using enum SignatureScheme;
  static constexpr std::array kAlgorithms{
      SignatureAlgorithm{"RS256", rsa_pkcs1, "SHA256", KeyKind::rsa},
      SignatureAlgorithm{"RS384", rsa_pkcs1, "SHA384", KeyKind::rsa},
      SignatureAlgorithm{"RS512", rsa_pkcs1, "SHA512", KeyKind::rsa},
      SignatureAlgorithm{"PS256", rsa_pss, "SHA256", KeyKind::rsa},
      SignatureAlgorithm{"PS384", rsa_pss, "SHA384", KeyKind::rsa},
      SignatureAlgorithm{"PS512", rsa_pss, "SHA512", KeyKind::rsa},
      SignatureAlgorithm{"ES256", ecdsa, "SHA256", KeyKind::p256},
      SignatureAlgorithm{"ES384", ecdsa, "SHA384", KeyKind::p384},
      SignatureAlgorithm{"ES512", ecdsa, "SHA512", KeyKind::p521},
      SignatureAlgorithm{"EdDSA", eddsa, "", KeyKind::ed25519, KeyKind::ed448},
      SignatureAlgorithm{"Ed25519", eddsa, "", KeyKind::ed25519},
      SignatureAlgorithm{"Ed448", eddsa, "", KeyKind::ed448},
  };
  return kAlgorithms;
}

const SignatureAlgorithm* find_signature_algorithm(std::string_view name) noexcept {
  const auto all = signature_algorithms();
  const auto found = std::ranges::find(all, name, &SignatureAlgorithm::name);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace penstock::server
