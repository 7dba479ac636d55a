// What must hold of requests for any bytes whatever, and for any cut of them. Shared by the fuzzer and by the
// test that replays its corpus.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/http_access.hpp"
#include "server/http_encoding.hpp"
#include "server/http_request_reader.hpp"

namespace penstock::server::test {

inline void must_hold(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

inline constexpr HttpLimits kFuzzLimits{.target_bytes = 200, .header_bytes = 1000, .body_bytes = 300};

/// One request, or at the end why there is no other, as text.
inline void check_request(const HttpRequest& request) {
  const auto is_text = [](std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  };
  must_hold(!request.method().empty() && is_text(request.method()), "a request has a method");
  must_hold(request.method().find(' ') == std::string_view::npos, "a method is a token");
  must_hold(request.path() == "*" || request.path().starts_with('/'), "a path is one");
  must_hold(request.path().find_first_of("? #") == std::string_view::npos, "a path ends before the query");
  must_hold(request.query().find_first_of(" #") == std::string_view::npos, "a query is one");
  must_hold(request.path().size() + request.query().size() <= kFuzzLimits.target_bytes,
            "a target is bounded");
  must_hold(request.body().size() <= kFuzzLimits.body_bytes, "a body is bounded");
  must_hold(request.header_count("host") == 1, "a request has one Host");
  must_hold(request.header_count("content-length") + request.header_count("transfer-encoding") <= 1,
            "the body's end is told in one way");
  for (const std::string_view name :
       {"host", "content-type", "x", "accept-encoding", "origin", "connection"}) {
    const std::string_view value = request.header(name);
    must_hold(is_text(value), "a header is one line");
    must_hold(value.empty() || (value.front() != ' ' && value.back() != ' '),
              "a header's value has no space around it");
  }
  static const HttpAccess access({"*.example.com"}, {"https://app.example"}, {"127.0.0.1"});
  if (access.allows_host(request.host(), {}))
    must_hold(parse_host_and_port(request.host()).has_value(), "an allowed host is one");
  (void)access.allows_origin(request.header("origin"), {});
  (void)accepts_gzip(request.header("accept-encoding"));
}

/// What the bytes come to, read in pieces of this size; 0: at once.
inline std::vector<std::string> read_requests(std::string_view bytes, std::size_t piece) {
  std::vector<std::string> found;
  HttpRequestReader reader(kFuzzLimits);
  auto request = std::make_unique<HttpRequest>();
  while (!bytes.empty()) {
    std::string_view input = bytes.substr(0, piece == 0 ? bytes.size() : piece);
    bytes.remove_prefix(input.size());
    while (!input.empty()) {
      const std::size_t before = input.size();
      const auto step = reader.take(input, *request);
      if (step == HttpRequestReader::Step::failed) {
        const HttpFailure& failure = reader.failure();
        must_hold(failure.status >= 400 && failure.status < 600 && !failure.message.empty(),
                  "a failure says why");
        found.push_back(std::to_string(failure.status));
        return found;
      }
      must_hold(input.size() < before, "each step takes something");
      if (step != HttpRequestReader::Step::complete) continue;
      check_request(*request);
      found.push_back(std::string(request->method()) + '|' + std::string(request->path()) + '|' +
                      std::string(request->query()) + '|' + std::string(request->host()) + '|' +
                      std::string(request->header("x")) + '|' + (request->keep_alive() ? "k" : "c") + '|' +
                      std::string(request->body()));
      request = std::make_unique<HttpRequest>();
    }
  }
  return found;
}

inline void run_http_request_target(std::string_view bytes) {
  const auto whole = read_requests(bytes, 0);
  must_hold(whole == read_requests(bytes, 1), "a cut at each byte changes nothing");
  must_hold(whole == read_requests(bytes, 7), "a cut at every seventh byte changes nothing");
}

}  // namespace penstock::server::test
