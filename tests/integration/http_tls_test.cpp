// TLS by certificate files, and new files for a running server.

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/http_site.hpp"
#include "integration/tls_pair.hpp"
#include "temporary_folder.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

server::HttpOptions options_in(const TemporaryFolder& folder) {
  return {.tls_certificate = folder / "certificate.pem", .tls_key = folder / "key.pem"};
}

long serial_of_new_connection(const HttpSite& site) {
  HttpClient client(site.url());
  return client.certificate_serial();
}

TEST(HttpTls, RequestsAndAnswersOfAnySizePass) {
  const TemporaryFolder folder;
  write_tls_pair(folder.path(), 1);
  HttpSite site(options_in(folder));
  EXPECT_THAT(site.url(), testing::StartsWith("https://"));
  HttpClient client(site.url());
  const std::string body(1'000'000, 't');
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.post("/", body));
    EXPECT_EQ(client.read().body, "POST /? " + body);
  }
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(client.get("/" + std::to_string(i)));
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(client.read().body, "GET /" + std::to_string(i) + "? ");
}

TEST(HttpTls, AClientThatGoesIsSeen) {
  const TemporaryFolder folder;
  write_tls_pair(folder.path(), 1);
  HttpSite site(options_in(folder));
  HttpClient client(site.url());
  ASSERT_TRUE(client.get("/held"));
  const auto exchange = site.next();
  client.close();
  EXPECT_TRUE(wait_until([&] { return exchange->gone().stop_requested(); }));
}

TEST(HttpTls, NothingElseIsSpokenThere) {
  const TemporaryFolder folder;
  write_tls_pair(folder.path(), 1);
  HttpSite site(options_in(folder));
  HttpClient client("http" + site.url().substr(5));
  ASSERT_TRUE(client.get("/"));
  EXPECT_EQ(client.read().status, 0);
  EXPECT_TRUE(wait_until([&] { return site.server().statistics().connections == 0; }));
}

TEST(HttpTls, AHandshakeThatDoesNotComeIsGivenUp) {
  const TemporaryFolder folder;
  write_tls_pair(folder.path(), 1);
  auto options = options_in(folder);
  options.header_timeout = 100ms;
  HttpSite site(options);
  HttpClient client("http" + site.url().substr(5));
  EXPECT_TRUE(client.is_ended());
}

TEST(HttpTls, NewFilesAreUsedAndBrokenOnesAreNot) {
  const TemporaryFolder folder;
  write_tls_pair(folder.path(), 1);
  HttpSite site(options_in(folder));
  HttpClient first(site.url());
  EXPECT_EQ(first.certificate_serial(), 1);
  write_tls_pair(folder.path(), 2);
  EXPECT_TRUE(wait_until([&] { return serial_of_new_connection(site) == 2; }));
  // The one from before goes on.
  ASSERT_TRUE(first.get("/"));
  EXPECT_EQ(first.read().status, 200);

  testing::internal::CaptureStderr();
  write_file(folder / "certificate.pem", "not a certificate");
  std::string told;
  EXPECT_TRUE(wait_until([&] {
    EXPECT_EQ(serial_of_new_connection(site), 2);
    told += testing::internal::GetCapturedStderr();
    testing::internal::CaptureStderr();
    return told.find("tls_reload_failed") != std::string::npos;
  }));
  (void)testing::internal::GetCapturedStderr();
  EXPECT_THAT(told, HasSubstr("certificate.pem"));
  write_tls_pair(folder.path(), 3);
  EXPECT_TRUE(wait_until([&] { return serial_of_new_connection(site) == 3; }));
}

TEST(HttpTls, FilesThatAreNoneAreRefusedAtStart) {
  const TemporaryFolder folder;
  write_tls_pair(folder.path(), 1);
  const auto start = [&](server::HttpOptions options) {
    options.listen = {"127.0.0.1:0"};
    return server::HttpServer::start(std::move(options), [](const std::shared_ptr<server::Exchange>&) {});
  };
  auto options = options_in(folder);
  options.tls_key.clear();
  EXPECT_EQ(start(options).error().code, ErrorCode::invalid_argument);
  options.tls_key = folder / "absent.pem";
  EXPECT_THAT(start(options).error().message, HasSubstr("absent.pem"));
  std::filesystem::rename(folder / "key.pem", folder / "other.pem");
  write_tls_pair(folder.path(), 2);
  options.tls_key = folder / "other.pem";
  EXPECT_THAT(start(options).error().message, HasSubstr("other.pem"));
}

}  // namespace
}  // namespace penstock::test
