// What an observer is told of calls.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/mcp_fixture.hpp"

namespace penstock::protocol::mcp {
namespace {

class Recorder final : public CallObserver {
 public:
  [[nodiscard]] std::int64_t now() noexcept override { return ++time_; }
  void call_ended(const CallEnd& end) noexcept override {
    ended.push_back(std::string(end.method) + " " + std::string(end.tool) + " [" + std::string(end.error) +
                    "] since " + std::to_string(end.began));
  }
  std::vector<std::string> ended;

 private:
  std::int64_t time_ = 0;
};

TEST(McpObserver, HearsOfEachCallOnceAndHowItEnded) {
  std::shared_ptr<ToolCall> held;
  Catalog catalog;
  ASSERT_TRUE(catalog.add(simple_tool("good")));
  ASSERT_TRUE(catalog.add(simple_tool(
      "bad", [](const std::shared_ptr<ToolCall>& call) { call->reply(ToolResult::error("no")); })));
  ASSERT_TRUE(catalog.add(simple_tool("slow", [&](const std::shared_ptr<ToolCall>& call) { held = call; })));
  ASSERT_TRUE(catalog.add(simple_tool("silent", [](const std::shared_ptr<ToolCall>&) {})));
  const auto recorder = std::make_shared<Recorder>();
  ServerOptions options;
  options.observer = recorder;
  Client client(std::move(catalog), std::move(options));
  for (const char* tool : {"good", "bad", "silent"})
    client.stateless("tools/call", R"("name":")" + std::string(tool) + '"');
  std::stop_source gone;
  client.stateless("tools/call", R"("name":"slow")", "{}", nullptr, gone.get_token());
  gone.request_stop();
  held->reply(ToolResult::of_text("too late"));
  EXPECT_THAT(recorder->ended, ::testing::ElementsAre(
                                   "tools/call good [] since 1", "tools/call bad [tool_error] since 2",
                                   "tools/call  [internal] since 3", "tools/call slow [cancelled] since 4"));
}

}  // namespace
}  // namespace penstock::protocol::mcp
