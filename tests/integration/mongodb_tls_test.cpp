// The MongoDB driver over TLS: certificates that fit, and those that do not.
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "penstock/manager.hpp"

#include "integration/tls_pair.hpp"
#include "servers/mongo_servers.hpp"
#include "temporary_folder.hpp"

namespace penstock {
namespace {

using testing::HasSubstr;

// A server with a certificate of localhost, and the certificate of somebody else.
class MongodbTls : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string missing = test::MongoServer::missing(); !missing.empty()) {
      ASSERT_EQ(std::getenv("CI"), nullptr) << missing;  // NOLINT(concurrency-mt-unsafe)
      GTEST_SKIP() << missing;
    }
    test::write_tls_pair(own_.path(), 1);
    test::write_tls_pair(other_.path(), 2);
    server_ = std::make_unique<test::MongoServer>(own_.path());
  }
  [[nodiscard]] std::string certificate() const { return (own_.path() / "certificate.pem").string(); }
  [[nodiscard]] std::string stranger() const { return (other_.path() / "certificate.pem").string(); }
  /// What a query over such a connection answers: how many there are, or the error.
  [[nodiscard]] std::string answer(const std::string& keys) const {
    const test::TemporaryFolder folder;
    test::write_file(folder.path() / "datasources.yaml",
                     "datasources:\n  shop:\n    type: mongodb\n    databases: [shop]\n    connection: {" +
                         keys + ", connect_timeout: 2s, port: " + std::to_string(server_->port()) + "}\n");
    auto manager = DataSourceManager::load(folder.path(), {.environment = {}});
    if (!manager) return manager.error().message;
    const QueryResult result =
        (*manager)->execute_query(R"({"aggregate": "things", "pipeline": []})", "shop");
    return result.success ? std::to_string(result.row_count) : result.error;
  }

  test::TemporaryFolder own_;
  test::TemporaryFolder other_;
  std::unique_ptr<test::MongoServer> server_;
};

TEST_F(MongodbTls, ChecksWhoTheServerIs) {
  // The collection is none: that the server could say so is what counts.
  const auto reached = HasSubstr("no collection `things`");
  EXPECT_THAT(answer("host: localhost, tls: true, tls_ca_file: " + certificate()), reached);
  EXPECT_THAT(
      answer("host: 127.0.0.1, tls: true, tls_allow_invalid_hostnames: true, tls_ca_file: " + certificate()),
      reached);
  const auto unreachable = HasSubstr("unavailable");
  EXPECT_THAT(answer("host: 127.0.0.1, tls: true, tls_ca_file: " + certificate()), unreachable);
  EXPECT_THAT(answer("host: localhost, tls: true, tls_ca_file: " + stranger()), unreachable);
  EXPECT_THAT(answer("host: localhost, tls: true"), unreachable);
  EXPECT_THAT(answer("host: localhost"), unreachable);
}

TEST_F(MongodbTls, ReadsWhatTakesManyOfItsRecords) {
  test::MongoAdmin admin(server_->port(),
                         "tls=true&tlsAllowInvalidHostnames=true&tlsCAFile=" + certificate());
  const std::string text(3'000, 'x');
  std::string documents;
  for (int i = 0; i < 300; ++i)
    documents += (i == 0 ? "{\"text\": \"" : ", {\"text\": \"") + text + "\"}";
  admin.run("shop", R"({"insert": "things", "documents": [)" + documents + "]}");
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(answer("host: localhost, tls: true, tls_ca_file: " + certificate()), "300");
}

TEST_F(MongodbTls, TakesWhatAConnectionStringSaysOfIt) {
  const std::string port = std::to_string(server_->port());
  const test::TemporaryFolder folder;
  const auto ask = [&](const std::string& options) {
    test::write_file(folder.path() / "datasources.yaml",
                     "datasources:\n  shop:\n    type: mongodb\n    databases: [shop]\n    connection: {uri: "
                     "\"mongodb://localhost:" +
                         port + "/?directConnection=true&" + options + "\"}\n");
    auto manager = DataSourceManager::load(folder.path(), {.environment = {}});
    if (!manager) return manager.error().message;
    return (*manager)->execute_query(R"({"find": "things"})", "shop").error;
  };
  EXPECT_THAT(ask("tls=true&tlsCAFile=" + certificate()), HasSubstr("no collection `things`"));
  EXPECT_THAT(ask("tls=true&tlsCAFile=" + stranger()), HasSubstr("unavailable"));
}

}  // namespace
}  // namespace penstock
