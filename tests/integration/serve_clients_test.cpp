// penstock serve, its reloads, and clients that read slowly or not at all.

#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/cli_bank.hpp"
#include "integration/http_client.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

class ServedClients : public CliTest {
 protected:
  /// A server on a free port, once it is ready.
  [[nodiscard]] std::unique_ptr<Process> start() {
    auto process = std::make_unique<Process>(
        std::vector<std::string>{"serve", "--listen", "127.0.0.1:0", "--log-format", "json"}, surroundings());
    EXPECT_TRUE(process->wait_for_text("penstock: serving on http://127.0.0.1:"));
    EXPECT_TRUE(process->wait_for_text("\n"));
    const std::string& out = process->output();
    url_ = out.substr(out.find("http://"), out.find('\n') - out.find("http://"));
    return process;
  }
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  std::string url_;
};

TEST_F(ServedClients, AReloadWhoseToolsCannotRunChangesNothing) {
  write_file("config/server.yaml", "server:\n  limits: {max_rows: 2}\n");
  const auto process = start();
  const auto rows_of_rates = [&] {
    HttpClient client(url());
    EXPECT_TRUE(client.post("/v1/query",
                            R"({"database": "rates_db", "sql": "SELECT 1 UNION SELECT 2 UNION SELECT 3"})",
                            "Content-Type: application/json\r\n"));
    const std::string body = client.read().body;
    const std::size_t at = body.find(R"("row_count":)");
    return at == std::string::npos ? body : body.substr(at + 12, 1);
  };
  EXPECT_EQ(rows_of_rates(), "2");
  // Datasources, limits and tools change together, and one tool can never run.
  const std::string file = read_file("config/datasources.yaml");
  write_file("config/server.yaml", "server:\n  limits: {max_rows: 3}\n");
  write_file("config/tools.yaml",
             "tools:\n  - name: erase\n    description: Erases\n    database: rates_db\n"
             "    statement: DELETE FROM rates\n");
  write_file("config/datasources.yaml", file + "\n# another\n");
  ASSERT_TRUE(process->wait_for_text(R"("event":"reload_failed")"));
  ASSERT_TRUE(process->wait_for_text("tools.yaml:5:16: the statement of tool `erase` cannot run"));
  EXPECT_EQ(rows_of_rates(), "2");
  write_file("config/tools.yaml",
             "tools:\n  - name: look\n    description: Looks\n    database: rates_db\n"
             "    statement: SELECT * FROM rates\n");
  ASSERT_TRUE(process->wait_for_text(R"("event":"reloaded")"));
  EXPECT_EQ(rows_of_rates(), "3");
}

TEST_F(ServedClients, AClientThatPipelinesLargeQueriesAndReadsNothingCostsOneOfThem) {
  write_file("config/server.yaml", "server:\n  limits: {max_rows: 1000000, max_bytes: 1GiB}\n");
  const auto process = start();
  ASSERT_TRUE(process->wait_for_text(R"("event":"node","datasource":"bank")"));
  ASSERT_TRUE(process->wait_for_text(R"("event":"node","datasource":"other")"));
  const auto leased = [&] {
    HttpClient client(url());
    EXPECT_TRUE(client.get("/v1/datasources"));
    const std::string answer = client.read().body;
    const std::size_t at = answer.find(R"("leased":)");
    return at == std::string::npos ? std::string() : answer.substr(at + 9, answer.find(',', at) - at - 9);
  };
  const auto wait_for_leased = [&](std::string_view count) {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (leased() != count && std::chrono::steady_clock::now() < until) {
    }
  };
  wait_for_leased("0");  // what the server looks at when it starts is over
  HttpClient greedy(url());
  greedy.limit_receive_buffer(4096);
  const std::string body = R"({"database": "customer_db", "sql": ")" + std::string(kEndless) + R"("})";
  for (int i = 0; i < 200; ++i) {
    if (!greedy.post("/v1/query", body, "Content-Type: application/json\r\n")) break;
  }
  // One of them runs and waits for its reader; the others have not begun.
  wait_for_leased("1");
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(leased(), "1");
  greedy.reset();
  process->send_signal(SIGTERM);
  const Finished done = process->wait();
  EXPECT_EQ(done.status, 0) << done.err;
#ifndef PENSTOCK_SANITIZED
  // Each whole answer would be tens of megabytes. What a sanitizer remembers is not the server's.
  EXPECT_LT(done.max_resident_kib, 150 * 1024);
#endif
}

TEST_F(ServedClients, AStreamThatNobodyReadsEndsAtItsQuerysDeadline) {
  const auto process = start();
  HttpClient slow(url());
  slow.limit_receive_buffer(65'536);
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(
      slow.post("/v1/query",
                R"({"database": "customer_db", "timeout": "1s", "format": "csv", "max_rows": 10000, "sql": )"
                R"("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) )"
                R"(SELECT i, printf('%0800d', i) AS text FROM n"})",
                "Content-Type: application/json\r\n"));
  EXPECT_EQ(slow.read_head().status, 200);
  // Its connection to the database is free again although it has taken in next to nothing.
  const auto is_free = [&] {
    HttpClient client(url());
    EXPECT_TRUE(client.get("/v1/datasources"));
    return client.read().body.find(R"("leased":1)") == std::string::npos;
  };
  EXPECT_FALSE(is_free());
  while (!is_free() && std::chrono::steady_clock::now() - began < 20s) {
  }
  EXPECT_TRUE(is_free());
  EXPECT_GE(std::chrono::steady_clock::now() - began, 1s);
  // What is left of the answer says that it broke off, and does not end as a whole one does.
  slow.limit_receive_buffer(4 << 20);
  std::string rest;
  for (std::string more = slow.read_some(); !more.empty(); more = slow.read_some())
    rest += more;
  EXPECT_THAT(rest, Not(testing::EndsWith("0\r\n\r\n")));
  EXPECT_TRUE(process->wait_for_text(R"("code":"timeout")"));
}

}  // namespace
}  // namespace penstock::test
