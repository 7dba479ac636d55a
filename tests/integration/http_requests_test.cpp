// Requests over real sockets: what is answered, in which order, and what is refused.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/http_site.hpp"

namespace penstock::test {
namespace {

using namespace std::string_view_literals;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(HttpRequests, AreAnsweredOnOneConnection) {
  HttpSite site;
  HttpClient client(site.url());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.get("/a/b?c=" + std::to_string(i)));
    const HttpAnswer answer = client.read();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "GET /a/b?c=" + std::to_string(i) + " ");
    EXPECT_EQ(answer.header("server"), "penstock");
    EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
    EXPECT_THAT(answer.header("date"), HasSubstr(" GMT"));
    EXPECT_THAT(answer.header("x-request-id"), testing::Not(IsEmpty()));
    EXPECT_THAT(answer.header("connection"), IsEmpty());
  }
  EXPECT_EQ(site.server().statistics().accepted, 1U);
  EXPECT_TRUE(wait_until([&] { return site.server().statistics().answers[2] == 3; }));
}

TEST(HttpRequests, KeepTheirClientsRequestId) {
  HttpSite site;
  HttpClient client(site.url());
  ASSERT_TRUE(client.get("/", "X-Request-Id: my-id.7\r\n"));
  EXPECT_EQ(client.read().header("x-request-id"), "my-id.7");
  ASSERT_TRUE(client.get("/", "X-Request-Id: not \"one\"\r\n"));
  EXPECT_THAT(client.read().header("x-request-id"), testing::Not(HasSubstr("one")));
}

TEST(HttpRequests, BodiesComeWholeHoweverTheyAreCut) {
  HttpSite site;
  HttpClient client(site.url());
  const std::string body(300'000, 'b');
  ASSERT_TRUE(client.post("/", body));
  EXPECT_EQ(client.read().body, "POST /? " + body);
  const std::string chunked =
      "POST /c HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n06\r\n "
      "world\r\n0\r\nT: v\r\n\r\n";
  for (const char byte : chunked)
    ASSERT_TRUE(client.send({&byte, 1}));
  EXPECT_EQ(client.read().body, "POST /c? hello world");
}

// About the size that fits in what a connection holds for them, with the head: from below it to beyond.
TEST(HttpRequests, OfEverySizeAboutThatOfTheBufferComeWhole) {
  HttpSite site;
  HttpClient client(site.url());
  for (std::size_t size = 1'850; size <= 2'060; ++size) {
    const std::string body(size, static_cast<char>('a' + size % 26));
    ASSERT_TRUE(client.post("/", body));
    ASSERT_EQ(client.read().body, "POST /? " + body);
  }
}

TEST(HttpRequests, PipelinedOnesAreAnsweredInOrder) {
  HttpSite site;
  HttpClient client(site.url());
  std::string requests;
  for (int i = 0; i < 200; ++i)
    requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  ASSERT_TRUE(client.send(requests));
  for (int i = 0; i < 200; ++i)
    ASSERT_EQ(client.read().body, "GET /" + std::to_string(i) + "? ");
}

TEST(HttpRequests, SafeOnesOfAPipelineRunTogetherAndAnswerInOrder) {
  HttpSite site;
  HttpClient client(site.url());
  std::string requests;
  for (int i = 0; i < 4; ++i)
    requests += "GET /held" + std::to_string(i) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  ASSERT_TRUE(client.send(requests));
  std::vector<std::shared_ptr<server::Exchange>> held;
  for (int i = 0; i < 4; ++i)
    held.push_back(site.next());
  for (int i = 3; i >= 0; --i)
    held[static_cast<std::size_t>(i)]->respond(echo(*held[static_cast<std::size_t>(i)]));
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(client.read().body, "GET /held" + std::to_string(i) + "? ");
}

TEST(HttpRequests, OneThatMayWriteRunsAlone) {
  HttpSite site;
  HttpClient client(site.url());
  const std::string post = "POST /held HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n";
  ASSERT_TRUE(client.send(post + "1" + post + "2GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  for (const std::string expected : {"1", "2", ""}) {
    const auto exchange = site.next();
    ASSERT_NE(exchange, nullptr);
    EXPECT_EQ(exchange->body(), expected);
    // An echo on another connection: whatever the server would have started by now, it has.
    HttpClient other(site.url());
    ASSERT_TRUE(other.get("/"));
    EXPECT_EQ(other.read().status, 200);
    EXPECT_EQ(site.held(), 0U);
    exchange->respond(echo(*exchange));
    EXPECT_EQ(client.read().status, 200);
  }
}

TEST(HttpRequests, HeadIsAnsweredWithoutContent) {
  HttpSite site;
  HttpClient client(site.url());
  ASSERT_TRUE(client.send("HEAD /x HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  const HttpAnswer head = client.read(false);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), "9");
  ASSERT_TRUE(client.get("/y"));
  EXPECT_EQ(client.read().body, "GET /y? ");
}

TEST(HttpRequests, OneThatWaitsForContinueIsToldSo) {
  HttpSite site;
  HttpClient client(site.url());
  ASSERT_TRUE(client.send(
      "POST /x HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"));
  EXPECT_EQ(client.read().status, 100);
  ASSERT_TRUE(client.send("body"));
  EXPECT_EQ(client.read().body, "POST /x? body");
}

TEST(HttpRequests, Http10IsSpokenToo) {
  HttpSite site;
  HttpClient once(site.url());
  ASSERT_TRUE(once.send("GET /x HTTP/1.0\r\nHost: localhost\r\n\r\n"));
  const HttpAnswer answer = once.read();
  EXPECT_EQ(answer.body, "GET /x? ");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(once.is_ended());
  HttpClient often(site.url());
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(often.send("GET /x HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n"));
    EXPECT_EQ(often.read().header("connection"), "keep-alive");
  }
}

TEST(HttpRequests, TheConnectionEndsWhereTheClientSaysSo) {
  HttpSite site;
  HttpClient client(site.url());
  ASSERT_TRUE(client.get("/", "Connection: close\r\n"));
  EXPECT_EQ(client.read().header("connection"), "close");
  EXPECT_TRUE(client.is_ended());
}

TEST(HttpRequests, AHalfClosedClientGetsItsAnswers) {
  HttpSite site;
  HttpClient client(site.url());
  ASSERT_TRUE(client.get("/1"));
  ASSERT_TRUE(client.get("/2"));
  client.end_sending();
  EXPECT_EQ(client.read().body, "GET /1? ");
  EXPECT_EQ(client.read().body, "GET /2? ");
  EXPECT_TRUE(client.is_ended());
}

TEST(HttpRequests, OneThatNobodyAnswersGetsAnError) {
  HttpSite site;
  HttpClient client(site.url());
  ASSERT_TRUE(client.get("/held"));
  site.next().reset();
  const HttpAnswer answer = client.read();
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  EXPECT_THAT(answer.body, HasSubstr(answer.header("x-request-id")));
}

TEST(HttpRequests, ForAnotherHostOrFromAnotherOriginAreRefused) {
  HttpSite site(
      {.allowed_hosts = {"db.example.com", "*.example.org"}, .allowed_origins = {"https://app.example.net"}});
  HttpClient client(site.url());
  const auto status = [&](std::string_view host, std::string_view origin) {
    std::string request = "GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n";
    if (!origin.empty()) request += "Origin: " + std::string(origin) + "\r\n";
    EXPECT_TRUE(client.send(request + "\r\n"));
    return client.read().status;
  };
  EXPECT_EQ(status("localhost:1", ""), 200);
  EXPECT_EQ(status("127.0.0.1", "http://localhost:3000"), 200);
  EXPECT_EQ(status("db.example.com", "https://app.example.net"), 200);
  EXPECT_EQ(status("a.example.org", "http://db.example.com"), 200);
  EXPECT_EQ(status("evil.example", ""), 421);
  EXPECT_EQ(status("example.org", ""), 421);
  EXPECT_EQ(status("localhost", "https://evil.example"), 403);
  EXPECT_EQ(status("localhost", "null"), 403);
  EXPECT_EQ(status("localhost", "https://localhost.evil.example"), 403);
}

struct Refused {
  std::string_view why;
  std::string_view bytes;
  int status;
};

TEST(HttpRequests, ThatCouldBeReadInTwoWaysAreRefusedAndTheConnectionEnds) {
  HttpSite site;
  const std::vector<Refused> all{
      {"length and coding",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"coding and length",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400},
      {"two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
      {"a list of lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc", 400},
      {"a sign", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc", 400},
      {"hexadecimal", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc", 400},
      {"another coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
       501},
      {"a coding twice",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"a space before the colon", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc", 400},
      {"a folded header", "POST / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400},
      {"bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400},
      {"bare LF between headers", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400},
      {"bare CR", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400},
      {"a null byte", "GET / HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n"sv, 400},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400},
      {"coding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       400},
      {"a chunk's size with a sign",
       "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n", 400},
      {"a chunk's size that overflows",
       "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
       "chunked\r\n\r\n10000000000000003\r\nabc\r\n0\r\n\r\n",
       400},
      {"a chunk that is longer",
       "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400},
      {"bare LF behind a chunk's size",
       "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", 400},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/0.9", "GET /\r\n\r\n", 400},
      {"TLS", "\x16\x03\x01\x02\x01", 400},
      {"an unknown expectation", "POST / HTTP/1.1\r\nHost: a\r\nExpect: more\r\nContent-Length: 1\r\n\r\n",
       417},
  };
  for (const Refused& refused : all) {
    SCOPED_TRACE(refused.why);
    HttpClient client(site.url());
    ASSERT_TRUE(client.send(refused.bytes));
    // What follows must not be taken for a request of its own.
    client.send("GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const HttpAnswer answer = client.read();
    EXPECT_EQ(answer.status, refused.status);
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_EQ(answer.header("content-type"), "application/problem+json");
    EXPECT_TRUE(client.is_ended());
  }
}

TEST(HttpRequests, AnswersBeforeABadOneStillCome) {
  HttpSite site;
  HttpClient client(site.url());
  ASSERT_TRUE(client.send("GET /held HTTP/1.1\r\nHost: localhost\r\n\r\nnonsense\r\n\r\n"));
  const auto exchange = site.next();
  exchange->respond(echo(*exchange));
  EXPECT_EQ(client.read().status, 200);
  EXPECT_EQ(client.read().status, 400);
  EXPECT_TRUE(client.is_ended());
}

}  // namespace
}  // namespace penstock::test
