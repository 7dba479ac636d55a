// Tokens: what is taken, and a table of those that attackers send.
#include "config/jwt.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/identity/base64url.hpp"
#include "unit/token_fixture.hpp"

namespace penstock::server {
namespace {

using penstock::test::base64url;
using penstock::test::SigningKey;

constexpr std::string_view kHeader = R"({"alg":"RS256","typ":"JWT","kid":"one"})";

const Jwks& keys() {
  static const Jwks set = parse_keys({rsa_key().jwk("one"), p256_key().jwk("two")});
  return set;
}

TEST(Base64url, ReadsTheOneTextOfItsBytes) {
  EXPECT_EQ(base64url_decode(""), "");
  EXPECT_EQ(base64url_decode("-_8"), "\xfb\xff");
  EXPECT_EQ(base64url_decode("YWI"), "ab");
  EXPECT_EQ(base64url_decode(base64url("all of it")), "all of it");
  for (const char* text : {"A", "YWI=", "YW I", "YWI\n", "+/8", "YWJ", "_+8", "YWI.", "\xc3\xa4"})
    EXPECT_FALSE(base64url_decode(text)) << text;
}

// Every algorithm with the key that it is for, and with no other kind of key.
TEST(Jwt, IsTakenWithTheKeyOfItsAlgorithmAlone) {
  const std::vector<SigningKey> signing{rsa_key(),
                                        p256_key(),
                                        SigningKey::elliptic("P-384"),
                                        SigningKey::elliptic("P-521"),
                                        SigningKey::edwards("Ed25519"),
                                        SigningKey::edwards("Ed448")};
  int taken = 0;
  for (const SigningKey& key : signing) {
    const Jwks set = parse_keys({key.jwk("k")});
    ASSERT_TRUE(set.left_out().empty()) << set.left_out().front();
    for (const SignatureAlgorithm& algorithm : signature_algorithms()) {
      const std::string name(algorithm.name);
      const bool fits = algorithm.fits(set.keys().front().key.kind());
      const std::string header = R"({"alg":")" + name + R"(","kid":"k"})";
      const std::string token =
          fits ? key.token(name, header, claims())
               : base64url(header) + "." + base64url(claims()) + "." + base64url("signature");
      const auto verified = verify(token, set);
      EXPECT_EQ(verified.has_value(), fits) << name;
      if (verified) {
        ++taken;
        EXPECT_EQ(verified->subject, "ada");
        std::string bent = token;
        bent[bent.size() / 2] = bent[bent.size() / 2] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(verify(bent, set)) << name;
      } else {
        EXPECT_EQ(verified.error().fault, TokenFault::unknown_key) << name;
      }
    }
  }
  EXPECT_EQ(taken, 6 + 3 + 4);
}

TEST(Jwt, AlgorithmsAreThoseThatTheConfigurationKnows) {
  for (const std::string& name : config::jwt_algorithms())
    EXPECT_NE(find_signature_algorithm(name), nullptr) << name;
  EXPECT_EQ(config::jwt_algorithms().size(), signature_algorithms().size());
  for (const char* name :
       {"none", "None", "NONE", "nOnE", "HS256", "HS512", "rs256", "", "RS256 ", "ES256K", "dir"})
    EXPECT_EQ(find_signature_algorithm(name), nullptr) << name;
}

struct Hostile {
  std::string what;
  std::string token;
  TokenFault fault;
};

std::string rs256(std::string_view payload, std::string_view header = kHeader) {
  return rsa_key().token("RS256", header, payload);
}

std::string unsigned_token(std::string_view header, std::string_view payload,
                           std::string_view signature = {}) {
  return base64url(header) + "." + base64url(payload) + "." + base64url(signature);
}

std::string hs256(std::string_view secret, std::string_view header) {
  const std::string text = base64url(header) + "." + base64url(claims());
  return text + "." + base64url(penstock::test::hmac_sha256(secret, text));
}

std::vector<Hostile> forged() {
  const std::string good = rs256(claims());
  const std::size_t first = good.find('.');
  const std::size_t last = good.rfind('.');
  const std::string es_header = R"({"alg":"ES256","kid":"two"})";
  std::vector<Hostile> all{
      {"empty", "", TokenFault::malformed},
      {"one part", "abc", TokenFault::malformed},
      {"two parts", good.substr(0, last), TokenFault::malformed},
      {"four parts", good + ".x", TokenFault::malformed},
      {"five parts", "a.b.c.d.e", TokenFault::malformed},
      {"dots alone", "..", TokenFault::malformed},
      {"stripped signature", good.substr(0, last + 1), TokenFault::signature},
      {"no header", good.substr(first), TokenFault::malformed},
      {"padding", good + "=", TokenFault::malformed},
      {"white space", good + "\n", TokenFault::malformed},
      {"base64 of the other alphabet", "e+/=." + good.substr(first + 1), TokenFault::malformed},
      {"enormous", good + std::string(kMaxTokenBytes, 'A'), TokenFault::malformed},
      {"enormous payload", rs256(claims(R"(,"x":")" + std::string(kMaxTokenBytes, 'x') + "\"")),
       TokenFault::malformed},
      {"header of another token", base64url(es_header) + good.substr(first), TokenFault::signature},
      {"payload of another token",
       good.substr(0, first + 1) + base64url(claims(R"(,"admin":true)")) + good.substr(last),
       TokenFault::signature},
      {"another key's", other_rsa_key().token("RS256", kHeader, claims()), TokenFault::signature},
      {"HS256 with the PEM", hs256(rsa_key().pem(), R"({"alg":"HS256","kid":"one"})"), TokenFault::algorithm},
      {"HS256 with the JWK", hs256(rsa_key().jwk("one"), R"({"alg":"HS256"})"), TokenFault::algorithm},
      {"HS256 with nothing", hs256("", R"({"alg":"HS256"})"), TokenFault::algorithm},
      {"HMAC said to be RS256", hs256(rsa_key().pem(), kHeader), TokenFault::signature},
      {"RS256 said to be PS256", rsa_key().token("RS256", R"({"alg":"PS256","kid":"one"})", claims()),
       TokenFault::signature},
      {"RS256 said to be RS512", rsa_key().token("RS256", R"({"alg":"RS512","kid":"one"})", claims()),
       TokenFault::signature},
      {"RSA of zeros", unsigned_token(kHeader, claims(), std::string(256, '\0')), TokenFault::signature},
  };
  for (const char* none : {"none", "None", "NONE", "nOnE", "none ", ""}) {
    const std::string header = R"({"alg":")" + std::string(none) + "\"}";
    all.push_back(
        {"alg none, unsigned", base64url(header) + "." + base64url(claims()) + ".", TokenFault::signature});
    all.push_back(
        {"alg none, signed by nobody", unsigned_token(header, claims(), "x"), TokenFault::algorithm});
    all.push_back({"alg none, signed well", rs256(claims(), header), TokenFault::algorithm});
  }
  return all;
}

std::vector<Hostile> forged_ecdsa() {
  const std::string es_header = R"({"alg":"ES256","kid":"two"})";
  const std::string es_text = base64url(es_header) + "." + base64url(claims());
  const std::string raw = p256_key().sign("ES256", es_text);
  return {
      {"ES256 in DER", es_text + "." + base64url(p256_key().sign_raw("ES256", es_text)),
       TokenFault::signature},
      {"r and s zero", unsigned_token(es_header, claims(), std::string(64, '\0')), TokenFault::signature},
      {"r zero", es_text + "." + base64url(std::string(32, '\0') + raw.substr(32)), TokenFault::signature},
      {"s zero", es_text + "." + base64url(raw.substr(0, 32) + std::string(32, '\0')), TokenFault::signature},
      {"r and s too large", unsigned_token(es_header, claims(), std::string(64, '\xff')),
       TokenFault::signature},
      {"a byte more", es_text + "." + base64url(raw + '\0'), TokenFault::signature},
      {"a byte less", es_text + "." + base64url(raw.substr(0, 63)), TokenFault::signature},
      {"ES384 with a key of P-256",
       unsigned_token(R"({"alg":"ES384","kid":"two"})", claims(), std::string(96, 'x')),
       TokenFault::unknown_key},
      {"ES256 with the name of an RSA key",
       p256_key().token("ES256", R"({"alg":"ES256","kid":"one"})", claims()), TokenFault::unknown_key},
  };
}

// Signed by the right key: what the header says makes them none of ours.
std::vector<Hostile> odd_headers() {
  const auto with = [](const std::string& more) {
    return rs256(claims(), R"({"alg":"RS256","kid":"one",)" + more + "}");
  };
  return {
      {"crit", with(R"("crit":["exp"])"), TokenFault::malformed},
      {"crit of nothing", with(R"("crit":[])"), TokenFault::malformed},
      {"b64", with(R"("b64":false)"), TokenFault::malformed},
      {"compressed", with(R"("zip":"DEF")"), TokenFault::malformed},
      {"encrypted", with(R"("enc":"A256GCM")"), TokenFault::malformed},
      {"nested", with(R"("cty":"JWT")"), TokenFault::malformed},
      {"a logout", with(R"("typ":"logout+jwt")"), TokenFault::malformed},
      {"typ of another type", with(R"("typ":1)"), TokenFault::malformed},
      {"alg twice", with(R"("alg":"none")"), TokenFault::malformed},
      {"kid twice", with(R"("kid":"two")"), TokenFault::malformed},
      {"alg twice by an escape", with(R"("\u0061lg":"none")"), TokenFault::malformed},
      {"kid of a number", rs256(claims(), R"({"alg":"RS256","kid":1})"), TokenFault::malformed},
      {"kid empty", rs256(claims(), R"({"alg":"RS256","kid":""})"), TokenFault::malformed},
      {"kid of a path", rs256(claims(), R"({"alg":"RS256","kid":"../../../../dev/null"})"),
       TokenFault::unknown_key},
      {"kid with a statement", rs256(claims(), R"({"alg":"RS256","kid":"x' UNION SELECT 'a"})"),
       TokenFault::unknown_key},
      {"kid in other letters", rs256(claims(), R"({"alg":"RS256","kid":"ONE"})"), TokenFault::unknown_key},
      {"kid with a NUL", rs256(claims(), R"({"alg":"RS256","kid":"one\u0000"})"), TokenFault::unknown_key},
      {"alg a list", rs256(claims(), R"({"alg":["RS256"]})"), TokenFault::malformed},
      {"no alg", rs256(claims(), R"({"kid":"one"})"), TokenFault::malformed},
      {"a list", rs256(claims(), R"(["RS256"])"), TokenFault::malformed},
      {"no JSON", rs256(claims(), "RS256"), TokenFault::malformed},
      {"two objects", rs256(claims(), std::string(kHeader) + std::string(kHeader)), TokenFault::malformed},
  };
}

// Signed by the right key, with claims that must not be taken.
std::vector<Hostile> odd_claims() {
  const std::string head = R"({"iss":"https://issuer.example","aud":"penstock","sub":"ada")";
  const auto exp = [&](const std::string& value) { return rs256(head + R"(,"exp":)" + value + "}"); };
  const auto with = [](const std::string& more) { return rs256(claims("," + more)); };
  const std::string later = std::to_string(kNow.time_since_epoch().count() + 300);
  const auto other = [&](const std::string& issuer, const std::string& audience) {
    return rs256(R"({"iss":)" + issuer + R"(,"aud":)" + audience + R"(,"sub":"ada","exp":)" + later + "}");
  };
  const std::string ours = R"("https://issuer.example")";
  return {
      {"expired", exp(std::to_string(kNow.time_since_epoch().count() - 30)), TokenFault::expired},
      {"of 1970", exp("0"), TokenFault::expired},
      {"exp missing", rs256(head + "}"), TokenFault::claims},
      {"exp a text", exp("\"" + later + "\""), TokenFault::claims},
      {"expired by a fraction", exp(std::to_string(kNow.time_since_epoch().count() - 30) + ".9"),
       TokenFault::expired},
      {"not yet valid by a fraction",
       with(R"("nbf":)" + std::to_string(kNow.time_since_epoch().count() + 30) + ".1"),
       TokenFault::not_yet_valid},
      {"exp beyond all numbers", exp("1e999"), TokenFault::claims},
      {"exp null", exp("null"), TokenFault::claims},
      {"exp negative", exp("-1"), TokenFault::claims},
      {"exp in milliseconds", exp("1800000300000"), TokenFault::claims},
      {"exp beyond 64 bits", exp("99999999999999999999"), TokenFault::claims},
      {"exp a list", exp("[" + later + "]"), TokenFault::claims},
      {"exp twice", with(R"("exp":9999999999)"), TokenFault::malformed},
      {"not yet valid", with(R"("nbf":)" + later), TokenFault::not_yet_valid},
      {"nbf a text", with(R"("nbf":"0")"), TokenFault::claims},
      {"issued in the future", with(R"("iat":)" + later), TokenFault::not_yet_valid},
      {"another issuer", other(R"("https://issuer.example/")", R"("penstock")"), TokenFault::issuer},
      {"an issuer in other letters", other(R"("https://ISSUER.example")", R"("penstock")"),
       TokenFault::issuer},
      {"issuer a list", other("[" + ours + "]", R"("penstock")"), TokenFault::issuer},
      {"issuer with a NUL", other(R"("https://issuer.example\u0000")", R"("penstock")"), TokenFault::issuer},
      {"no issuer", rs256(R"({"aud":"penstock","exp":)" + later + "}"), TokenFault::issuer},
      {"another audience", other(ours, R"("other")"), TokenFault::audience},
      {"other audiences", other(ours, R"(["other","penstoc","penstock2"])"), TokenFault::audience},
      {"no audience", rs256(R"({"iss":"https://issuer.example","exp":)" + later + "}"), TokenFault::audience},
      {"audience of nobody", other(ours, "[]"), TokenFault::audience},
      {"audience a number", other(ours, "1"), TokenFault::audience},
      {"audience null", other(ours, "null"), TokenFault::audience},
      {"audience with a number", other(ours, R"(["penstock",1])"), TokenFault::claims},
      {"audience nested", other(ours, R"([["penstock"]])"), TokenFault::claims},
      {"an audience's end", other(ours, R"("/mcp")"), TokenFault::audience},
      {"sub twice", with(R"("sub":"root")"), TokenFault::malformed},
      {"sub twice by an escape", with(R"("\u0073ub":"root")"), TokenFault::malformed},
      {"a claim twice, deep", with(R"("realm":{"a":1,"a":2})"), TokenFault::malformed},
      {"claims a list", rs256("[" + claims() + "]"), TokenFault::malformed},
      {"claims no JSON", rs256("ada"), TokenFault::malformed},
      {"claims no UTF-8", rs256(claims(",\"x\":\"\xff\"")), TokenFault::malformed},
      {"claims too deep", rs256(claims(R"(,"x":)" + std::string(100, '[') + std::string(100, ']'))),
       TokenFault::malformed},
  };
}

std::vector<Hostile> odd_subjects() {
  const auto sub = [](const std::string& value) {
    return rs256(R"({"iss":"https://issuer.example","aud":"penstock","exp":1800000300,"sub":)" + value + "}");
  };
  return {
      {"sub a number", sub("1"), TokenFault::claims},
      {"sub empty", sub(R"("")"), TokenFault::claims},
      {"sub with a line's end", sub(R"("ada\ninfo login ok")"), TokenFault::claims},
      {"sub enormous", sub("\"" + std::string(600, 'a') + "\""), TokenFault::claims},
  };
}

TEST(Jwt, RefusesWhatAttackersSend) {
  int tried = 0;
  for (const auto& table : {forged(), forged_ecdsa(), odd_headers(), odd_claims(), odd_subjects()}) {
    for (const Hostile& hostile : table) {
      ++tried;
      const auto verified = verify(hostile.token, keys());
      ASSERT_FALSE(verified) << hostile.what;
      EXPECT_EQ(verified.error().fault, hostile.fault) << hostile.what << ": " << verified.error().why;
      EXPECT_FALSE(verified.error().why.empty()) << hostile.what;
    }
  }
  EXPECT_GT(tried, 100);
}

// Keys that a token brings along, or says where to find, are not looked at.
TEST(Jwt, TakesNoKeyFromATokenItself) {
  const std::string own = R"("jwk":)" + other_rsa_key().jwk("one");
  for (const std::string& more :
       {own, std::string(R"("jku":"https://attacker.example/jwks.json")"),
        std::string(R"("x5u":"https://attacker.example/a.pem")"), std::string(R"("x5c":["MIIB"])")}) {
    const std::string header = R"({"alg":"RS256","kid":"one",)" + more + "}";
    EXPECT_EQ(verify(other_rsa_key().token("RS256", header, claims()), keys()).error().fault,
              TokenFault::signature);
    EXPECT_TRUE(verify(rs256(claims(), header), keys()));
  }
}

TEST(Jwt, HoldsWithinTheLeewayOfClocks) {
  const Jwks& set = keys();
  const std::string token = rs256(claims(R"(,"nbf":1800000000,"iat":1800000000)"));
  using std::chrono::seconds;
  EXPECT_TRUE(verify(token, set, rules(), kNow));
  EXPECT_TRUE(verify(token, set, rules(), kNow - seconds(30)));
  EXPECT_EQ(verify(token, set, rules(), kNow - seconds(31)).error().fault, TokenFault::not_yet_valid);
  EXPECT_TRUE(verify(token, set, rules(), kNow + seconds(329)));
  EXPECT_EQ(verify(token, set, rules(), kNow + seconds(330)).error().fault, TokenFault::expired);
}

TEST(Jwt, TakesFractionsOfSeconds) {
  for (const char* times : {R"("exp":1800000300.75)", R"("exp":18000003e2)", R"("exp":1800000300,"iat":1.5)"})
    EXPECT_TRUE(verify(
        rs256(R"({"iss":"https://issuer.example","aud":"penstock",)" + std::string(times) + "}"), keys()))
        << times;
}

TEST(Jwt, IsForOneOfSeveralAudiences) {
  const std::string token =
      rs256(R"({"iss":"https://issuer.example","aud":["x","https://data.example/mcp"],"exp":1800000300})");
  const auto verified = verify(token, keys());
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->subject, "");
}

TEST(Jwt, TakesTypesOfAccessTokens) {
  for (const char* type : {"JWT", "jwt", "at+jwt", "application/at+jwt", "AT+JWT"})
    EXPECT_TRUE(verify(rs256(claims(), R"({"alg":"RS256","typ":")" + std::string(type) + "\"}"), keys()))
        << type;
}

TEST(Jwt, UsesOnlyTheAlgorithmsThatAreAllowed) {
  TokenRules strict = rules();
  strict.algorithms = {find_signature_algorithm("ES256")};
  EXPECT_EQ(verify(rs256(claims()), keys(), strict).error().fault, TokenFault::algorithm);
  EXPECT_TRUE(verify(p256_key().token("ES256", R"({"alg":"ES256"})", claims()), keys(), strict));
}

TEST(Jwt, IsNoGoodOnceItsKeyIsGone) {
  const std::string token = rs256(claims());
  EXPECT_TRUE(verify(token, parse_keys({rsa_key().jwk("one")})));
  EXPECT_EQ(verify(token, parse_keys({other_rsa_key().jwk("next")})).error().fault, TokenFault::unknown_key);
  EXPECT_EQ(verify(token, parse_keys({other_rsa_key().jwk("one")})).error().fault, TokenFault::signature);
  EXPECT_EQ(verify(token, parse_keys({})).error().fault, TokenFault::unknown_key);
}

TEST(Jwt, FindsClaimsByTheirPath) {
  const auto verified = verify(rs256(claims(R"(,"realm_access":{"roles":["a"]},"x.y":1)")), keys());
  ASSERT_TRUE(verified);
  const std::vector<std::string> roles{"realm_access", "roles"};
  ASSERT_NE(verified->find(roles), nullptr);
  EXPECT_EQ(verified->find(roles)->items.size(), 1U);
  EXPECT_NE(verified->find(std::vector<std::string>{"x.y"}), nullptr);
  for (const std::vector<std::string>& path :
       {std::vector<std::string>{"x", "y"}, {"sub", "x"}, {"realm_access", "roles", "a"}, {"Sub"}})
    EXPECT_EQ(verified->find(path), nullptr);
}

}  // namespace
}  // namespace penstock::server
