#include "server/http_response_head.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace penstock::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string head_of(const HttpResponse& response, const HttpFraming& framing) {
  HttpHeadBuffer out;
  append_response_head(out, response, framing, "id-1");
  return {out.data(), out.size()};
}

TEST(HttpResponseHead, SaysWhatTheAnswerIs) {
  const std::string head =
      head_of({.status = 404, .content_type = "text/plain", .headers = {{"ETag", "\"1\""}}, .body = {}},
              {.length = 12});
  EXPECT_THAT(head, StartsWith("HTTP/1.1 404 Not Found\r\nDate: "));
  for (const char* line :
       {"\r\nServer: penstock\r\n", "\r\nX-Content-Type-Options: nosniff\r\n", "\r\nX-Request-Id: id-1\r\n",
        "\r\nContent-Type: text/plain\r\n", "\r\nETag: \"1\"\r\n", "\r\nContent-Length: 12\r\n"})
    EXPECT_THAT(head, HasSubstr(line));
  EXPECT_TRUE(head.ends_with("\r\n"));
  EXPECT_FALSE(head.ends_with("\r\n\r\n"));
  const std::string streamed = head_of({.status = 799, .content_type = {}, .headers = {}, .body = {}},
                                       {.chunked = true, .gzip = true, .varies = true});
  EXPECT_THAT(streamed, StartsWith("HTTP/1.1 799 Unknown\r\n"));
  EXPECT_THAT(streamed, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(streamed, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_THAT(streamed, HasSubstr("Vary: Accept-Encoding\r\n"));
  EXPECT_THAT(streamed, Not(HasSubstr("\r\nContent-Type:")));
}

TEST(HttpResponseHead, NoHeaderCanBeSmuggledIn) {
  const std::string head = head_of({.status = 200,
                                    .content_type = "text/plain\r\nX-A: 1",
                                    .headers = {{"X-B", "1\r\nX-C: 1"},
                                                {"X-D: 1\r\nX-E", "1"},
                                                {"", "x"},
                                                {"Content-Length", "5"},
                                                {"transfer-encoding", "chunked"},
                                                {"Connection", "close"},
                                                {"X-Good", "caf\xc3\xa9"}},
                                    .body = {}},
                                   {.length = 0});
  for (const char* bad : {"X-A", "X-B", "X-C:", "X-D", "X-E", "Length: 5", "chunked", "close"})
    EXPECT_THAT(head, Not(HasSubstr(bad)));
  EXPECT_THAT(head, HasSubstr("X-Good: caf\xc3\xa9\r\n"));
}

}  // namespace
}  // namespace penstock::server
