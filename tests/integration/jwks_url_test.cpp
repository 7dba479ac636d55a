// Keys from an issuer over HTTP, over TLS, and from issuers that are slow, down or hostile.
#include <chrono>
#include <stop_token>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/http_site.hpp"
#include "integration/scripted_issuer.hpp"
#include "integration/tls_pair.hpp"
#include "server/identity/jwks.hpp"
#include "server/identity/jwks_keeper.hpp"
#include "server/identity/jwks_source.hpp"
#include "temporary_folder.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;
using penstock::ErrorCode;
using testing::HasSubstr;

constexpr std::string_view kEmptySet = R"({"keys":[]})";

config::JwtConfig config_for(const std::string& url) {
  config::JwtConfig config;
  config.jwks_url = url;
  return config;
}

Result<std::string> read(const config::JwtConfig& config) {
  return server::jwks_from_url(config)->read({});
}

TEST(JwksUrl, IsReadFromAServer) {
  ScriptedIssuer issuer;
  issuer.answer(kEmptySet);
  EXPECT_EQ(read(config_for(issuer.url() + "/keys?v=1")).value(), kEmptySet);
  EXPECT_THAT(issuer.last_request(), HasSubstr("GET /keys?v=1 HTTP/1.1\r\n"));
  EXPECT_THAT(issuer.last_request(), HasSubstr("Accept: application/jwk-set+json, application/json\r\n"));
}

TEST(JwksUrl, TakesNothingButAPlainAnswer) {
  ScriptedIssuer issuer;
  ScriptedIssuer elsewhere;
  elsewhere.answer(kEmptySet);
  const std::string head = "HTTP/1.1 ";
  const std::string huge(server::Jwks::kMaxBytes + 1, ' ');
  const std::vector<std::pair<std::string, std::string>> answers{
      {head + "302 Found\r\nLocation: " + elsewhere.url() + "/\r\nContent-Length: 0\r\n\r\n", "redirects"},
      {head + "301 Moved\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", "redirects"},
      {head + "500 No\r\nContent-Length: 11\r\n\r\n" + std::string(kEmptySet), "500"},
      {head + "404 No\r\nContent-Length: 0\r\n\r\n", "404"},
      {head + "200 OK\r\nContent-Length: 999999999\r\n\r\n" + std::string(kEmptySet), "bytes"},
      {head + "200 OK\r\nConnection: close\r\n\r\n" + huge, "bytes"},
      {head + "200 OK\r\nContent-Length: 100\r\n\r\n" + std::string(kEmptySet), "cannot be fetched"},
      {"SSH-2.0-OpenSSH_9.2\r\n", "cannot be fetched"},
      {"", "cannot be fetched"},
  };
  for (const auto& [answer, reason] : answers) {
    issuer.answer_raw(answer);
    const auto text = read(config_for(issuer.url()));
    ASSERT_FALSE(text) << answer.substr(0, 60);
    EXPECT_EQ(text.error().code, ErrorCode::unavailable);
    EXPECT_THAT(text.error().message, HasSubstr(reason));
  }
  EXPECT_EQ(elsewhere.requests(), 0);
}

TEST(JwksUrl, IsNotWaitedForForever) {
  ScriptedIssuer issuer;
  issuer.hang();
  config::JwtConfig config = config_for(issuer.url());
  config.fetch_timeout = 100ms;
  EXPECT_THAT(read(config).error().message, HasSubstr("Timeout"));
  EXPECT_EQ(issuer.requests(), 1);
}

TEST(JwksUrl, IsNotWaitedForAnyMoreWhenTheServerEnds) {
  ScriptedIssuer issuer;
  issuer.hang();
  config::JwtConfig config = config_for(issuer.url());
  config.fetch_timeout = 10min;
  std::stop_source stop;
  std::jthread ends([&] {
    EXPECT_TRUE(wait_until([&] { return issuer.requests() == 1; }));
    stop.request_stop();
  });
  EXPECT_EQ(server::jwks_from_url(config)->read(stop.get_token()).error().code, ErrorCode::unavailable);
}

TEST(JwksUrl, OfAServerThatIsDownIsAnError) {
  std::string url;
  {
    const ScriptedIssuer gone;
    url = gone.url();
  }
  EXPECT_THAT(read(config_for(url)).error().message, HasSubstr(url));
}

// A keeper over sockets: down, then there, then with other keys.
TEST(JwksUrl, FollowsAnIssuerThatComesAndChanges) {
  ScriptedIssuer issuer;
  issuer.answer_raw("");
  server::JwksKeeper keeper(server::jwks_from_url(config_for(issuer.url())),
                            {.refresh_interval = 5ms, .refetch_interval = 5ms, .keep_keys = 1h});
  ASSERT_TRUE(wait_until([&] { return issuer.requests() >= 2; }));
  EXPECT_EQ(keeper.current(), nullptr);
  issuer.answer(kEmptySet);
  ASSERT_TRUE(wait_until([&] { return keeper.current() != nullptr; }));
  const auto first = keeper.current()->generation;
  issuer.answer(R"({"keys":[{}]})");
  ASSERT_TRUE(wait_until([&] { return keeper.current()->generation != first; }));
  const auto second = keeper.current()->generation;
  issuer.hang();
  const int before = issuer.requests();
  ASSERT_TRUE(wait_until([&] { return issuer.requests() > before; }));
  EXPECT_EQ(keeper.current()->generation, second);
}

class JwksOverTls : public testing::Test {
 protected:
  void SetUp() override {
    write_tls_pair(folder_.path(), 1);
    server::HttpOptions options{.tls_certificate = folder_ / "certificate.pem",
                                .tls_key = folder_ / "key.pem"};
    options.listen = {"127.0.0.1:0"};
    auto started =
        server::HttpServer::start(std::move(options), [](const std::shared_ptr<server::Exchange>& exchange) {
          exchange->respond(
              {.content_type = "application/json", .headers = {}, .body = std::string(kEmptySet)});
        });
    ASSERT_TRUE(started);
    server_ = std::move(*started);
    port_ = server_->urls().front().substr(server_->urls().front().rfind(':'));
  }

  TemporaryFolder folder_;
  std::unique_ptr<server::HttpServer> server_;
  std::string port_;
};

TEST_F(JwksOverTls, AreTakenFromWhomAnAuthorityVouchesFor) {
  config::JwtConfig config = config_for("https://localhost" + port_);
  config.jwks_ca_file = folder_ / "certificate.pem";
  EXPECT_EQ(read(config).value_or("none"), kEmptySet);
}

TEST_F(JwksOverTls, AreNotTakenFromAnybodyElse) {
  EXPECT_THAT(read(config_for("https://localhost" + port_)).error().message, HasSubstr("certificate"));
  // Vouched for, under another name.
  config::JwtConfig config = config_for("https://127.0.0.1" + port_);
  config.jwks_ca_file = folder_ / "certificate.pem";
  EXPECT_FALSE(read(config));
}

TEST(JwksFile, IsReadAgainWhenItChanges) {
  const TemporaryFolder folder;
  write_file(folder / "keys.json", kEmptySet);
  server::JwksKeeper keeper(server::jwks_from_file(folder / "keys.json"), {});
  ASSERT_TRUE(wait_until([&] { return keeper.current() != nullptr; }));
  const auto first = keeper.current()->generation;
  write_file(folder / "keys.new", R"({"keys":[{}]})");
  std::filesystem::rename(folder / "keys.new", folder / "keys.json");
  EXPECT_TRUE(wait_until([&] { return keeper.current()->generation != first; }));
  EXPECT_EQ(server::jwks_from_file(folder / "none.json")->read({}).error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace penstock::test
