// Who asks: names, keys, and the gate before the front ends.
#include <chrono>
#include <future>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/identity/http_gate.hpp"
#include "server/identity/identities.hpp"
#include "server/identity/key_file.hpp"
#include "server/identity/protected_resource.hpp"
#include "unit/fake_exchange.hpp"

namespace penstock::server {
namespace {

using test::FakeExchange;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kKey = "psk_" + std::string(64, 'a');

config::KeyConfig key_of(const std::string& token, std::string principal) {
  config::KeyConfig key;
  key.sha256 = hash_text(hash_of_key(token));
  key.principal = std::move(principal);
  return key;
}

config::IdentityConfig identities() {
  config::IdentityConfig config;
  config.required = true;
  config.principals.resize(2);
  config.principals[0].name = "agent1";
  config.principals[1].name = "agent2";
  config.keys = {key_of(kKey, "agent1")};
  return config;
}

Result<PrincipalPtr> ask(const Identities& known, std::string_view token) {
  Result<PrincipalPtr> answer = nullptr;
  known.authenticate(token, [&](Result<PrincipalPtr> principal) { answer = std::move(principal); });
  return answer;
}

TEST(NameSet, ComparesByteByByte) {
  const NameSet names({"customer_db", "sales_*", "*_eu", "a*b*c"});
  for (const char* name : {"customer_db", "sales_", "sales_2024", "x_eu", "_eu", "abc", "aXbYc", "abbc"})
    EXPECT_TRUE(names.contains(name)) << name;
  for (const char* name : {"Customer_db", "CUSTOMER_DB", "customer_db ", " customer_db", "customer_dbx",
                           "sales", "Sales_2024", "x_eux", "ab", "cab", "",
                           "\xd1\x81ustomer_db",  // a Cyrillic letter that looks like a c
                           "customer\xef\xbc\xbf"
                           "db",  // a full-width underscore
                           "customer_d\xcc\x80"
                           "b",                         // a combining accent
                           "customer_db\xe2\x80\x8b"})  // a space without width
    EXPECT_FALSE(names.contains(name)) << name;
  EXPECT_FALSE(names.contains(std::string_view("customer_db\0x", 13)));
  EXPECT_TRUE(NameSet::all().contains(""));
  EXPECT_FALSE(NameSet().contains(""));
}

TEST(NameSet, TakesTimeInProportionWhateverThePattern) {
  const NameSet names({"*a*a*a*a*a*a*a*a*a*a*a*a*b"});
  EXPECT_FALSE(names.contains(std::string(100'000, 'a')));
}

TEST(Identities, KnowAKeyAndNothingLikeIt) {
  const Identities known(identities());
  const auto principal = ask(known, kKey);
  ASSERT_TRUE(principal);
  EXPECT_EQ((*principal)->name, "agent1");
  std::string upper = kKey;
  upper.back() = 'A';
  for (const std::string& bad :
       {std::string(), std::string("psk_"), kKey.substr(0, 67), kKey + "a", upper, kKey + "=", " " + kKey,
        kKey + std::string(1, '\0'), "PSK_" + kKey.substr(4), hash_text(hash_of_key(kKey)),
        std::string("eyJ.x.y"), "psk_" + std::string(1 << 20, 'a'), std::string("psk_\xc3\xa4")}) {
    const auto refused = ask(known, bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, ErrorCode::unauthenticated);
    // What is that short may stand in any text.
    EXPECT_TRUE(bad.size() <= 4 || !refused.error().message.contains(bad));
  }
}

TEST(Identities, AnOldAndANewKeyAreGoodUntilTheOldOneIsRevoked) {
  config::IdentityConfig config = identities();
  Identities known(config);
  const std::string fresh = "psk_" + std::string(64, 'b');
  config.keys.push_back(key_of(fresh, "agent1"));
  known.replace(config);
  EXPECT_TRUE(ask(known, kKey));
  EXPECT_TRUE(ask(known, fresh));
  config.keys.erase(config.keys.begin());
  known.replace(config);
  EXPECT_FALSE(ask(known, kKey));
  EXPECT_TRUE(ask(known, fresh));
}

TEST(Identities, AnExpiredKeyIsNone) {
  config::IdentityConfig config = identities();
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  config.keys[0].expires = now - std::chrono::seconds(1);
  Identities known(config);
  const auto refused = ask(known, kKey);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("expired"));
  config.keys[0].expires = now + std::chrono::hours(1);
  known.replace(config);
  EXPECT_TRUE(ask(known, kKey));
}

TEST(Identities, OnceRequiredTheyStaySo) {
  Identities open{config::IdentityConfig()};
  EXPECT_FALSE(open.required());
  EXPECT_TRUE(open.may_replace(identities()));
  open.replace(identities());
  EXPECT_TRUE(open.required());
  EXPECT_FALSE(open.may_replace({}));
}

TEST(Identities, AKeyOfAPrincipalThatIsGoneOpensNothing) {
  config::IdentityConfig config = identities();
  config.principals.erase(config.principals.begin());
  const Identities known(config);
  EXPECT_FALSE(ask(known, kKey));
}

TEST(Identities, AskTheOneThatTakesTheToken) {
  class Later final : public Authenticator {
   public:
    [[nodiscard]] bool takes(std::string_view token) const noexcept override {
      return token.starts_with("eyJ");
    }
    void authenticate(std::string_view /*token*/, Answered answered) override {
      waiting = std::move(answered);
    }
    Answered waiting;
  };
  Identities known(identities());
  const auto later = std::make_shared<Later>();
  known.add(later);
  std::string who;
  known.authenticate("eyJh.b.c", [&](Result<PrincipalPtr> principal) { who = (*principal)->name; });
  EXPECT_EQ(who, "");
  later->waiting(known.find("agent2"));
  EXPECT_EQ(who, "agent2");
}

class Gate : public ::testing::Test {
 protected:
  std::shared_ptr<FakeExchange> send(std::vector<HttpHeader> headers, std::string target = "/v1/databases") {
    auto exchange = std::make_shared<FakeExchange>(
        test::FakeRequest{.target = std::move(target), .headers = std::move(headers)});
    admitted_ = nullptr;
    gate_.admit(exchange, next_);
    return exchange;
  }
  static std::string challenge(const FakeExchange& exchange) {
    for (const auto& [name, value] : exchange.head().headers)
      if (name == "WWW-Authenticate") return value;
    return {};
  }

  Identities known_{identities()};
  HttpGate gate_{known_};
  PrincipalPtr admitted_;
  HttpHandler next_ = [this](const std::shared_ptr<Exchange>& exchange) {
    admitted_ = exchange->principal();
  };
};

TEST_F(Gate, LetsAKeyIn) {
  for (const std::string& value : {"Bearer " + kKey, "bearer " + kKey, "BEARER   " + kKey}) {
    send({{"Authorization", value}});
    ASSERT_NE(admitted_, nullptr) << value;
    EXPECT_EQ(admitted_->name, "agent1");
  }
}

TEST_F(Gate, ChallengesWhoShowsNone) {
  for (const std::string& value :
       {std::string(), "Basic " + kKey, kKey, "Bearer\t" + kKey, "Bearerx " + kKey}) {
    const auto exchange = send({{"Authorization", value}});
    EXPECT_EQ(admitted_, nullptr) << value;
    EXPECT_EQ(exchange->head().status, 401);
    EXPECT_EQ(challenge(*exchange), R"(Bearer realm="penstock")") << value;
  }
}

TEST_F(Gate, SaysThatATokenIsBad) {
  for (const std::string& value :
       {std::string("Bearer "), "Bearer " + kKey + "x", "Bearer " + kKey + " " + kKey, "Bearer " + kKey + ",",
        "Bearer " + std::string("psk_\0x", 6), "Bearer " + std::string(100'000, 'a')}) {
    const auto exchange = send({{"Authorization", value}});
    EXPECT_EQ(admitted_, nullptr);
    EXPECT_EQ(exchange->head().status, 401);
    EXPECT_THAT(challenge(*exchange), AllOf(HasSubstr(R"(error="invalid_token")"), Not(HasSubstr("aaaa"))));
  }
}

TEST_F(Gate, TakesNoSecondHeaderWhateverBothSay) {
  const auto exchange = send({{"Authorization", "Bearer " + kKey}, {"Authorization", "Bearer " + kKey}});
  EXPECT_EQ(admitted_, nullptr);
  EXPECT_EQ(exchange->head().status, 400);
  EXPECT_THAT(challenge(*exchange), HasSubstr(R"(error="invalid_request")"));
}

TEST_F(Gate, LeavesTheSignsOfLifeOpenToNobodyInParticular) {
  for (const char* path : {"/healthz", "/readyz", "/openapi.json"}) {
    send({}, path);
    EXPECT_EQ(admitted_, Principal::nobody()) << path;
  }
  for (const char* path : {"/metrics", "/mcp", "/healthz/", "/v1/../healthz", "/", "/%68ealthz"}) {
    send({}, path);
    EXPECT_EQ(admitted_, nullptr) << path;
  }
}

TEST_F(Gate, NamesWhereTokensComeFrom) {
  gate_.set_challenge([](const Exchange&) { return std::string(R"(resource_metadata="https://x/y")"); });
  EXPECT_EQ(challenge(*send({})), R"(Bearer realm="penstock", resource_metadata="https://x/y")");
}

TEST_F(Gate, TellsOfATokenThatCannotBeJudged) {
  class Down final : public Authenticator {
   public:
    [[nodiscard]] bool takes(std::string_view token) const noexcept override {
      return token.starts_with("down");
    }
    void authenticate(std::string_view /*token*/, Answered answered) override {
      answered(fail(ErrorCode::unavailable, "no keys"));
    }
  };
  known_.add(std::make_shared<Down>());
  std::vector<ErrorCode> told;
  gate_.on_refused([&](const Exchange&, const Error& error) { told.push_back(error.code); });
  EXPECT_EQ(send({{"Authorization", "Bearer down"}})->head().status, 503);
  EXPECT_EQ(admitted_, nullptr);
  EXPECT_EQ(told, std::vector{ErrorCode::unavailable});
}

TEST(ProtectedResourceTest, IsFoundWhereItsPublicUrlSays) {
  struct Case {
    std::string public_url;
    std::string metadata;  ///< of the endpoint of MCP
  };
  for (const Case& one :
       {Case{"https://data.example.com", "https://data.example.com/.well-known/oauth-protected-resource/mcp"},
        Case{"https://data.example.com/penstock",
             "https://data.example.com/.well-known/oauth-protected-resource/penstock/mcp"}}) {
    config::JwtConfig config;
    config.issuer = "https://issuer.example";
    config.public_url = one.public_url;
    ProtectedResource resource(false);
    resource.replace(config);
    EXPECT_EQ(resource.challenge(FakeExchange(test::FakeRequest{.target = "/mcp"})),
              "resource_metadata=\"" + one.metadata + "\"");
    // With the path of the public URL, or as a proxy passes it that takes that away.
    for (const std::string& target : {one.metadata.substr(std::string("https://data.example.com").size()),
                                      std::string("/.well-known/oauth-protected-resource/mcp")}) {
      const auto exchange = std::make_shared<FakeExchange>(test::FakeRequest{.target = target});
      resource.answer(*exchange);
      EXPECT_EQ(exchange->head().status, 200) << target;
      EXPECT_THAT(exchange->text(), HasSubstr("\"resource\":\"" + one.public_url + "/mcp\"")) << target;
    }
  }
}

TEST(OpenGate, AsksNobodyWhileNoIdentitiesAreConfigured) {
  const Identities none{config::IdentityConfig()};
  const HttpGate gate(none);
  PrincipalPtr admitted;
  const HttpHandler next = [&](const std::shared_ptr<Exchange>& exchange) {
    admitted = exchange->principal();
  };
  gate.admit(std::make_shared<FakeExchange>(
                 test::FakeRequest{.target = "/mcp", .headers = {{"Authorization", "Bearer nonsense"}}}),
             next);
  EXPECT_EQ(admitted, Principal::anonymous());
}

TEST(Restriction, OnlyTightens) {
  auto principal = std::make_shared<Principal>();
  principal->limits.max_rows = 10;
  principal->limits.timeout = std::chrono::seconds(2);
  QueryOptions options;
  options.max_rows = 5;
  options.max_bytes = 100;
  options.timeout = std::chrono::seconds(60);
  restrict_to(principal, options);
  EXPECT_EQ(options.max_rows, 5);
  EXPECT_EQ(options.max_bytes, 100);
  EXPECT_EQ(options.timeout, std::chrono::seconds(2));
  options.max_rows.reset();
  restrict_to(principal, options);
  EXPECT_EQ(options.max_rows, 10);
}

}  // namespace
}  // namespace penstock::server
