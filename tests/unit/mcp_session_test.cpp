#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/mcp_fixture.hpp"

namespace penstock::protocol::mcp {
namespace {

Catalog one_tool(Tool tool) {
  Catalog catalog;
  EXPECT_TRUE(catalog.add(std::move(tool)));
  return catalog;
}

TEST(McpSession, NegotiatesARevisionItKnows) {
  for (const auto& [asked, given] : {std::pair{"2024-11-05", "2024-11-05"},
                                     {"2025-06-18", "2025-06-18"},
                                     {"2026-07-28", "2025-11-25"},
                                     {"1999-01-01", "2025-11-25"}}) {
    Client client({});
    const auto answer = client.initialize(asked)->answer();
    EXPECT_EQ(answer.at("result").at("protocolVersion").as_string(), given);
    EXPECT_EQ(answer.at("result").at("serverInfo").at("name").as_string(), "test");
  }
}

TEST(McpSession, BeginsWithInitializeAndOnlyOnce) {
  Client client({});
  EXPECT_EQ(error_code(*client.request("tools/list")), -32600);
  EXPECT_EQ(error_code(*client.initialize("2025-11-25")), 0);
  EXPECT_EQ(
      error_code(*client.request("initialize", R"({"protocolVersion":"2025-11-25","capabilities":{}})")),
      -32600);
  EXPECT_EQ(error_code(*client.request("tools/list")), 0);
  EXPECT_EQ(error_code(*client.request("ping")), 0);
  EXPECT_EQ(error_code(*client.request("server/discover")), -32601);
}

TEST(McpSession, BadInputIsTheToolsErrorSinceTheRevisionThatSaysSo) {
  Tool tool = simple_tool("t");
  tool.input_schema = R"({"type":"object","required":["a"]})";
  Client old(one_tool(tool));
  old.initialize("2025-06-18");
  EXPECT_EQ(error_code(*old.request("tools/call", R"({"name":"t"})")), -32602);
  Client fresh(one_tool(tool));
  fresh.initialize("2025-11-25");
  const auto answer = fresh.request("tools/call", R"({"name":"t"})")->answer();
  EXPECT_TRUE(answer.at("result").at("isError").as_bool());
  EXPECT_EQ(answer.at("result").at("content").at(0).at("text").as_string(), "arguments.a is required.");
}

TEST(McpSession, AnUnknownToolNamesTheNearest) {
  Client client(one_tool(simple_tool("execute_query")));
  client.initialize("2025-11-25");
  const auto answer = client.request("tools/call", R"({"name":"execute_qurey"})")->answer();
  EXPECT_EQ(answer.at("error").at("code").as_int64(), -32602);
  EXPECT_THAT(std::string(answer.at("error").at("message").as_string()),
              ::testing::HasSubstr("Did you mean execute_query?"));
}

TEST(McpSession, ACallThatIsDroppedStillAnswers) {
  Client client(one_tool(simple_tool("t", [](const std::shared_ptr<ToolCall>&) {})));
  client.initialize("2025-11-25");
  EXPECT_EQ(error_code(*client.request("tools/call", R"({"name":"t"})")), -32603);
  EXPECT_EQ(client.session()->in_flight(), 0U);
}

TEST(McpSession, CancellingStopsTheCallAndSilencesIt) {
  std::shared_ptr<ToolCall> held;
  Client client(one_tool(simple_tool("t", [&](const std::shared_ptr<ToolCall>& call) { held = call; })));
  client.initialize("2025-11-25");
  const auto outlet = client.request("tools/call", R"({"name":"t"})", 7);
  EXPECT_EQ(client.session()->in_flight(), 1U);
  client.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})");
  EXPECT_TRUE(held->stop_token().stop_requested());
  held->progress(1);
  held->reply(ToolResult::of_text("late"));
  EXPECT_EQ(outlet->answers(), 1);
  EXPECT_TRUE(outlet->answer().is_null());
  EXPECT_EQ(client.session()->in_flight(), 0U);
}

TEST(McpSession, TheSameIdTwiceAtATimeIsRefusedAndLeavesTheFirstAlone) {
  std::shared_ptr<ToolCall> held;
  Client client(one_tool(simple_tool("t", [&](const std::shared_ptr<ToolCall>& call) { held = call; })));
  client.initialize("2025-11-25");
  const auto first = client.request("tools/call", R"({"name":"t"})", 7);
  EXPECT_EQ(error_code(*client.request("tools/call", R"({"name":"t"})", 7)), -32600);
  EXPECT_EQ(client.session()->in_flight(), 1U);
  held->reply(ToolResult::of_text("done"));
  EXPECT_EQ(error_code(*first), 0);
}

TEST(McpSession, TellsProgressAndLogsOnlyToWhoAsks) {
  const auto talk = [](const std::shared_ptr<ToolCall>& call) {
    call->progress(1, 2, "half");
    call->log(LogLevel::info, "x", R"("hello")");
    call->reply(ToolResult::of_text("done"));
  };
  Client client(one_tool(simple_tool("t", talk)));
  client.initialize("2025-11-25");
  auto sent = client.request("tools/call", R"({"name":"t","_meta":{"progressToken":"p"}})")->sent();
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].at("method").as_string(), "notifications/progress");
  EXPECT_EQ(boost::json::serialize(sent[0].at("params")),
            R"({"progressToken":"p","progress":1,"total":2,"message":"half"})");
  EXPECT_EQ(sent[1].at("params").at("data").as_string(), "hello");
  EXPECT_EQ(error_code(*client.request("logging/setLevel", R"({"level":"error"})")), 0);
  EXPECT_TRUE(client.request("tools/call", R"({"name":"t"})")->sent().empty());
  EXPECT_EQ(error_code(*client.request("logging/setLevel", R"({"level":"loud"})")), -32602);
}

TEST(McpSession, AsksTheClientAndRunsAgainWithItsAnswers) {
  const auto greet = [](const std::shared_ptr<ToolCall>& call) {
    const boost::json::object* name = call->input("name");
    if (name == nullptr)
      return call->require_input(
          {{.key = "name", .method = "elicitation/create", .params = R"({"message":"Who?"})"}}, "round 1");
    call->reply(
        ToolResult::of_text(call->state() + ": " + std::string(name->at("content").at("name").as_string())));
  };
  Client client(one_tool(simple_tool("t", greet)));
  client.initialize("2025-11-25", R"({"elicitation":{}})");
  const auto outlet = client.request("tools/call", R"({"name":"t"})");
  ASSERT_EQ(outlet->sent().size(), 1U);
  EXPECT_EQ(outlet->sent()[0].at("method").as_string(), "elicitation/create");
  const std::string id = boost::json::serialize(outlet->sent()[0].at("id"));
  client.send(R"({"jsonrpc":"2.0","id":)" + id +
              R"(,"result":{"action":"accept","content":{"name":"Ada"}}})");
  EXPECT_EQ(outlet->answer().at("result").at("content").at(0).at("text").as_string(), "round 1: Ada");
  // Another answer to the same question has nobody to go to.
  client.send(R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":{}})");
  EXPECT_EQ(outlet->answers(), 1);
}

TEST(McpSession, AClientThatCannotBeAskedGetsAnErrorOfTheTool) {
  const auto ask = [](const std::shared_ptr<ToolCall>& call) {
    call->require_input({{.key = "a", .method = "sampling/createMessage", .params = "{}"}});
  };
  Client client(one_tool(simple_tool("t", ask)));
  client.initialize("2025-11-25");
  EXPECT_TRUE(client.request("tools/call", R"({"name":"t"})")->answer().at("result").at("isError").as_bool());
}

TEST(McpSession, ListsPageByPageAndForgetCursorsWhenTheyChange) {
  Catalog catalog;
  for (const std::string name : {"a", "b", "c"})
    ASSERT_TRUE(catalog.add(simple_tool(name)));
  Client client(std::move(catalog), ServerOptions{.page_size = 2});
  client.initialize("2025-11-25");
  const auto first = client.request("tools/list")->answer().at("result");
  EXPECT_EQ(first.at("tools").as_array().size(), 2U);
  const std::string cursor = boost::json::serialize(first.at("nextCursor"));
  const auto second = client.request("tools/list", R"({"cursor":)" + cursor + "}")->answer().at("result");
  EXPECT_EQ(second.at("tools").at(0).at("name").as_string(), "c");
  EXPECT_FALSE(second.as_object().contains("nextCursor"));
  EXPECT_EQ(error_code(*client.request("tools/list", R"({"cursor":"x"})")), -32602);
  client.server().replace(one_tool(simple_tool("d")));
  EXPECT_EQ(error_code(*client.request("tools/list", R"({"cursor":)" + cursor + "}")), -32602);
}

TEST(McpSession, ToldOfTheListsThatChangedAlsoLater) {
  Client client(one_tool(simple_tool("a")));
  client.initialize("2025-11-25");
  client.server().replace(one_tool(simple_tool("a")));
  client.server().replace(one_tool(simple_tool("b")));
  const auto channel = std::make_shared<RecordingOutlet>();
  client.session()->set_channel(channel);
  ASSERT_EQ(channel->sent().size(), 1U);
  EXPECT_EQ(channel->sent()[0].at("method").as_string(), "notifications/tools/list_changed");
  EXPECT_EQ(error_code(*client.request("resources/subscribe", R"({"uri":"x://1"})")), 0);
  client.server().resource_updated("x://1");
  client.server().resource_updated("x://2");
  ASSERT_EQ(channel->sent().size(), 2U);
  EXPECT_EQ(channel->sent()[1].at("params").at("uri").as_string(), "x://1");
}

TEST(McpSession, TheHeaderMustNameARevisionThatThereIs) {
  Client client({});
  client.initialize("2025-11-25");
  const auto ping = [&](const std::string& version) {
    const MapHeaders headers({{"MCP-Protocol-Version", version}});
    return client.send(R"({"jsonrpc":"2.0","id":1,"method":"ping"})", &headers);
  };
  EXPECT_EQ(ping("2025-11-25")->status(), 200);
  EXPECT_EQ(ping("2025-03-26")->status(), 200);
  EXPECT_EQ(ping("1999-01-01")->status(), 400);
  EXPECT_EQ(error_code(*ping("1999-01-01")), -32022);
}

TEST(McpSession, BatchesAreOfOneRevision) {
  constexpr std::string_view kBatch =
      R"([{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/x"},7])";
  Client client({});
  client.initialize("2025-03-26");
  const auto answers = client.send(kBatch)->answer();
  ASSERT_TRUE(answers.is_array());
  EXPECT_EQ(answers.as_array().size(), 2U);
  Client other({});
  other.initialize("2025-11-25");
  EXPECT_EQ(error_code(*other.send(kBatch)), -32600);
}

TEST(McpSession, CompletesWhatBeginsWithItFirst) {
  ResourceTemplate pattern;
  pattern.uri_template = "x://{table}";
  pattern.name = "table";
  pattern.handler = [](const std::shared_ptr<ReadCall>& call) { call->not_found("No."); };
  pattern.complete = [](const std::shared_ptr<CompletionCall>& call) {
    call->reply({"bank_accounts", "accounts", "loans"});
  };
  Catalog catalog;
  ASSERT_TRUE(catalog.add(std::move(pattern)));
  Client client(std::move(catalog));
  client.initialize("2025-11-25");
  const auto answer = client.request(
      "completion/complete",
      R"({"ref":{"type":"ref/resource","uri":"x://{table}"},"argument":{"name":"table","value":"acc"}})");
  EXPECT_EQ(boost::json::serialize(answer->answer().at("result").at("completion")),
            R"({"values":["accounts","bank_accounts"],"total":2,"hasMore":false})");
  EXPECT_EQ(error_code(*client.request("resources/read", R"({"uri":"x://a"})")), -32002);
  EXPECT_EQ(error_code(*client.request("resources/read", R"({"uri":"y://a"})")), -32002);
}

}  // namespace
}  // namespace penstock::protocol::mcp
