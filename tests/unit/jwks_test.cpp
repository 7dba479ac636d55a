// Sets of keys.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/token_fixture.hpp"

namespace penstock::server {
namespace {

using penstock::test::SigningKey;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const SignatureAlgorithm& algorithm(std::string_view name) {
  return *find_signature_algorithm(name);
}

TEST(Jwks, KnowsWhatEachKeyIsFor) {
  const std::string open = rsa_key().open_jwk();
  const Jwks set = parse_keys({open + R"(,"kid":"any"})", open + R"(,"kid":"ps","alg":"PS256","use":"sig"})",
                               open + R"(,"kid":"ops","key_ops":["sign","verify"]})"});
  EXPECT_TRUE(set.left_out().empty());
  EXPECT_NE(set.find("any", algorithm("RS256")), nullptr);
  EXPECT_NE(set.find("any", algorithm("PS512")), nullptr);
  EXPECT_EQ(set.find("any", algorithm("ES256")), nullptr);
  EXPECT_NE(set.find("ps", algorithm("PS256")), nullptr);
  EXPECT_EQ(set.find("ps", algorithm("RS256")), nullptr);
  EXPECT_NE(set.find("ops", algorithm("RS256")), nullptr);
  EXPECT_EQ(set.find("other", algorithm("RS256")), nullptr);
}

TEST(Jwks, LeavesOutWhatCannotBeTrusted) {
  const std::string rsa = rsa_key().open_jwk();
  const std::string ec = p256_key().open_jwk();
  const std::string good_modulus(256, '\xff');
  struct Case {
    std::string jwk;
    std::string reason;
  };
  const std::vector<Case> cases{
      {SigningKey::rsa(1'024).jwk("weak"), "too weak"},
      {R"({"kty":"RSA","n":")" + penstock::test::base64url(std::string(2'000, '\x7f')) + R"(","e":"AQAB"})",
       "at most"},
      {R"({"kty":"RSA","n":")" + penstock::test::base64url(good_modulus) + R"(","e":"AQ"})", "more than 1"},
      {R"({"kty":"RSA","n":")" + penstock::test::base64url(good_modulus) + R"(","e":"Ag"})", "odd"},
      {R"({"kty":"RSA","n":")" + penstock::test::base64url(good_modulus) + R"(","e":"AQEBAQEBAQEB"})",
       "at most"},
      {R"({"kty":"RSA","n":"","e":"AQAB"})", "`n`"},
      {R"({"kty":"RSA","n":"AQAB=","e":"AQAB"})", "`n`"},
      {R"({"kty":"RSA","e":"AQAB"})", "`n`"},
      {rsa + R"(,"use":"enc"})", "`use`"},
      {rsa + R"(,"use":1})", "`use`"},
      {rsa + R"(,"key_ops":["encrypt"]})", "`key_ops`"},
      {rsa + R"(,"key_ops":"verify"})", "`key_ops`"},
      {rsa + R"(,"alg":"RSA-OAEP"})", "`alg`"},
      {rsa + R"(,"alg":"HS256"})", "`alg`"},
      {rsa + R"(,"alg":"ES256"})", "`alg`"},
      {rsa + R"(,"kid":7})", "`kid`"},
      {rsa + R"(,"d":"AQAB"})", "secret part"},
      {R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ"})", "secret part"},
      {R"({"kty":"oct"})", "`kty`"},
      {R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"})", "`crv`"},
      {R"({"kty":"EC","crv":"Ed25519","x":"AA","y":"AA"})", "`crv`"},
      {R"({"kty":"OKP","crv":"X25519","x":"AA"})", "`crv`"},
      {R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})", "length"},
      {R"({"kty":"EC","crv":"P-256","x":")" + penstock::test::base64url(std::string(32, '\1')) +
           R"(","y":")" + penstock::test::base64url(std::string(32, '\1')) + R"("})",
       "not on the curve"},
      {ec + R"(,"alg":"ES384"})", "`alg`"},
      {R"({"kty":"OKP","crv":"Ed25519","x":"AAAA"})", "length"},
      {"7", "no object"},
      {"{}", "`kty`"},
  };
  for (const Case& bad : cases) {
    const Jwks set = parse_keys({bad.jwk, ec + R"(,"kid":"good"})"});
    EXPECT_THAT(set.left_out(), ElementsAre(HasSubstr(bad.reason))) << bad.jwk;
    EXPECT_EQ(set.keys().size(), 1U);
    EXPECT_NE(set.find("good", algorithm("ES256")), nullptr);
  }
}

TEST(Jwks, IsNoSetWithoutAListOfKeys) {
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string("[]"), std::string(R"({"keys":{}})"),
        std::string("not json"), std::string(R"({"keys":[],"keys":[]})"),
        jwks_of(std::vector<std::string>(101, "{}")),
        R"({"keys":[],"x":")" + std::string(Jwks::kMaxBytes, 'x') + "\"}", std::string("<html>down</html>")})
    EXPECT_FALSE(Jwks::parse(text)) << text.substr(0, 40);
  EXPECT_TRUE(Jwks::parse(R"({"keys":[]})")->keys().empty());
}

TEST(Jwks, NamesWithoutKidOnlyWhatIsBeyondDoubt) {
  const Jwks two = parse_keys({rsa_key().jwk("one"), other_rsa_key().jwk("two"), p256_key().jwk("three")});
  EXPECT_EQ(two.find("", algorithm("RS256")), nullptr);
  EXPECT_NE(two.find("", algorithm("ES256")), nullptr);
  const Jwks twins = parse_keys({rsa_key().jwk("one"), other_rsa_key().jwk("one"), p256_key().jwk("one")});
  EXPECT_EQ(twins.find("one", algorithm("RS256")), nullptr);
  EXPECT_NE(twins.find("one", algorithm("ES256")), nullptr);
}

}  // namespace
}  // namespace penstock::server
