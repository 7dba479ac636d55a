// The OAuth flow of MCP's SDKs: a real issuer of tokens, the real penstock serve, and clients that find their
// way.
#include <csignal>
#include <cstdlib>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mcp_programs.hpp"
#include "sqlite_bank.hpp"

namespace penstock::test {
namespace {

using ::testing::HasSubstr;

class McpOauth : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string missing = programs_.missing(); !missing.empty()) {
      if (std::getenv("CI") != nullptr) FAIL() << missing;
      GTEST_SKIP() << missing;
    }
    write_file(
        folder_ / "datasources.yaml",
        "datasources:\n  bank: {type: sqlite, connection: {path: .}, databases: [customer_db, secret_db]}\n");
    write_file(folder_ / "principals.yaml", "principals: {reader: {databases: [customer_db]}}\n");
    sqlite::run_sql(folder_.path() / "customer_db.sqlite",
                    "CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, first_name TEXT);"
                    "INSERT INTO customers VALUES (9, 'name 9')");
    sqlite::run_sql(folder_.path() / "secret_db.sqlite", "CREATE TABLE t (a)");
  }
  void write_server(const std::string& issuer) {
    write_file(folder_ / "server.yaml", R"(server:
  authentication:
    jwt:
      issuer: )" + issuer + R"(
      audience: penstock-test
      jwks_url: )" + issuer + R"(/keys
      refetch_interval: 100ms
      principals:
        - {claim: scope, has: data.read, principal: reader}
)");
  }

  TemporaryFolder folder_;
  McpPrograms programs_;
};

TEST_F(McpOauth, LeadsEverySdkToItsToken) {
  Process issuer = programs_.start("issuer.mjs");
  ASSERT_TRUE(issuer.wait_for_text("\n")) << issuer.errors();
  const std::string issuer_url = issuer.output().substr(0, issuer.output().find('\n'));
  write_server(issuer_url);
  Process server({"serve", "--config", folder_.path().string(), "--listen", "127.0.0.1:0"},
                 {.directory = folder_.path(), .input = {}, .environment = {}});
  ASSERT_TRUE(server.wait_for_text("serving on http://")) << server.errors();
  ASSERT_TRUE(server.wait_for_text("\n"));
  const std::string& out = server.output();
  const std::size_t begin = out.find("http://");
  const std::string url = out.substr(begin, out.find_first_of(",\n ", begin) - begin) + "/mcp";
  const Finished finished = programs_.run_client("oauth_client.mjs", {url, issuer_url});
  EXPECT_EQ(finished.status, 0) << finished.out << finished.err << server.errors();
  EXPECT_THAT(finished.out, HasSubstr("ok"));
  server.send_signal(SIGTERM);
  EXPECT_EQ(server.wait().status, 0);
}

}  // namespace
}  // namespace penstock::test
