#include <map>
#include <stop_token>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/mcp_fixture.hpp"

namespace penstock::protocol::mcp {
namespace {

using Headers = std::multimap<std::string, std::string>;

Catalog catalog_of(Tool tool) {
  Catalog catalog;
  EXPECT_TRUE(catalog.add(std::move(tool)));
  return catalog;
}

Headers good_headers() {
  return {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "t"}};
}

TEST(McpStateless, ResultsSayThatTheyAreComplete) {
  Client client(catalog_of(simple_tool("t")));
  const auto answer = client.stateless("tools/call", R"("name":"t")")->answer().at("result");
  EXPECT_EQ(answer.at("resultType").as_string(), "complete");
  EXPECT_EQ(answer.at("_meta").at("io.modelcontextprotocol/serverInfo").at("name").as_string(), "test");
  const auto discovered = client.stateless("server/discover")->answer().at("result");
  EXPECT_EQ(discovered.at("supportedVersions").at(0).as_string(), "2026-07-28");
  EXPECT_GE(discovered.at("ttlMs").as_int64(), 0);
  EXPECT_EQ(discovered.at("cacheScope").as_string(), "private");
  EXPECT_EQ(client.stateless("tools/list")->answer().at("result").at("ttlMs").as_int64(), 300000);
}

TEST(McpStateless, HasNoMethodsOfSessions) {
  Client client({});
  for (const std::string_view method :
       {"initialize", "ping", "logging/setLevel", "resources/subscribe", "x"}) {
    const auto outlet = client.stateless(method);
    EXPECT_EQ(error_code(*outlet), -32601) << method;
    EXPECT_EQ(outlet->status(), 404);
  }
}

TEST(McpStateless, HeadersAndBodyMustAgree) {
  struct Case {
    std::string_view header;
    std::string_view value;  ///< empty: left out
    int code;
  };
  Client client(catalog_of(simple_tool("t")));
  for (const Case& one : {Case{"Mcp-Method", "tools/call", 0},
                          {"Mcp-Method", "tools/list", -32020},
                          {"Mcp-Method", "TOOLS/CALL", -32020},
                          {"Mcp-Method", "", -32020},
                          {"Mcp-Name", "other", -32020},
                          {"Mcp-Name", "", -32020},
                          {"Mcp-Name", "=?base64?dA==?=", 0},
                          {"Mcp-Name", "=?base64?dA?=", -32020},
                          {"MCP-Protocol-Version", "2025-11-25", -32020},
                          {"MCP-Protocol-Version", "", -32020}}) {
    Headers all = good_headers();
    all.erase(std::string(one.header));
    if (!one.value.empty()) all.emplace(one.header, one.value);
    const MapHeaders headers(all);
    const auto outlet = client.stateless("tools/call", R"("name":"t")", "{}", &headers);
    EXPECT_EQ(error_code(*outlet), one.code) << one.header << ": " << one.value;
    EXPECT_EQ(outlet->status(), one.code == 0 ? 200 : 400);
  }
  Headers twice = good_headers();
  twice.emplace("Mcp-Name", "t");
  const MapHeaders headers(twice);
  EXPECT_EQ(error_code(*client.stateless("tools/call", R"("name":"t")", "{}", &headers)), -32020);
  Headers illegal = good_headers();
  illegal.find("Mcp-Name")->second = "t\x7F";
  const MapHeaders with_control(illegal);
  const auto outlet = client.stateless("tools/call", R"("name":"t")", "{}", &with_control);
  EXPECT_EQ(error_code(*outlet), -32020);
  EXPECT_THAT(std::string(outlet->answer().at("error").at("message").as_string()),
              testing::HasSubstr("characters that are not allowed"));
}

TEST(McpStateless, MetaMustBeOfTheRightTypes) {
  Client client(catalog_of(simple_tool("t")));
  const MapHeaders headers(good_headers());
  const std::string version = R"("io.modelcontextprotocol/protocolVersion":"2026-07-28")";
  const std::string capabilities = R"("io.modelcontextprotocol/clientCapabilities":)";
  for (const auto& [meta, code] :
       {std::pair("{" + version + "," + capabilities + "{}}", 0),
        {"{" + version + "," + capabilities + "[]}", -32602},
        {"{" + version + "}", -32602},
        {"{" + version + "," + capabilities + R"({},"io.modelcontextprotocol/logLevel":7})", -32602},
        {R"("2026-07-28")", -32602}}) {
    const auto outlet = client.send(
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","_meta":)" + meta + "}}",
        &headers);
    EXPECT_EQ(error_code(*outlet), code) << meta;
  }
}

TEST(McpStateless, MirroredArgumentsMustAgree) {
  Tool tool = simple_tool("t");
  tool.input_schema = R"({"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"},)"
                      R"("count":{"type":"integer","x-mcp-header":"Count"}}})";
  Client client(catalog_of(tool));
  const auto code = [&](std::string_view arguments, const Headers& further) {
    Headers all = good_headers();
    all.insert(further.begin(), further.end());
    const MapHeaders headers(all);
    return error_code(*client.stateless("tools/call", R"("name":"t","arguments":)" + std::string(arguments),
                                        "{}", &headers));
  };
  EXPECT_EQ(code("{}", {}), 0);
  EXPECT_EQ(code(R"({"region":null})", {}), 0);
  EXPECT_EQ(code(R"({"region":"west"})", {{"mcp-param-region", "west"}}), 0);
  EXPECT_EQ(code(R"({"region":"west"})", {}), -32020);
  EXPECT_EQ(code(R"({"region":"west"})", {{"Mcp-Param-Region", "east"}}), -32020);
  EXPECT_EQ(code("{}", {{"Mcp-Param-Region", "east"}}), -32020);
  EXPECT_EQ(code(R"({"count":42})", {{"Mcp-Param-Count", "42.0"}}), 0);
  EXPECT_EQ(code(R"({"count":42})", {{"Mcp-Param-Count", "43"}}), -32020);
}

TEST(McpStateless, SaysWhichVersionsThereAre) {
  Client client({});
  const MapHeaders headers({{"MCP-Protocol-Version", "v999"}, {"Mcp-Method", "tools/list"}});
  const auto outlet = client.send(
      R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":)"
      R"({"io.modelcontextprotocol/protocolVersion":"v999","io.modelcontextprotocol/clientCapabilities":{}}}})",
      &headers);
  EXPECT_EQ(error_code(*outlet), -32022);
  EXPECT_EQ(outlet->status(), 400);
  EXPECT_EQ(outlet->answer().at("error").at("data").at("requested").as_string(), "v999");
}

TEST(McpStateless, TheEnvelopeMustBeWhole) {
  Client client({});
  const MapHeaders headers({{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tools/list"}});
  for (const std::string_view meta :
       {"", R"("_meta":{})", R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"})",
        R"("_meta":{"io.modelcontextprotocol/clientCapabilities":{}})"}) {
    const auto outlet = client.send(
        R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{)" + std::string(meta) + "}}", &headers);
    EXPECT_EQ(error_code(*outlet), -32602) << meta;
    EXPECT_EQ(outlet->status(), 400);
  }
}

TEST(McpStateless, InputIsAskedForInTheResultAndItsStateIsProven) {
  ServerOptions options;
  options.sign = [](std::string_view text) { return "mac of " + std::string(text); };
  const auto confirm = [](const std::shared_ptr<ToolCall>& call) {
    if (call->input("ok") == nullptr)
      return call->require_input({{.key = "ok", .method = "elicitation/create", .params = "{}"}}, "secret");
    call->reply(ToolResult::of_text(call->state()));
  };
  Client client(catalog_of(simple_tool("t", confirm)), options);
  const auto lacking = client.stateless("tools/call", R"("name":"t")");
  EXPECT_EQ(error_code(*lacking), -32021);
  EXPECT_EQ(lacking->status(), 400);
  EXPECT_TRUE(
      lacking->answer().at("error").at("data").at("requiredCapabilities").at("elicitation").is_object());

  const auto asked = client.stateless("tools/call", R"("name":"t")", R"({"elicitation":{}})")->answer();
  EXPECT_EQ(asked.at("result").at("resultType").as_string(), "input_required");
  const std::string state(asked.at("result").at("requestState").as_string());
  const auto answer_with = [&](const std::string& given) {
    return client.stateless("tools/call",
                            R"("name":"t","inputResponses":{"ok":{}},"requestState":")" + given + '"',
                            R"({"elicitation":{}})");
  };
  EXPECT_EQ(answer_with(state)->answer().at("result").at("content").at(0).at("text").as_string(), "secret");
  EXPECT_EQ(error_code(*answer_with("x" + state)), -32602);
  EXPECT_EQ(error_code(*answer_with("")), -32602);
}

TEST(McpStateless, LogsOnlyForARequestThatWantsThem) {
  const auto talk = [](const std::shared_ptr<ToolCall>& call) {
    call->log(LogLevel::warning, {}, "1");
    call->reply(ToolResult::of_text("done"));
  };
  Client client(catalog_of(simple_tool("t", talk)));
  EXPECT_TRUE(client.stateless("tools/call", R"("name":"t")")->sent().empty());
  const auto outlet = client.send(
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","_meta":)"
      R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/logLevel":"info",)"
      R"("io.modelcontextprotocol/clientCapabilities":{}}}})");
  EXPECT_EQ(outlet->sent().size(), 1U);
}

TEST(McpStateless, AClientThatGoesAwayStopsItsCall) {
  std::shared_ptr<ToolCall> held;
  Client client(catalog_of(simple_tool("t", [&](const std::shared_ptr<ToolCall>& call) { held = call; })));
  std::stop_source gone;
  const auto outlet = client.stateless("tools/call", R"("name":"t")", "{}", nullptr, gone.get_token());
  EXPECT_FALSE(held->stop_token().stop_requested());
  gone.request_stop();
  EXPECT_TRUE(held->stop_token().stop_requested());
  EXPECT_EQ(outlet->answers(), 1);
}

TEST(McpStateless, ListenersHearWhatTheyAskedFor) {
  Client client(catalog_of(simple_tool("a")));
  std::stop_source gone;
  const auto tools = client.stateless("subscriptions/listen", R"("notifications":{"toolsListChanged":true})",
                                      "{}", nullptr, gone.get_token());
  const auto others =
      client.stateless("subscriptions/listen",
                       R"("notifications":{"promptsListChanged":true,"resourceSubscriptions":["x://1"]})");
  ASSERT_EQ(tools->sent().size(), 1U);
  EXPECT_EQ(boost::json::serialize(tools->sent()[0]),
            R"({"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":)"
            R"({"io.modelcontextprotocol/subscriptionId":1},"notifications":{"toolsListChanged":true}}})");
  client.server().replace(catalog_of(simple_tool("b")));
  client.server().resource_updated("x://1");
  EXPECT_EQ(tools->sent().size(), 2U);
  EXPECT_EQ(others->sent().size(), 2U);
  EXPECT_EQ(others->sent()[1].at("params").at("uri").as_string(), "x://1");
  gone.request_stop();
  client.server().replace(catalog_of(simple_tool("c")));
  EXPECT_EQ(tools->sent().size(), 2U);
  client.server().close();
  EXPECT_EQ(others->answer().at("result").at("resultType").as_string(), "complete");
  EXPECT_EQ(tools->answers(), 1);
}

}  // namespace
}  // namespace penstock::protocol::mcp
