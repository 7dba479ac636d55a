// The server's end: nothing that was under way is lost, and nothing keeps it from ending.

#include <atomic>
#include <future>
#include <stop_token>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "integration/http_site.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

TEST(HttpShutdown, IdleConnectionsDoNotDelayIt) {
  HttpSite site;
  HttpClient fresh(site.url());
  HttpClient used(site.url());
  ASSERT_TRUE(used.get("/"));
  EXPECT_EQ(used.read().status, 200);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(site.server().stop());
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
  EXPECT_TRUE(fresh.is_ended());
  EXPECT_TRUE(used.is_ended());
  EXPECT_THROW(HttpClient late(site.url()), std::runtime_error);
}

TEST(HttpShutdown, WhatIsUnderWayIsAnswered) {
  HttpSite site;
  HttpClient client(site.url());
  ASSERT_TRUE(client.get("/held1"));
  ASSERT_TRUE(client.get("/held2"));
  const auto first = site.next();
  const auto second = site.next();
  auto stopped = std::async(std::launch::async, [&] { return site.server().stop(); });
  EXPECT_TRUE(wait_until([&] {
    try {
      HttpClient probe(site.url());
      return false;
    } catch (const std::runtime_error&) {
      return true;
    }
  }));
  first->respond(echo(*first));
  second->respond(echo(*second));
  EXPECT_EQ(client.read().body, "GET /held1? ");
  const HttpAnswer last = client.read();
  EXPECT_EQ(last.body, "GET /held2? ");
  EXPECT_EQ(last.header("connection"), "close");
  client.close();
  EXPECT_TRUE(stopped.get());
}

TEST(HttpShutdown, WhatDoesNotEndIsAskedToStopAndThenCutShort) {
  HttpSite site({.drain_timeout = 100ms});
  HttpClient polite(site.url());
  ASSERT_TRUE(polite.get("/held"));
  const auto answers = site.next();
  HttpClient client(site.url());
  ASSERT_TRUE(client.get("/held"));
  const auto never = site.next();
  const std::stop_callback on_gone(answers->gone(), [&] { answers->respond(echo(*answers)); });
  EXPECT_FALSE(site.server().stop());
  EXPECT_TRUE(never->gone().stop_requested());
  EXPECT_EQ(polite.read().status, 200);
  EXPECT_TRUE(client.is_ended());
}

TEST(HttpShutdown, UnderLoadEveryRequestThatWasTakenIsAnswered) {
  for (int round = 0; round < 5; ++round) {
    HttpSite site({.event_loops = 2});
    std::atomic<int> answered = 0;
    std::atomic<int> broken = 0;
    std::vector<std::jthread> clients;
    for (int i = 0; i < 8; ++i) {
      clients.emplace_back([&] {
        try {
          HttpClient client(site.url());
          while (client.get("/")) {
            const HttpAnswer answer = client.read();
            // Either the server had not seen the request when it closed, or it answers it whole.
            if (answer.status == 0) return;
            if (!answer.is_whole || answer.status != 200) ++broken;
            ++answered;
            if (answer.header("connection") == "close") return;
          }
        } catch (const std::runtime_error&) {
        }
      });
    }
    ASSERT_TRUE(wait_until([&] { return answered > 200; }));
    EXPECT_TRUE(site.server().stop());
    clients.clear();
    EXPECT_EQ(broken, 0);
    const auto answers = site.server().statistics().answers[2];
    EXPECT_EQ(static_cast<std::uint64_t>(answered.load()), answers);
  }
}

}  // namespace
}  // namespace penstock::test
