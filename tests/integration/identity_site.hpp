// A server with identities on SQLite files, asked over HTTP.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "integration/http_client.hpp"
#include "server/application.hpp"
#include "server/identity/api_keys.hpp"
#include "server/serving_configuration.hpp"
#include "sqlite_bank.hpp"
#include "temporary_folder.hpp"

namespace penstock::test {

/// `bank`, which can be written: customer_db, and secret_db, which agent1 must not know of; `market`:
/// rates_db; `vault`: hidden_db, which agent1 must not know of either. Each has a tool of its own.
class IdentitySite : public ::testing::Test {
 protected:
  IdentitySite() {
    write("datasources.yaml", R"(datasources:
  bank: {type: sqlite, access: read_write, connection: {path: "."}, databases: [customer_db, secret_db]}
  market: {type: sqlite, connection: {path: "."}, databases: [rates_db]}
  vault: {type: sqlite, connection: {path: "."}, databases: [hidden_db]}
)");
    write("tools.yaml", R"(tools:
  - {name: count_customers, description: How many, database: customer_db, statement: SELECT count(*) AS n FROM customers}
  - {name: count_secrets, description: How many, database: secret_db, statement: SELECT count(*) AS n FROM secrets}
  - {name: count_rates, description: How many, database: rates_db, statement: SELECT count(*) AS n FROM rates}
  - {name: read_secret_db, description: All, database: secret_db, statement: SELECT name FROM secrets}
  - {name: read_hidden_db, description: All, database: hidden_db, statement: SELECT name FROM hidden}
)");
    write("principals.yaml", R"(principals:
  agent1:
    databases: [customer_db, "rates_*"]
    limits: {max_rows: 3}
  reporter:
    databases: ["*"]
    tools: ["count_*"]
  clerk:
    databases: [customer_db]
    access: read_write
  twin: {databases: [customer_db, "rates_*"], metrics: true}
  hasty: {databases: [customer_db], limits: {requests_per_minute: 2}}
)");
    write_keys({"agent1", "reporter", "clerk", "twin", "hasty"});
    const auto make = [this](const char* file, const char* table) {
      sqlite::run_sql(folder_.path() / file, std::string("CREATE TABLE ") + table +
                                                 " (id INTEGER PRIMARY KEY, name TEXT);" + "INSERT INTO " +
                                                 table + " (name) VALUES ('a'), ('b'), ('c'), ('d'), ('e')");
    };
    make("customer_db.sqlite", "customers");
    make("secret_db.sqlite", "secrets");
    make("rates_db.sqlite", "rates");
    make("hidden_db.sqlite", "hidden");
    start();
  }

  void write(std::string_view name, std::string_view text) { write_file(folder_ / name, text); }
  static std::string key_of(std::string_view principal) {
    std::string digits(64, '0');
    digits.replace(0, 1, 1, principal.front() == 'a' ? 'a' : 'f');
    return std::string(server::kApiKeyPrefix) + digits + std::string(principal);
  }
  void write_keys(const std::vector<std::string>& principals) {
    std::string text = "keys:\n";
    for (const std::string& name : principals)
      text += "  - {sha256: " + server::hash_text(server::hash_of_key(key_of(name))) +
              ", principal: " + name + ", created: 2026-01-01T00:00:00Z}\n";
    write("keys.yaml", principals.empty() ? "keys: []\n" : text);
  }

  void start() {
    server::ServiceOptions options;
    options.folder = folder_.path();
    auto configuration = server::read_serving_configuration(folder_.path());
    ASSERT_TRUE(configuration) << configuration.error().message;
    options.configuration = *std::move(configuration);
    options.configuration.server.listen.port = 0;
    options.server_as_read = options.configuration.server;
    auto started = server::Application::start(std::move(options));
    ASSERT_TRUE(started) << started.error().message;
    application_ = std::move(*started);
  }
  [[nodiscard]] server::Application& application() { return *application_; }

  /// `key` empty: without one.
  HttpAnswer get(const std::string& key, std::string_view path) {
    HttpClient client(application_->urls().front());
    EXPECT_TRUE(client.get(path, authorization(key)));
    return client.read();
  }
  HttpAnswer post(const std::string& key, std::string_view path, std::string_view body,
                  std::string_view more = {}) {
    HttpClient client(application_->urls().front());
    EXPECT_TRUE(client.post(path, body,
                            "Content-Type: application/json\r\nAccept: application/json\r\n" +
                                authorization(key) + std::string(more)));
    return client.read();
  }
  static std::string authorization(const std::string& key) {
    return key.empty() ? std::string() : "Authorization: Bearer " + key + "\r\n";
  }

  /// The id of a session of MCP.
  std::string open_session(const std::string& key) {
    const HttpAnswer answer =
        post(key, "/mcp",
             R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
             R"("capabilities":{},"clientInfo":{"name":"t","version":"1"}}})");
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.header("mcp-session-id");
  }
  /// What a request of MCP is answered with, in a session of the key's own.
  std::string mcp(const std::string& key, std::string_view method, std::string_view params) {
    std::string& session = sessions_[key];
    if (session.empty()) session = open_session(key);
    return post(key, "/mcp", message(method, params), in_session(session)).body;
  }
  std::string call(const std::string& key, std::string_view tool, std::string_view arguments) {
    return mcp(key, "tools/call",
               R"({"name":")" + std::string(tool) + R"(","arguments":)" + std::string(arguments) + "}");
  }
  /// The same without a session, as the revision of 2026-07-28 has it. `name`: what the params name.
  HttpAnswer stateless(const std::string& key, const std::string& method, std::string_view params,
                       const std::string& name) {
    std::string all(R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                    R"("io.modelcontextprotocol/clientCapabilities":{}})");
    all.append(params == "{}" ? "" : ",").append(params.substr(1));
    return post(key, "/mcp", message(method, all),
                "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: " + method + "\r\n" +
                    (name.empty() ? "" : "Mcp-Name: " + name + "\r\n"));
  }
  static std::string message(std::string_view method, std::string_view params, std::size_t id = 1) {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + std::string(method) +
           R"(","params":)" + std::string(params) + "}";
  }
  static std::string in_session(const std::string& session) {
    return "Mcp-Session-Id: " + session + "\r\nMCP-Protocol-Version: 2025-11-25\r\n";
  }

  TemporaryFolder folder_;

 private:
  std::unique_ptr<server::Application> application_;
  std::map<std::string, std::string> sessions_;
};

}  // namespace penstock::test
