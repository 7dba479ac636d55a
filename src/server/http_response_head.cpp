#include "server/http_response_head.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <string>

#include <fmt/compile.h>

#include "core/append_bytes.hpp"
#include "core/ascii_case.hpp"

namespace penstock::server {

namespace {

struct Phrase {
  int status;
  std::string_view text;
};

constexpr std::array<Phrase, 35> kPhrases{{{200, "OK"},
                                           {201, "Created"},
                                           {202, "Accepted"},
                                           {204, "No Content"},
                                           {206, "Partial Content"},
                                           {301, "Moved Permanently"},
                                           {302, "Found"},
                                           {303, "See Other"},
                                           {304, "Not Modified"},
                                           {307, "Temporary Redirect"},
                                           {308, "Permanent Redirect"},
                                           {400, "Bad Request"},
                                           {401, "Unauthorized"},
                                           {403, "Forbidden"},
                                           {404, "Not Found"},
                                           {405, "Method Not Allowed"},
                                           {406, "Not Acceptable"},
                                           {408, "Request Timeout"},
                                           {409, "Conflict"},
                                           {410, "Gone"},
                                           {411, "Length Required"},
                                           {413, "Content Too Large"},
                                           {414, "URI Too Long"},
                                           {415, "Unsupported Media Type"},
                                           {417, "Expectation Failed"},
                                           {421, "Misdirected Request"},
                                           {422, "Unprocessable Content"},
                                           {429, "Too Many Requests"},
                                           {431, "Request Header Fields Too Large"},
                                           {499, "Client Closed Request"},
                                           {500, "Internal Server Error"},
                                           {501, "Not Implemented"},
                                           {503, "Service Unavailable"},
                                           {504, "Gateway Timeout"},
                                           {505, "HTTP Version Not Supported"}}};

/// As RFC 9110, 5.6.7 wants it. Made once a second by each thread that answers.
std::string_view date_text() {
  thread_local std::time_t made_at = 0;
  thread_local std::array<char, 40> text{};
  thread_local std::size_t size = 0;
  const std::time_t now = std::time(nullptr);
  if (now != made_at) {
    static constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    gmtime_r(&now, &utc);
    const auto end = fmt::format_to_n(text.data(), text.size(), "{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
                                      kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                                      kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900,
                                      utc.tm_hour, utc.tm_min, utc.tm_sec);
    size = std::min(end.size, text.size());
    made_at = now;
  }
  return {text.data(), size};
}

bool is_clean(std::string_view value) noexcept {
  return std::ranges::all_of(value, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= ' ' && byte != 127) || byte == '\t';
  });
}

bool is_header_name(std::string_view name) noexcept {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    const char lower = ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool is_ours(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 7> kOurs{"connection", "content-length", "transfer-encoding", "date",
                                                  "server",     "x-request-id",   "keep-alive"};
  return std::ranges::any_of(kOurs,
                             [name](std::string_view ours) { return equal_ignoring_case(name, ours); });
}

}  // namespace

std::string_view reason_phrase(int status) noexcept {
  const auto found = std::ranges::find(kPhrases, status, &Phrase::status);
  return found == kPhrases.end() ? std::string_view("Unknown") : found->text;
}

void append_response_head(HttpHeadBuffer& out, const HttpResponse& response, const HttpFraming& framing,
                          std::string_view request_id) {
  append_bytes(out, "HTTP/1.1 ");
  fmt::format_to(fmt::appender(out), FMT_COMPILE("{}"), response.status);
  append_bytes(out, " ");
  append_bytes(out, reason_phrase(response.status));
  append_bytes(out, "\r\nDate: ");
  append_bytes(out, date_text());
  append_bytes(out, "\r\nServer: penstock\r\nX-Content-Type-Options: nosniff\r\nX-Request-Id: ");
  append_bytes(out, request_id);
  append_bytes(out, "\r\n");
  if (!response.content_type.empty() && is_clean(response.content_type)) {
    append_bytes(out, "Content-Type: ");
    append_bytes(out, response.content_type);
    append_bytes(out, "\r\n");
  }
  for (const auto& [name, value] : response.headers) {
    if (!is_header_name(name) || !is_clean(value) || is_ours(name)) continue;
    append_bytes(out, name);
    append_bytes(out, ": ");
    append_bytes(out, value);
    append_bytes(out, "\r\n");
  }
  if (framing.varies) append_bytes(out, "Vary: Accept-Encoding\r\n");
  if (framing.gzip) append_bytes(out, "Content-Encoding: gzip\r\n");
  if (framing.chunked) append_bytes(out, "Transfer-Encoding: chunked\r\n");
  if (framing.length) {
    append_bytes(out, "Content-Length: ");
    fmt::format_to(fmt::appender(out), FMT_COMPILE("{}"), *framing.length);
    append_bytes(out, "\r\n");
  }
}

}  // namespace penstock::server
