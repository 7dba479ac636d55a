// The server before a real PostgreSQL: clients that vanish, reloads and stops under load.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/http_client.hpp"
#include "integration/postgresql_site.hpp"
#include "server/application.hpp"
#include "server/serving_configuration.hpp"
#include "temporary_folder.hpp"

namespace penstock::test {
namespace {

constexpr std::string_view kJson = "Content-Type: application/json\r\n";
// Runs until it is stopped.
constexpr std::string_view kEndless = "SELECT count(*) FROM generate_series(1, 100000000000) endless";

class ServerOnPostgresql : public testing::Test {
 protected:
  void SetUp() override {
    PENSTOCK_NEEDS_POSTGRESQL();
    site_ = std::make_unique<PostgresqlSite>();
    write_file(folder_ / "datasources.yaml",
               "datasources:\n  bank:\n    type: postgresql\n    databases: [customer_db]\n    connection:\n"
               "      host: 127.0.0.1\n      port: " +
                   std::to_string(site_->cluster().port()) +
                   "\n      database: postgres\n      user: postgres\n      max_pool_size: 4\n");
    write_file(folder_ / "server.yaml", "server:\n  listen: 127.0.0.1:0\n  pass_trace_context: true\n");
    server::ServiceOptions options;
    options.folder = folder_.path();
    auto configuration = server::read_serving_configuration(folder_.path());
    ASSERT_TRUE(configuration) << configuration.error().message;
    options.configuration = std::move(*configuration);
    auto application = server::Application::start(std::move(options));
    ASSERT_TRUE(application) << application.error().message;
    application_ = std::move(*application);
  }

  [[nodiscard]] const std::string& url() const { return application_->urls().front(); }
  static std::string query_of(std::string_view sql) {
    return R"({"database": "customer_db", "sql": ")" + std::string(sql) + "\"}";
  }
  [[nodiscard]] std::size_t running() const {
    return site_->cluster()
        .run(
            "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%endless%' AND pid <> "
            "pg_backend_pid()")
        .size();
  }

  TemporaryFolder folder_;
  std::unique_ptr<PostgresqlSite> site_;
  std::unique_ptr<server::Application> application_;
};

TEST_F(ServerOnPostgresql, AQueryWhoseClientVanishesEndsAtTheServer) {
  HttpClient client(url());
  ASSERT_TRUE(client.post("/v1/query", query_of(kEndless), kJson));
  ASSERT_TRUE(wait_until([&] { return running() == 1; }));
  client.close();
  EXPECT_TRUE(wait_until([&] { return running() == 0; })) << "the statement runs on for nobody";
  // And it recovers.
  HttpClient next(url());
  ASSERT_TRUE(next.post("/v1/query", query_of("SELECT name FROM people WHERE id = 1"), kJson));
  EXPECT_THAT(next.read().body, testing::HasSubstr("Ada"));
}

TEST_F(ServerOnPostgresql, ACallOfMcpWhoseClientVanishesEndsAtTheServer) {
  HttpClient client(url());
  const std::string call =
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"execute_query","arguments":)"
      R"({"database":"customer_db","sql":")" +
      std::string(kEndless) +
      R"("},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
      R"("io.modelcontextprotocol/clientCapabilities":{}}}})";
  ASSERT_TRUE(client.post("/mcp", call,
                          "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
                          "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\n"
                          "Mcp-Name: execute_query\r\n"));
  ASSERT_TRUE(wait_until([&] { return running() == 1; }));
  client.close();
  EXPECT_TRUE(wait_until([&] { return running() == 0; })) << "the statement runs on for nobody";
}

TEST_F(ServerOnPostgresql, ShowsTheDatabaseTheTraceOfARequestAndOfNoOther) {
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const std::string question = query_of("SELECT current_setting('application_name') AS name");
  HttpClient client(url());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.post("/v1/query", question, std::string(kJson) + "traceparent: " + trace + "\r\n"));
    EXPECT_THAT(client.read().body, testing::HasSubstr(trace));
    ASSERT_TRUE(client.post("/v1/query", question, kJson));
    EXPECT_THAT(client.read().body, testing::Not(testing::HasSubstr("4bf92f")));
    ASSERT_TRUE(client.post("/v1/query", question, std::string(kJson) + "traceparent: x'; DROP\r\n"));
    EXPECT_THAT(client.read().body, testing::Not(testing::HasSubstr("DROP")));
  }
}

TEST_F(ServerOnPostgresql, AReloadUnderLoadLosesNoQuery) {
  std::atomic<bool> stop = false;
  std::atomic<int> answered = 0;
  std::atomic<int> lost = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 4; ++i) {
      clients.emplace_back([&] {
        HttpClient client(url());
        while (!stop) {
          const bool sent = client.post("/v1/query", query_of("SELECT count(*) FROM people"), kJson);
          const HttpAnswer answer = sent ? client.read() : HttpAnswer{};
          ++(answer.status == 200 && answer.is_whole ? answered : lost);
          if (!sent) return;
        }
      });
    }
    for (int pool_size = 5; pool_size < 15; ++pool_size) {
      const int before = answered;
      // Another pool each time, so that running queries end on one that is gone from the configuration.
      std::string yaml = read_file(folder_ / "datasources.yaml");
      yaml.replace(yaml.find("max_pool_size: "), std::string::npos,
                   "max_pool_size: " + std::to_string(pool_size) + "\n");
      write_file(folder_ / "datasources.yaml", yaml);
      const auto reloaded = application_->reload();
      EXPECT_TRUE(reloaded) << reloaded.error().message;
      EXPECT_TRUE(wait_until([&] { return answered > before + 20 || lost > 0; }));
    }
    stop = true;
  }
  EXPECT_EQ(lost, 0);
}

TEST_F(ServerOnPostgresql, AStopUnderLoadAnswersWhatItTookIn) {
  std::atomic<int> answered = 0;
  std::atomic<int> broken = 0;
  std::vector<std::jthread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      HttpClient client(url());
      while (client.post("/v1/query", query_of("SELECT count(*) FROM people"), kJson)) {
        const HttpAnswer answer = client.read();
        if (answer.status == 0) return;  // closed before it took the request in
        ++(answer.status == 200 && answer.is_whole ? answered : broken);
      }
    });
  }
  ASSERT_TRUE(wait_until([&] { return answered > 100; }));
  EXPECT_TRUE(application_->stop()) << "something had to be cut short";
  clients.clear();
  EXPECT_EQ(broken, 0);
}

}  // namespace
}  // namespace penstock::test
