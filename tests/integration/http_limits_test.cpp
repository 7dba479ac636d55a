// What a client may not cost: time, bytes, connections.

#include <fstream>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "integration/http_site.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

TEST(HttpLimits, WhatIsTooLargeIsSaidSo) {
  HttpSite site({.max_target_bytes = 100, .max_header_bytes = 1000, .max_body_bytes = 1000});
  struct Case {
    std::string bytes;
    int status;
  };
  const std::string post = "POST / HTTP/1.1\r\nHost: localhost\r\n";
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 101; ++i)
    many += "a:b\r\n";
  const std::vector<Case> cases{
      {"GET /" + std::string(100, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 414},
      {"GET /" + std::string(10'000, 'a'), 414},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(1000, 'a') + "\r\n\r\n", 431},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(10'000, 'a'), 431},
      {many + "\r\n", 431},
      {post + "Content-Length: 1001\r\n\r\n", 413},
      {post + "Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n", 413},
      {post + "Content-Length: 99999999999999999\r\n\r\n", 413},
      {post + "Transfer-Encoding: chunked\r\n\r\n3E9\r\n", 413},
      {post + "Transfer-Encoding: chunked\r\n\r\n1F4\r\n" + std::string(500, 'a') + "\r\n1F5\r\n", 413},
      {post + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(1000, 'x'), 400},
      {post + "Transfer-Encoding: chunked\r\n\r\n0\r\nT: " + std::string(2000, 'x'), 400},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.bytes.substr(0, 120));
    HttpClient client(site.url());
    ASSERT_TRUE(client.send(each.bytes));
    EXPECT_EQ(client.read().status, each.status);
    EXPECT_TRUE(client.is_ended());
  }
  HttpClient client(site.url());
  ASSERT_TRUE(client.post("/", std::string(1000, 'b')));
  EXPECT_EQ(client.read().status, 200);
}

TEST(HttpLimits, AClientThatStillSendsReadsWhyItWasRefused) {
  HttpSite site({.max_body_bytes = 1000});
  HttpClient client(site.url());
  ASSERT_TRUE(client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n"));
  client.send(std::string(500'000, 'b'));
  EXPECT_EQ(client.read().status, 413);
}

TEST(HttpLimits, LargeRequestsBehindASlowOneAllArrive) {
  HttpSite site({.max_body_bytes = 200'000});
  HttpClient client(site.url());
  ASSERT_TRUE(client.post("/held", std::string(100'000, '1')));
  const auto first = site.next();
  // More than the server reads ahead and the kernel holds.
  std::jthread sender([&] {
    for (int i = 0; i < 100; ++i)
      client.post("/", std::string(200'000, '2'));
  });
  HttpClient other(site.url());
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(other.get("/"));
    ASSERT_EQ(other.read().status, 200);
  }
  EXPECT_FALSE(first->gone().stop_requested());
  first->respond(echo(*first));
  for (int i = 0; i < 101; ++i)
    ASSERT_EQ(client.read().status, 200);
}

// The time for a request's headers runs from the accept, too: where a client is to be answered, it is long
// enough for a busy machine to connect and send in.
TEST(HttpLimits, ASlowRequestIsGivenUp) {
  HttpSite site({.header_timeout = 2s, .body_timeout = 150ms});
  HttpClient head(site.url());
  ASSERT_TRUE(head.send("GET / HTTP/1.1\r\nHost: local"));
  EXPECT_EQ(head.read().status, 408);
  EXPECT_TRUE(head.is_ended());
  HttpClient body(site.url());
  ASSERT_TRUE(body.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabc"));
  EXPECT_EQ(body.read().status, 408);
  EXPECT_TRUE(body.is_ended());
}

TEST(HttpLimits, BytesNowAndThenDoNotKeepASlowRequestAlive) {
  HttpSite site({.header_timeout = 1s});
  HttpClient client(site.url());
  ASSERT_TRUE(client.send("GET / HTTP/1.1\r\n"));
  const auto start = std::chrono::steady_clock::now();
  bool taken = true;
  while (taken && std::chrono::steady_clock::now() - start < 20s) {
    std::this_thread::sleep_for(20ms);
    taken = client.send("X: y\r\n");
  }
  EXPECT_FALSE(taken);
}

TEST(HttpLimits, IdleConnectionsEnd) {
  // Each by its own limit: the other one is beyond the test's patience.
  HttpSite hurried({.header_timeout = 100ms, .idle_timeout = 60s});
  HttpClient fresh(hurried.url());
  EXPECT_TRUE(fresh.is_ended());
  EXPECT_TRUE(wait_until([&] { return hurried.server().statistics().connections == 0; }));
  HttpSite site({.header_timeout = 60s, .idle_timeout = 100ms});
  HttpClient used(site.url());
  ASSERT_TRUE(used.get("/"));
  EXPECT_EQ(used.read().status, 200);
  EXPECT_TRUE(used.is_ended());
  EXPECT_TRUE(wait_until([&] { return site.server().statistics().connections == 0; }));
}

TEST(HttpLimits, AQueryMayTakeLongerThanAClientMayIdle) {
  HttpSite site({.header_timeout = 2s, .idle_timeout = 100ms});
  HttpClient client(site.url());
  ASSERT_TRUE(client.get("/held"));
  const auto exchange = site.next();
  ASSERT_NE(exchange, nullptr);
  // Longer, at least, than a client may take that sends nothing, and than one that was answered.
  HttpClient fresh(site.url());
  ASSERT_TRUE(fresh.is_ended());
  HttpClient used(site.url());
  ASSERT_TRUE(used.get("/"));
  ASSERT_EQ(used.read().status, 200);
  ASSERT_TRUE(used.is_ended());
  EXPECT_FALSE(exchange->gone().stop_requested());
  exchange->respond(echo(*exchange));
  EXPECT_EQ(client.read().status, 200);
}

TEST(HttpLimits, OneConnectionTooManyIsToldSo) {
  HttpSite site({.max_connections = 2});
  HttpClient one(site.url());
  HttpClient two(site.url());
  ASSERT_TRUE(one.get("/"));
  ASSERT_TRUE(two.get("/"));
  EXPECT_EQ(one.read().status, 200);
  EXPECT_EQ(two.read().status, 200);
  HttpClient three(site.url());
  EXPECT_EQ(three.read().status, 503);
  one.close();
  EXPECT_TRUE(wait_until([&] { return site.server().statistics().connections == 1; }));
  HttpClient four(site.url());
  ASSERT_TRUE(four.get("/"));
  EXPECT_EQ(four.read().status, 200);
}

#ifndef PENSTOCK_SANITIZED
long resident_kib() {
  long pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

TEST(HttpLimits, TenThousandConnectionsAreServedAndCheap) {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit before = limit;
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  // Both ends are in this process, and loopback has some 28,000 ports.
  const std::size_t count = std::min<std::size_t>(10'000, (limit.rlim_cur - 200) / 2);
  {
    HttpSite site({.event_loops = 2, .header_timeout = 60s});
    const long base = resident_kib();
    std::vector<std::unique_ptr<HttpClient>> clients;
    clients.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
      clients.push_back(std::make_unique<HttpClient>(site.url()));
    for (const auto& client : clients) {
      ASSERT_TRUE(client->get("/"));
      ASSERT_EQ(client->read().status, 200);
    }
    EXPECT_EQ(site.server().statistics().connections, count);
    const long each_bytes = (resident_kib() - base) * 1024 / static_cast<long>(count);
    RecordProperty("bytes_of_a_connection", std::to_string(each_bytes));
    EXPECT_LT(each_bytes, 4096);  // with the client's side of it
  }
  setrlimit(RLIMIT_NOFILE, &before);
}
#endif

}  // namespace
}  // namespace penstock::test
