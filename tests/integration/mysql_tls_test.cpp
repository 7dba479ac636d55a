// MariaDB over TLS: certificates that fit, and those that do not; and how its users prove who they are.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "penstock/manager.hpp"

#include "integration/tls_pair.hpp"
#include "servers/mariadb_server.hpp"
#include "temporary_folder.hpp"

namespace penstock {
namespace {

using test::MariadbServer;
using testing::HasSubstr;

constexpr const char* kEd25519 = "/usr/lib/mysql/plugin/auth_ed25519.so";

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A server with a certificate of localhost, or without one.
class TlsServer {
 public:
  explicit TlsServer(bool encrypts) {
    test::write_tls_pair(own_.path(), 1);
    test::write_tls_pair(other_.path(), 2);
    MariadbServer::Options options;
    if (encrypts) {
      options.settings = {{"ssl-cert", "{folder}/certificate.pem"}, {"ssl-key", "{folder}/key.pem"}};
      options.files = {{"certificate.pem", content(own_.path() / "certificate.pem")},
                       {"key.pem", content(own_.path() / "key.pem")}};
    }
    if (std::filesystem::exists(kEd25519)) options.settings["plugin-load-add"] = "auth_ed25519";
    server_ = std::make_unique<MariadbServer>(options);
    server_->run(
        "CREATE DATABASE shop; CREATE USER plain IDENTIFIED BY 'x'; GRANT SELECT ON shop.* TO plain; "
        "CREATE USER careful IDENTIFIED BY 'x' REQUIRE SSL; GRANT SELECT ON shop.* TO careful");
  }
  [[nodiscard]] MariadbServer& server() { return *server_; }
  [[nodiscard]] std::string trusted() const { return (own_.path() / "certificate.pem").string(); }
  [[nodiscard]] std::string stranger() const { return (other_.path() / "certificate.pem").string(); }
  /// What a query over such a connection answers: "1", or the error.
  [[nodiscard]] std::string answer(const std::string& keys, const std::string& user = "plain",
                                   const std::string& sql = "SELECT 1") const {
    const test::TemporaryFolder folder;
    test::write_file(
        folder.path() / "datasources.yaml",
        "datasources:\n  shop:\n    type: mysql\n    databases: [shop]\n    connection: {port: " +
            std::to_string(server_->port()) + ", user: " + user + ", password: x, " + keys + "}\n");
    auto manager = DataSourceManager::load(folder.path(), {.environment = {}});
    if (!manager) return manager.error().message;
    const QueryResult result = (*manager)->execute_query(sql, "shop");
    return result.success ? result.data[0][0].to_text() : result.error;
  }

 private:
  test::TemporaryFolder own_;
  test::TemporaryFolder other_;
  std::unique_ptr<MariadbServer> server_;
};

TEST(MysqlTls, ChecksTheServerAsItsModeSays) {
  PENSTOCK_NEEDS_MARIADB();
  const TlsServer site(true);
  const std::string large = "SELECT LENGTH(GROUP_CONCAT(REPEAT('x', 100))) > 1000 FROM seq_1_to_1000";
  EXPECT_EQ(site.answer("host: localhost, ssl_mode: verify_identity, ssl_ca: " + site.trusted()), "1");
  EXPECT_EQ(
      site.answer("host: localhost, ssl_mode: verify_identity, ssl_ca: " + site.trusted(), "careful", large),
      "1");
  EXPECT_THAT(site.answer("host: localhost, ssl_mode: verify_identity, ssl_ca: " + site.stranger()),
              HasSubstr("encrypted connection"));
  // The system's authorities know nothing of it either.
  EXPECT_THAT(site.answer("host: localhost, ssl_mode: verify_identity"), HasSubstr("encrypted connection"));
  // Another name than the certificate's.
  EXPECT_THAT(site.answer("host: 127.0.0.1, ssl_mode: verify_identity, ssl_ca: " + site.trusted()),
              HasSubstr("encrypted connection"));
  EXPECT_EQ(site.answer("host: localhost, ssl_mode: required", "careful"), "1");
  EXPECT_EQ(site.answer("host: localhost", "careful"), "1");  // preferred
  EXPECT_THAT(site.answer("host: localhost, ssl_mode: disabled", "careful"), HasSubstr("did not accept"));
  EXPECT_EQ(site.answer("host: localhost, ssl_mode: disabled"), "1");
}

TEST(MysqlTls, IsRequiredWhenAskedFor) {
  PENSTOCK_NEEDS_MARIADB();
  TlsServer site(false);
  EXPECT_EQ(site.answer("host: localhost"), "1");  // preferred: what there is
  EXPECT_THAT(site.answer("host: localhost, ssl_mode: required"), HasSubstr("encrypted connection"));
  EXPECT_THAT(site.answer("host: localhost, ssl_mode: verify_identity, ssl_ca: " + site.trusted()),
              HasSubstr("encrypted connection"));
  if (!std::filesystem::exists(kEd25519)) GTEST_SKIP() << "no auth_ed25519.so: install mariadb-server";
  site.server().run(
      "CREATE USER modern IDENTIFIED VIA ed25519 USING PASSWORD('x'); GRANT SELECT ON shop.* TO modern");
  EXPECT_EQ(site.answer("host: 127.0.0.1", "modern"), "1");
  site.server().run("ALTER USER modern IDENTIFIED VIA ed25519 USING PASSWORD('y')");
  EXPECT_THAT(site.answer("host: 127.0.0.1", "modern"), HasSubstr("did not accept"));
}

}  // namespace
}  // namespace penstock
