// TLS by certificate files, and new files for a running server.

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "integration/http_site.hpp"
#include "temporary_folder.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// A self-signed certificate with this serial number, and its key, in two files that appear at once.
void write_pair(const TemporaryFolder& folder, long serial) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_NAME* const name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"),
                             -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  FILE* file = std::fopen((folder / "key.new").c_str(), "w");
  PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  file = std::fopen((folder / "certificate.new").c_str(), "w");
  PEM_write_X509(file, certificate);
  std::fclose(file);
  X509_free(certificate);
  EVP_PKEY_free(key);
  std::filesystem::rename(folder / "key.new", folder / "key.pem");
  std::filesystem::rename(folder / "certificate.new", folder / "certificate.pem");
}

server::HttpOptions options_in(const TemporaryFolder& folder) {
  return {.tls_certificate = folder / "certificate.pem", .tls_key = folder / "key.pem"};
}

long serial_of_new_connection(const HttpSite& site) {
  HttpClient client(site.url());
  return client.certificate_serial();
}

TEST(HttpTls, RequestsAndAnswersOfAnySizePass) {
  const TemporaryFolder folder;
  write_pair(folder, 1);
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
  write_pair(folder, 1);
  HttpSite site(options_in(folder));
  HttpClient client(site.url());
  ASSERT_TRUE(client.get("/held"));
  const auto exchange = site.next();
  client.close();
  EXPECT_TRUE(wait_until([&] { return exchange->gone().stop_requested(); }));
}

TEST(HttpTls, NothingElseIsSpokenThere) {
  const TemporaryFolder folder;
  write_pair(folder, 1);
  HttpSite site(options_in(folder));
  HttpClient client("http" + site.url().substr(5));
  ASSERT_TRUE(client.get("/"));
  EXPECT_EQ(client.read().status, 0);
  EXPECT_TRUE(wait_until([&] { return site.server().statistics().connections == 0; }));
}

TEST(HttpTls, AHandshakeThatDoesNotComeIsGivenUp) {
  const TemporaryFolder folder;
  write_pair(folder, 1);
  auto options = options_in(folder);
  options.header_timeout = 100ms;
  HttpSite site(options);
  HttpClient client("http" + site.url().substr(5));
  EXPECT_TRUE(client.is_ended());
}

TEST(HttpTls, NewFilesAreUsedAndBrokenOnesAreNot) {
  const TemporaryFolder folder;
  write_pair(folder, 1);
  HttpSite site(options_in(folder));
  HttpClient first(site.url());
  EXPECT_EQ(first.certificate_serial(), 1);
  write_pair(folder, 2);
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
  write_pair(folder, 3);
  EXPECT_TRUE(wait_until([&] { return serial_of_new_connection(site) == 3; }));
}

TEST(HttpTls, FilesThatAreNoneAreRefusedAtStart) {
  const TemporaryFolder folder;
  write_pair(folder, 1);
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
  write_pair(folder, 2);
  options.tls_key = folder / "other.pem";
  EXPECT_THAT(start(options).error().message, HasSubstr("other.pem"));
}

}  // namespace
}  // namespace penstock::test
