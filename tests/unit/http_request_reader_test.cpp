#include "server/http_request_reader.hpp"

#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace penstock::server {
namespace {

using Step = HttpRequestReader::Step;

/// Reads one request, which must be all there is.
std::unique_ptr<HttpRequest> read(std::string_view bytes) {
  HttpRequestReader reader({});
  auto request = std::make_unique<HttpRequest>();
  EXPECT_EQ(reader.take(bytes, *request), Step::complete) << reader.failure().message;
  EXPECT_TRUE(bytes.empty());
  return request;
}

int status_of(std::string_view bytes, HttpLimits limits = {}) {
  HttpRequestReader reader(limits);
  HttpRequest request;
  return reader.take(bytes, request) == Step::failed ? reader.failure().status : 200;
}

TEST(HttpRequestReader, PartsAreWhereTheyShouldBe) {
  const auto request = read(
      "POST /v1/query?a=b&c HTTP/1.1\r\nHost: localhost:80\r\nContent-Type:\tapplication/json \r\nx-a: "
      "1\r\nX-A: 2\r\n"
      "Empty:\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(request->method(), "POST");
  EXPECT_EQ(request->path(), "/v1/query");
  EXPECT_EQ(request->query(), "a=b&c");
  EXPECT_EQ(request->host(), "localhost:80");
  EXPECT_EQ(request->header("content-type"), "application/json");
  EXPECT_EQ(request->header("X-a"), "1");
  EXPECT_EQ(request->header_count("X-a"), 2U);
  EXPECT_EQ(request->header("empty"), "");
  EXPECT_EQ(request->header_count("empty"), 1U);
  EXPECT_EQ(request->header_count("absent"), 0U);
  EXPECT_EQ(request->body(), "{}");
  EXPECT_TRUE(request->keep_alive());
  EXPECT_FALSE(request->is_safe());
}

TEST(HttpRequestReader, TargetsOfAnyForm) {
  const auto target = [](const std::string& text, const std::string& method = "GET") {
    const auto request = read(method + " " + text + " HTTP/1.1\r\nHost: h\r\n\r\n");
    return std::string(request->path()) + " " + std::string(request->query()) + " " +
           std::string(request->host());
  };
  EXPECT_EQ(target("/"), "/  h");
  EXPECT_EQ(target("/a%20b?"), "/a%20b  h");
  EXPECT_EQ(target("/?a?b"), "/ a?b h");
  EXPECT_EQ(target("//x"), "//x  h");
  EXPECT_EQ(target("http://other:1/a?b"), "/a b other:1");
  EXPECT_EQ(target("HTTP://other"), "/  other");
  EXPECT_EQ(target("https://other?x"), "/ x other");
  EXPECT_EQ(target("*", "OPTIONS"), "*  h");
  for (const std::string bad :
       {"*", "a", "http://", "http:///a", "/a#b", "/\x7f", "/caf\xc3\xa9", "h:80", "/a\tb", "/a b"})
    EXPECT_EQ(status_of("GET " + bad + " HTTP/1.1\r\nHost: h\r\n\r\n"), 400) << bad;
}

TEST(HttpRequestReader, ConnectionsGoOnOrNot) {
  const auto keeps = [](const std::string& version, const std::string& headers) {
    return read("GET / HTTP/" + version + "\r\nHost: h\r\n" + headers + "\r\n")->keep_alive();
  };
  EXPECT_TRUE(keeps("1.1", ""));
  EXPECT_FALSE(keeps("1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keeps("1.1", "Connection: foo, CLOSE\r\n"));
  EXPECT_TRUE(keeps("1.1", "Connection: closed\r\n"));
  EXPECT_FALSE(keeps("1.0", ""));
  EXPECT_TRUE(keeps("1.0", "Connection: Keep-Alive\r\n"));
}

TEST(HttpRequestReader, WhoWaitsForContinueIsKnown) {
  HttpRequestReader reader({});
  HttpRequest request;
  std::string_view head = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n";
  EXPECT_EQ(reader.take(head, request), Step::continue_due);
  EXPECT_TRUE(reader.in_body());
  std::string_view body = "ab";
  EXPECT_EQ(reader.take(body, request), Step::complete);
  EXPECT_EQ(request.body(), "ab");
  EXPECT_TRUE(reader.is_between());
}

TEST(HttpRequestReader, AnEmptyLineBetweenRequestsIsPassedOver) {
  HttpRequestReader reader({});
  HttpRequest request;
  std::string_view line = "\r\n";
  EXPECT_EQ(reader.take(line, request), Step::more);
  EXPECT_TRUE(reader.is_between());
  std::string_view rest = "\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n";
  EXPECT_EQ(reader.take(rest, request), Step::complete);
  EXPECT_EQ(request.path(), "/x");
  EXPECT_EQ(status_of("\r\n\r\n\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
}

TEST(HttpRequestReader, LimitsHoldToTheByte) {
  const HttpLimits limits{.target_bytes = 10, .header_bytes = 60, .body_bytes = 5};
  const auto get = [](std::size_t target) {
    return "GET /" + std::string(target - 1, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n";
  };
  EXPECT_EQ(status_of(get(10), limits), 200);
  EXPECT_EQ(status_of(get(11), limits), 414);
  const auto with_header = [&](std::size_t total) {
    const std::string request = "GET / HTTP/1.1\r\nHost: h\r\nX: \r\n\r\n";
    return "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(total - request.size(), 'a') + "\r\n\r\n";
  };
  EXPECT_EQ(status_of(with_header(60), limits), 200);
  EXPECT_EQ(status_of(with_header(61), limits), 431);
  const auto post = [](const std::string& size, const std::string& body) {
    return "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + size + "\r\n\r\n" + body;
  };
  EXPECT_EQ(status_of(post("5", "12345"), limits), 200);
  EXPECT_EQ(status_of(post("05", "12345"), limits), 200);
  EXPECT_EQ(status_of(post("6", ""), limits), 413);
}

}  // namespace
}  // namespace penstock::server
