// The audit log of a whole server: whichever front end a query comes by, it has its line.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "integration/http_client.hpp"
#include "server/application.hpp"
#include "server/identity/api_keys.hpp"
#include "server/mcp_process.hpp"
#include "server/serving_configuration.hpp"
#include "sqlite_bank.hpp"
#include "temporary_folder.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::string_view kKey = "psk_of_an_agent_in_this_test";

constexpr std::string_view kTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr std::string_view kTraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

class AuditSite : public ::testing::Test {
 protected:
  AuditSite() {
    write_file(folder_ / "datasources.yaml",
               "datasources:\n"
               "  bank: {type: sqlite, connection: {path: .}, databases: [customer_db]}\n");
    write_file(folder_ / "server.yaml", "server:\n  listen: 127.0.0.1:0\n  audit: {path: audit.jsonl}\n");
    sqlite::run_sql(folder_ / "customer_db.sqlite",
                    "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT);"
                    "INSERT INTO customers (name) VALUES ('Ada'), ('Grace')");
  }
  [[nodiscard]] server::ServiceOptions options() {
    server::ServiceOptions options;
    options.folder = folder_.path();
    auto configuration = server::read_serving_configuration(folder_.path());
    EXPECT_TRUE(configuration) << configuration.error().message;
    options.configuration = *std::move(configuration);
    return options;
  }
  void start() {
    auto started = server::Application::start(options());
    ASSERT_TRUE(started) << started.error().message;
    application_ = std::move(*started);
  }
  HttpAnswer post(std::string_view path, std::string_view body, std::string_view headers = {}) {
    HttpClient client(application_->urls().front());
    EXPECT_TRUE(client.post(
        path, body, "Content-Type: application/json\r\nAccept: application/json\r\n" + std::string(headers)));
    return client.read();
  }
  /// The lines, once the server has ended.
  std::vector<boost::json::object> lines() {
    if (application_ != nullptr) application_->stop();
    application_.reset();
    std::ifstream file(path_);
    std::vector<boost::json::object> all;
    for (std::string line; std::getline(file, line);)
      all.push_back(boost::json::parse(line).as_object());
    return all;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "audit.jsonl";
  std::unique_ptr<server::Application> application_;
};

TEST_F(AuditSite, HasALineOfAQueryOverRest) {
  start();
  const auto answer = post("/v1/query", R"({"database":"customer_db","sql":"SELECT name FROM customers"})",
                           "X-Request-Id: my-own\r\ntraceparent: " + std::string(kTrace) + "\r\n");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(post("/v1/query", R"({"database":"customer_db","sql":"DELETE FROM customers"})").status, 403);
  const auto all = lines();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].at("front_end"), "rest");
  EXPECT_EQ(all[0].at("request_id"), "my-own");
  EXPECT_EQ(all[0].at("trace_id").as_string(), kTraceId);
  EXPECT_EQ(all[0].at("datasource"), "bank");
  EXPECT_EQ(all[0].at("verdict"), "allowed");
  EXPECT_EQ(all[0].at("rows"), 2);
  EXPECT_EQ(all[1].at("verdict"), "refused");
  EXPECT_EQ(all[1].at("code"), "read_only");
}

constexpr std::string_view kCall =
    R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"execute_query","arguments":{"database":)"
    R"("customer_db","sql":"SELECT 1"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientCapabilities":{},)"
    R"("traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}}})";

TEST_F(AuditSite, HasALineOfACallOverMcp) {
  start();
  const auto answer = post("/mcp", kCall,
                           "Accept: text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\n"
                           "Mcp-Method: tools/call\r\nMcp-Name: execute_query\r\nX-Request-Id: my-own\r\n");
  EXPECT_EQ(answer.status, 200) << answer.body;
  const auto all = lines();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].at("front_end"), "mcp");
  EXPECT_EQ(all[0].at("tool"), "execute_query");
  EXPECT_EQ(all[0].at("request_id"), "my-own");
  EXPECT_EQ(all[0].at("trace_id").as_string(), kTraceId);
}

TEST_F(AuditSite, HasALineOfAToolThatThePrincipalLacks) {
  write_file(folder_ / "principals.yaml",
             "principals:\n  agent: {databases: [customer_db], tools: [search_schema]}\n");
  write_file(folder_ / "keys.yaml", "keys:\n  - {sha256: " + server::hash_text(server::hash_of_key(kKey)) +
                                        ", principal: agent, created: 2026-01-01T00:00:00Z}\n");
  std::filesystem::permissions(folder_ / "keys.yaml", std::filesystem::perms::owner_read);
  start();
  const std::string key = "Authorization: Bearer " + std::string(kKey) + "\r\n";
  EXPECT_EQ(post("/v1/query", R"({"database":"customer_db","sql":"SELECT name FROM customers"})", key).status,
            403);
  const auto hidden = post("/mcp", kCall,
                           key +
                               "Accept: text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\n"
                               "Mcp-Method: tools/call\r\nMcp-Name: execute_query\r\n");
  EXPECT_THAT(hidden.body, HasSubstr("execute_query"));
  const auto all = lines();
  ASSERT_THAT(all, SizeIs(2));
  for (const auto& line : all) {
    EXPECT_EQ(line.at("principal"), "agent");
    EXPECT_EQ(line.at("tool"), "execute_query");
    EXPECT_EQ(line.at("verdict"), "refused");
    EXPECT_EQ(line.at("code"), "forbidden");
  }
  EXPECT_EQ(all[0].at("front_end"), "rest");
  EXPECT_EQ(all[0].at("database"), "customer_db");
  EXPECT_NE(all[0].at("sha256"), all[1].at("sha256"));
  EXPECT_EQ(all[1].at("front_end"), "mcp");
}

TEST_F(AuditSite, HasALineOfACallThroughAPipe) {
  int input[2];
  int output[2];
  ASSERT_EQ(::pipe(input), 0);
  ASSERT_EQ(::pipe(output), 0);
  const std::string message = std::string(kCall) + "\n";
  ASSERT_EQ(::write(input[1], message.data(), message.size()), static_cast<ssize_t>(message.size()));
  ::close(input[1]);
  const auto served =
      server::serve_mcp(options(), {}, {}, {.input = input[0], .output = output[1], .grace = 10s});
  EXPECT_TRUE(served);
  for (const int descriptor : {input[0], output[0], output[1]})
    ::close(descriptor);
  const auto all = lines();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].at("front_end"), "stdio");
  EXPECT_NE(all[0].at("request_id"), "");
}

TEST_F(AuditSite, HasALineOfWhoIsNotKnown) {
  write_file(folder_ / "principals.yaml", "principals:\n  agent: {databases: [customer_db]}\n");
  start();
  EXPECT_EQ(post("/v1/query", R"({"database":"customer_db","sql":"SELECT 1"})").status, 401);
  EXPECT_EQ(post("/mcp", kCall, "Authorization: Bearer psk_unknown\r\n").status, 401);
  const auto all = lines();
  ASSERT_THAT(all, SizeIs(2));
  for (const auto& line : all) {
    EXPECT_EQ(line.at("event"), "authentication");
    EXPECT_EQ(line.at("verdict"), "refused");
    EXPECT_EQ(line.at("code"), "unauthenticated");
    EXPECT_EQ(line.at("peer"), "127.0.0.1");
  }
  EXPECT_EQ(all[0].at("front_end"), "rest");
  EXPECT_EQ(all[1].at("front_end"), "mcp");
}

TEST_F(AuditSite, AReloadOpensThePathAnew) {
  start();
  const std::string_view query = R"({"database":"customer_db","sql":"SELECT 1"})";
  EXPECT_EQ(post("/v1/query", query).status, 200);
  ASSERT_TRUE(application_->audit()->flush(10s));
  std::filesystem::rename(path_, folder_ / "audit.jsonl.1");
  ASSERT_TRUE(application_->reload());
  EXPECT_EQ(post("/v1/query", query).status, 200);
  EXPECT_THAT(lines(), SizeIs(1));
}

TEST_F(AuditSite, DoesNotServeWithoutALogThatCanBeWritten) {
  write_file(folder_ / "server.yaml",
             "server:\n  listen: 127.0.0.1:0\n  audit: {path: nowhere/audit.jsonl}\n");
  const auto started = server::Application::start(options());
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::unavailable);
}

TEST_F(AuditSite, AnswersNoQueryWhileTheDiskIsFull) {
  write_file(folder_ / "server.yaml", "server:\n  listen: 127.0.0.1:0\n  audit: {path: /dev/full}\n");
  start();
  const std::string_view query = R"({"database":"customer_db","sql":"SELECT 1"})";
  // The first line is what shows it.
  EXPECT_EQ(post("/v1/query", query).status, 200);
  EXPECT_FALSE(application_->audit()->flush(10s));
  const HttpAnswer refused = post("/v1/query", query);
  EXPECT_EQ(refused.status, 503);
  EXPECT_TRUE(refused.body.contains("unavailable")) << refused.body;
  EXPECT_FALSE(refused.header("retry-after").empty());
}

}  // namespace
}  // namespace penstock::test
