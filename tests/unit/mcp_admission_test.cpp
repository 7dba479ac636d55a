// What a caller is told who has to come again later, and what requests are called.
#include <chrono>
#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "unit/mcp_fixture.hpp"

namespace penstock::protocol::mcp {
namespace {

using namespace std::chrono_literals;

/// Lets nobody in.
ServerOptions closed() {
  ServerOptions options;
  options.admit = [](const Inbound&) -> Result<void> {
    auto error = penstock::fail(ErrorCode::overloaded, "you have had your 2 requests of this minute",
                                "Come again in 1.5 seconds.")
                     .error();
    error.retry_after = 1'500ms;
    return std::unexpected(std::move(error));
  };
  return options;
}

Catalog one_tool() {
  Catalog catalog;
  EXPECT_TRUE(catalog.add(simple_tool("good")));
  return catalog;
}

TEST(McpAdmission, AToolSaysInItsResultWhenToComeAgain) {
  Client client(one_tool(), closed());
  const auto outlet = client.stateless("tools/call", R"("name":"good")");
  EXPECT_EQ(outlet->status(), 200);
  const auto result = outlet->answer().at("result").as_object();
  EXPECT_EQ(result.at("isError"), true);
  EXPECT_EQ(result.at("content").at(0).at("text").as_string(),
            "ERROR overloaded: you have had your 2 requests of this minute. Come again in 1.5 seconds.");
}

TEST(McpAdmission, AnythingElseIsAnErrorThatHasTheTime) {
  Client client(one_tool(), closed());
  const auto alone = client.stateless("tools/list");
  EXPECT_EQ(alone->status(), 429);
  EXPECT_EQ(alone->wait(), std::chrono::milliseconds(1500));
  const auto error = alone->answer().at("error").as_object();
  EXPECT_EQ(error.at("code"), -32000);
  EXPECT_EQ(error.at("data").at("retryAfterMs"), 1500);
  client.initialize("2025-11-25");
  const auto in_session = client.request("resources/read", R"({"uri":"x"})");
  EXPECT_EQ(in_session->status(), 200) << "older clients take other statuses for a broken connection";
  EXPECT_EQ(in_session->answer().at("error").at("code"), -32000);
}

TEST(McpAdmission, WhatOnlyBeginsAConnectionOrLooksAfterItIsLetIn) {
  Client client(one_tool(), closed());
  EXPECT_TRUE(client.stateless("server/discover")->answer().as_object().contains("result"));
  EXPECT_TRUE(client.initialize("2025-11-25")->answer().as_object().contains("result"));
  EXPECT_TRUE(client.request("ping")->answer().as_object().contains("result"));
}

TEST(McpAdmission, ACallKnowsTheTraceItBelongsTo) {
  std::string seen;
  Catalog catalog;
  ASSERT_TRUE(catalog.add(simple_tool("look", [&](const std::shared_ptr<ToolCall>& call) {
    seen = call->trace_parent();
    call->reply(ToolResult::of_text("x"));
  })));
  Client client(std::move(catalog));
  client.initialize("2025-11-25");
  client.request("tools/call", R"({"name":"look","_meta":{"traceparent":"00-own"}})");
  EXPECT_EQ(seen, "00-own");
  const MapHeaders headers(std::multimap<std::string, std::string>{{"traceparent", "00-header"}});
  client.send(R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"look"}})", &headers);
  EXPECT_EQ(seen, "00-header");
  client.send(
      R"({"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"look","_meta":{"traceparent":"00-own"}}})",
      &headers);
  EXPECT_EQ(seen, "00-own");
  client.request("tools/call", R"({"name":"look","_meta":{"traceparent":7}})", 4);
  EXPECT_EQ(seen, "");
}

}  // namespace
}  // namespace penstock::protocol::mcp
