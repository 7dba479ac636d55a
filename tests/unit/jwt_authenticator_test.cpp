// From a bearer token to a principal, with keys from a script.
#include "server/identity/jwt_authenticator.hpp"

#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/identity/claim_mapping.hpp"
#include "server/identity/verified_tokens.hpp"
#include "unit/token_fixture.hpp"

namespace penstock::server {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// Gives what it holds, each time it is asked.
class HeldJwks final : public JwksSource {
 public:
  struct Held {
    std::mutex mutex;
    Result<std::string> text = fail(ErrorCode::unavailable, "down");
    std::atomic<int> reads = 0;
  };
  explicit HeldJwks(std::shared_ptr<Held> held) : held_(std::move(held)) {}
  Result<std::string> read(std::stop_token /*stop*/) override {
    const std::scoped_lock lock(held_->mutex);
    ++held_->reads;
    return held_->text;
  }
  [[nodiscard]] bool is_watched() const noexcept override { return false; }
  bool changed() override { return false; }

 private:
  std::shared_ptr<Held> held_;
};

PrincipalPtr named(const std::string& name, const std::string& role = {}) {
  auto principal = std::make_shared<Principal>();
  principal->name = name;
  principal->role = role;
  principal->settings = {{"app.tenant", "fixed"}};
  return principal;
}

config::JwtConfig config_for_tests() {
  config::JwtConfig config;
  config.issuer = "https://issuer.example";
  config.audiences = {"penstock"};
  config.jwks_url = "https://issuer.example/keys";
  config.principals = {{{"scope"}, "data.read", "reader"}, {{"groups"}, "analysts", "analyst"}};
  return config;
}

class Tokens : public ::testing::Test {
 protected:
  void SetUp() override { set_keys({rsa_key().jwk("one")}); }
  void set_keys(const std::vector<std::string>& keys) {
    const std::scoped_lock lock(held_->mutex);
    held_->text = jwks_of(keys);
  }
  void take_down() {
    const std::scoped_lock lock(held_->mutex);
    held_->text = fail(ErrorCode::unavailable, "down");
  }
  void configure(const config::JwtConfig& config) {
    authenticator_.replace(config, {named("reader"), named("analyst", "analyst_role")});
  }
  static std::string token(std::string_view more, std::string_view key_id = "one") {
    return rsa_key().token("RS256", R"({"alg":"RS256","kid":")" + std::string(key_id) + "\"}", claims(more));
  }
  Result<PrincipalPtr> ask(const std::string& token) {
    const auto promise = std::make_shared<std::promise<Result<PrincipalPtr>>>();
    auto answer = promise->get_future();
    authenticator_.authenticate(
        token, [promise](Result<PrincipalPtr> principal) { promise->set_value(std::move(principal)); });
    if (answer.wait_for(20s) != std::future_status::ready) return fail(ErrorCode::internal, "never answered");
    return answer.get();
  }

  std::shared_ptr<HeldJwks::Held> held_ = std::make_shared<HeldJwks::Held>();
  std::atomic<std::int64_t> now_ = kNow.time_since_epoch().count();
  JwksTimes times_{.refresh_interval = 1h, .refetch_interval = 0ms, .keep_keys = 1h};
  JwtAuthenticator authenticator_{[this](const config::JwtConfig&) {
                                    return std::make_shared<JwksKeeper>(std::make_unique<HeldJwks>(held_),
                                                                        times_);
                                  },
                                  [this] { return TokenTime(std::chrono::seconds(now_.load())); }};
};

TEST_F(Tokens, StandForConfiguredPrincipals) {
  EXPECT_FALSE(authenticator_.takes("a.b.c"));
  configure(config_for_tests());
  EXPECT_TRUE(authenticator_.takes("a.b.c"));
  EXPECT_FALSE(authenticator_.takes("pk_0123"));
  const auto reader = ask(token(R"(,"scope":"openid data.read","client_id":"agent","jti":"7")"));
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->name, "reader");
  EXPECT_EQ((*reader)->subject, "ada");
  EXPECT_EQ((*reader)->claims.at("client_id"), "agent");
  const auto analyst = ask(token(R"(,"groups":["x","analysts"])"));
  ASSERT_TRUE(analyst);
  EXPECT_EQ((*analyst)->name, "analyst");
  EXPECT_EQ((*analyst)->role, "analyst_role");
  for (const char* nothing :
       {"", R"(,"scope":"data.readonly data")", R"(,"scope":["data"])", R"(,"groups":"analysts2")",
        R"(,"groups":{"analysts":true})", R"(,"groups":[["analysts"]])", R"(,"scope":1)"})
    EXPECT_EQ(ask(token(nothing)).error().code, ErrorCode::forbidden) << nothing;
}

TEST_F(Tokens, RefusesWithoutRepeatingWhatItWasGiven) {
  configure(config_for_tests());
  const std::string good = token(R"(,"scope":"data.read")");
  EXPECT_TRUE(ask(good));
  for (const std::string& bad :
       {good + "x", std::string("not.a.token"), good.substr(0, good.rfind('.') + 1)}) {
    const auto refused = ask(bad);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::unauthenticated);
    EXPECT_THAT(refused.error().message, ::testing::Not(HasSubstr(bad.substr(0, 10))));
  }
}

// The signature is checked once; what it says of time and keys holds each time.
TEST_F(Tokens, ThatWereVerifiedExpireAndFallWithTheirKey) {
  configure(config_for_tests());
  const std::string good = token(R"(,"scope":"data.read")");
  const auto first = ask(good);
  ASSERT_TRUE(first);
  EXPECT_EQ(ask(good).value(), *first);
  now_ += 329;
  EXPECT_EQ(ask(good).value(), *first);
  ++now_;
  EXPECT_EQ(ask(good).error().code, ErrorCode::unauthenticated);
  now_ -= 330;
  ASSERT_TRUE(ask(good));
  // The issuer rotates, which a token with the new key brings to light.
  set_keys({other_rsa_key().jwk("next")});
  const std::string next =
      other_rsa_key().token("RS256", R"({"alg":"RS256","kid":"next"})", claims(R"(,"scope":"data.read")"));
  ASSERT_TRUE(ask(next));
  EXPECT_EQ(ask(good).error().code, ErrorCode::unauthenticated);
}

TEST_F(Tokens, CannotBeToldWhileTheKeysAreAway) {
  times_.refetch_interval = 1h;
  take_down();
  configure(config_for_tests());
  EXPECT_EQ(ask(token(R"(,"scope":"data.read")")).error().code, ErrorCode::unavailable);
  // What is no token needs no keys to be refused.
  EXPECT_EQ(ask("a.b.c").error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(held_->reads, 1);
}

TEST_F(Tokens, AreTakenWhenAnotherKeyComesUnderTheSameId) {
  configure(config_for_tests());
  ASSERT_TRUE(ask(token(R"(,"scope":"data.read")")));
  const std::string rotated =
      other_rsa_key().token("RS256", R"({"alg":"RS256","kid":"one"})", claims(R"(,"scope":"data.read")"));
  EXPECT_EQ(ask(rotated).error().code, ErrorCode::unauthenticated);
  set_keys({other_rsa_key().jwk("one")});
  EXPECT_TRUE(ask(rotated));
  take_down();
  EXPECT_EQ(ask(token(R"(,"scope":"data.read")")).error().code, ErrorCode::unauthenticated)
      << "a wrong signature stays one while the keys are away";
}

TEST_F(Tokens, WithUnknownKeysDoNotMakeItFetchAllTheTime) {
  times_.refetch_interval = 1h;
  configure(config_for_tests());
  ASSERT_TRUE(ask(token(R"(,"scope":"data.read")")));
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(ask(token(R"(,"scope":"data.read")", "unknown")).error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(held_->reads, 1);
}

TEST_F(Tokens, KeepTheirKeysOverAReload) {
  times_.refetch_interval = 1h;
  config::JwtConfig config = config_for_tests();
  configure(config);
  ASSERT_TRUE(ask(token(R"(,"scope":"data.read")")));
  config.audiences = {"another"};
  configure(config);
  EXPECT_EQ(ask(token(R"(,"scope":"data.read")")).error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(held_->reads, 1);
  config.jwks_url += "2";
  config.audiences = {"penstock"};
  configure(config);
  EXPECT_TRUE(ask(token(R"(,"scope":"data.read")")));
  EXPECT_EQ(held_->reads, 2);
  authenticator_.replace(std::nullopt, {});
  EXPECT_FALSE(authenticator_.takes("a.b.c"));
  EXPECT_EQ(ask("a.b.c").error().code, ErrorCode::unauthenticated);
}

TEST_F(Tokens, HaveADefaultPrincipalWhereConfigured) {
  config::JwtConfig config = config_for_tests();
  config.default_principal = "reader";
  configure(config);
  EXPECT_EQ(ask(token("")).value()->name, "reader");
  EXPECT_EQ(ask(token(R"(,"groups":["analysts"])")).value()->name, "analyst");
}

// Where tokens decide the role, one that does not must not end up with more than any other.
TEST_F(Tokens, ChooseTheRole) {
  config::JwtConfig config = config_for_tests();
  config.roles = {{{"realm", "roles"}, "emea", "emea_reader"}};
  config.role_claim = {"db_role"};
  config.default_principal = "reader";
  configure(config);
  EXPECT_EQ(ask(token(R"(,"realm":{"roles":["emea"]})")).value()->role, "emea_reader");
  EXPECT_EQ(ask(token(R"(,"db_role":"apac")")).value()->role, "apac");
  EXPECT_EQ(ask(token(R"(,"groups":["analysts"])")).value()->role, "analyst_role");
  for (const char* none :
       {"", R"(,"db_role":["apac"])", R"(,"db_role":"a b")", R"(,"db_role":"")", R"(,"db_role":null)",
        R"(,"db_role":"x\"; DROP")", R"(,"realm":{"roles":["EMEA"]})"})
    EXPECT_EQ(ask(token(none)).error().code, ErrorCode::forbidden) << none;
}

TEST_F(Tokens, PassClaimsToTheDatabase) {
  config::JwtConfig config = config_for_tests();
  config.default_principal = "reader";
  config.settings = {{"app.user_id", {"sub"}}, {"app.tenant", {"tenant", "id"}}};
  configure(config);
  const auto principal = ask(token(R"(,"tenant":{"id":[1,"a"]})"));
  ASSERT_TRUE(principal) << principal.error().message;
  EXPECT_THAT((*principal)->settings,
              ::testing::UnorderedElementsAre(::testing::Pair("app.user_id", "ada"),
                                              ::testing::Pair("app.tenant", R"([1,"a"])")));
  for (const std::string& missing :
       {std::string(), std::string(R"(,"tenant":{"id":""})"), std::string(R"(,"tenant":{"id":null})"),
        std::string(R"(,"tenant":{"id":"a\u0000b"})"),
        R"(,"tenant":{"id":")" + std::string(5'000, 'x') + "\"}"})
    EXPECT_EQ(ask(token(missing)).error().code, ErrorCode::forbidden) << missing.substr(0, 40);
}

TEST(VerifiedTokens, ForgetsTheOldest) {
  VerifiedTokens verified(2);
  const auto digest = [](int i) { return VerifiedTokens::digest_of(std::to_string(i)); };
  for (int i = 0; i < 5; ++i)
    verified.add(digest(i), 1, kNow, named(std::to_string(i)));
  EXPECT_EQ(verified.find(digest(0), 1, kNow - 1s), nullptr);
  ASSERT_NE(verified.find(digest(4), 1, kNow - 1s), nullptr);
  EXPECT_EQ(verified.find(digest(4), 1, kNow - 1s)->name, "4");
  EXPECT_EQ(verified.find(digest(3), 2, kNow - 1s), nullptr);
  EXPECT_EQ(verified.find(digest(4), 1, kNow), nullptr);
}

}  // namespace
}  // namespace penstock::server
