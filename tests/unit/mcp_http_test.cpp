// MCP's HTTP transport without a socket: who answers an exchange, and what becomes of streams that break.
#include "server/mcp_http.hpp"

#include <barrier>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/mcp_post_outlet.hpp"
#include "unit/fake_exchange.hpp"
#include "unit/mcp_fixture.hpp"

namespace penstock::server {
namespace {

namespace mcp = protocol::mcp;
using State = test::FakeExchange::State;
using ::testing::HasSubstr;
using ::testing::Not;

std::shared_ptr<test::FakeExchange> exchange(test::FakeRequest request) {
  return std::make_shared<test::FakeExchange>(std::move(request));
}

class McpOverHttp : public ::testing::Test {
 protected:
  McpOverHttp() {
    mcp::Catalog catalog;
    EXPECT_TRUE(catalog.add(mcp::simple_tool("t")));
    server_ = std::make_shared<mcp::Server>(mcp::ServerInfo{.name = "test", .version = "1"},
                                            mcp::ServerOptions{}, std::move(catalog));
    http_ = std::make_unique<McpHttp>(server_);
  }

  std::shared_ptr<test::FakeExchange> post(std::string body, const std::string& session = {}) {
    test::FakeRequest request{.method = "POST", .target = "/mcp", .body = std::move(body)};
    request.headers = {{"Content-Type", "application/json"},
                       {"Accept", "application/json, text/event-stream"}};
    return hand_over(std::move(request), session);
  }
  std::shared_ptr<test::FakeExchange> get(const std::string& session, bool slow = false) {
    test::FakeRequest request{.method = "GET", .target = "/mcp", .slow = slow};
    request.headers = {{"Accept", "text/event-stream"}};
    return hand_over(std::move(request), session);
  }
  std::string begin_session() {
    const auto began =
        post(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
             R"("capabilities":{},"clientInfo":{"name":"c","version":"1"}}})");
    EXPECT_EQ(began->state(), State::whole);
    return began->answer_header("Mcp-Session-Id");
  }
  void tools_change() { server_->list_changed(mcp::ListKind::tools); }

  std::shared_ptr<mcp::Server> server_;
  std::unique_ptr<McpHttp> http_;

 private:
  std::shared_ptr<test::FakeExchange> hand_over(test::FakeRequest request, const std::string& session) {
    if (!session.empty()) request.headers.emplace_back("Mcp-Session-Id", session);
    auto made = exchange(std::move(request));
    http_->handle(made);
    return made;
  }
};

TEST_F(McpOverHttp, ASessionIsKnownByItsIdAndNoOtherIs) {
  const std::string session = begin_session();
  ASSERT_FALSE(session.empty());
  constexpr std::string_view kPing = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
  const auto own = post(std::string(kPing), session);
  EXPECT_EQ(own->state(), State::whole);
  EXPECT_EQ(own->head().status, 200);
  std::string foreign = session;
  foreign.front() = foreign.front() == 'a' ? 'b' : 'a';
  for (const auto& refused : {post(std::string(kPing), foreign), get(foreign)}) {
    EXPECT_EQ(refused->state(), State::whole);
    EXPECT_EQ(refused->head().status, 404);
  }
}

TEST_F(McpOverHttp, NewsWaitForTheNextChannelOnceAWriteBroke) {
  const std::string session = begin_session();
  const auto broken = get(session, true);
  tools_change();
  broken->take(false);
  tools_change();
  EXPECT_EQ(broken->writes(), 1);
  const auto next = get(session);
  EXPECT_EQ(next->state(), State::streaming);
  EXPECT_THAT(next->text(), HasSubstr("notifications/tools/list_changed"));
}

TEST_F(McpOverHttp, NewsWaitForTheNextChannelOnceTheClientIsGone) {
  const std::string session = begin_session();
  const auto quiet = get(session);
  quiet->go_away();
  EXPECT_EQ(quiet->state(), State::ended);
  tools_change();
  EXPECT_EQ(quiet->text(), "");
  const auto next = get(session);
  EXPECT_THAT(next->text(), HasSubstr("notifications/tools/list_changed"));
}

TEST_F(McpOverHttp, AChannelThatBreaksLateLeavesTheOneAfterItAlone) {
  const std::string session = begin_session();
  const auto old = get(session, true);
  tools_change();
  const auto next = get(session);
  old->take(false);
  old->go_away();
  tools_change();
  EXPECT_EQ(next->state(), State::streaming);
  EXPECT_THAT(next->text(), HasSubstr("notifications/tools/list_changed"));
}

TEST_F(McpOverHttp, AServerThatStopsEndsChannelsAndBeginsNone) {
  const std::string session = begin_session();
  const auto before = get(session);
  EXPECT_EQ(before->state(), State::streaming);
  http_->drain();
  EXPECT_EQ(before->state(), State::ended);
  const auto after = get(session);
  EXPECT_EQ(after->state(), State::whole);
  EXPECT_EQ(after->head().status, 503);
}

std::shared_ptr<McpPostOutlet> outlet_of(const std::shared_ptr<test::FakeExchange>& answered,
                                         McpPostOutlet::MakeKept make_kept = nullptr) {
  return std::make_shared<McpPostOutlet>(answered, McpAccepts{}, false, std::move(make_kept), nullptr);
}

TEST(McpPostOutlet, ACancelAndProgressBeginOneAnswer) {
  constexpr int kRounds = 2000;
  std::vector<std::shared_ptr<test::FakeExchange>> exchanges;
  std::vector<std::shared_ptr<McpPostOutlet>> outlets;
  for (int i = 0; i < kRounds; ++i) {
    exchanges.push_back(exchange({.method = "POST"}));
    outlets.push_back(outlet_of(exchanges.back()));
  }
  std::barrier start(2);
  std::jthread worker([&] {
    for (const auto& outlet : outlets) {
      start.arrive_and_wait();
      outlet->send(R"({"progress":1})", true);
    }
  });
  for (const auto& outlet : outlets) {
    start.arrive_and_wait();
    outlet->answer({}, 202);
  }
  worker.join();
  for (const auto& answered : exchanges) {
    EXPECT_EQ(answered->answers(), 1);
    EXPECT_NE(answered->state(), State::streaming);
  }
}

TEST(McpPostOutlet, OfTwoWhoBeginTheStreamNeitherLosesItsMessage) {
  constexpr int kRounds = 2000;
  std::barrier start(2);
  std::vector<std::shared_ptr<test::FakeExchange>> exchanges;
  std::vector<std::shared_ptr<McpPostOutlet>> outlets;
  for (int i = 0; i < kRounds; ++i) {
    exchanges.push_back(exchange({.method = "POST"}));
    outlets.push_back(outlet_of(exchanges.back()));
  }
  const auto send = [&](std::string_view message) {
    for (const auto& outlet : outlets) {
      start.arrive_and_wait();
      outlet->send(std::string(message), false);
    }
  };
  std::jthread other(send, "first");
  send("second");
  other.join();
  for (const auto& answered : exchanges) {
    EXPECT_EQ(answered->answers(), 1);
    EXPECT_THAT(answered->text(), HasSubstr("first"));
    EXPECT_THAT(answered->text(), HasSubstr("second"));
  }
}

TEST(McpPostOutlet, NothingFollowsAnAnswer) {
  const auto answered = exchange({.method = "POST"});
  std::shared_ptr<McpEventStream> made;
  const auto outlet = outlet_of(answered, [&] { return made = std::make_shared<McpEventStream>("1"); });
  outlet->answer({}, 202);
  outlet->send(R"({"progress":1})", true);
  EXPECT_FALSE(outlet->keep());
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->finished());
  EXPECT_EQ(answered->answers(), 1);
  EXPECT_EQ(answered->head().status, 202);
  EXPECT_EQ(answered->state(), State::whole);
}

TEST(McpEventStream, AConnectionThatIsReplacedEndsWhenItsLastWriteIsOver) {
  const auto stream = std::make_shared<McpEventStream>("1");
  const auto old = exchange({.slow = true});
  stream->attach(old, {}, false);
  stream->send("one", false);
  const auto next = exchange({});
  stream->resume(next, {}, 0);
  EXPECT_EQ(old->state(), State::streaming);
  old->take(true);
  EXPECT_EQ(old->state(), State::ended);
  stream->send("two", false);
  EXPECT_THAT(old->text(), Not(HasSubstr("two")));
  EXPECT_THAT(next->text(), HasSubstr("one"));
  EXPECT_THAT(next->text(), HasSubstr("two"));
}

TEST(McpEventStream, AQuietConnectionThatIsReplacedEndsAtOnce) {
  const auto stream = std::make_shared<McpEventStream>("1");
  const auto old = exchange({});
  stream->attach(old, {}, true);
  stream->resume(exchange({}), {}, 0);
  EXPECT_EQ(old->state(), State::ended);
}

}  // namespace
}  // namespace penstock::server
