// The head of an answer, as bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "server/exchange.hpp"

namespace penstock::server {

using HttpHeadBuffer = fmt::basic_memory_buffer<char, 512>;

/// How the end of the content is told.
struct HttpFraming {
  std::optional<std::uint64_t> length;  ///< Content-Length
  bool chunked = false;
  bool gzip = false;
  bool varies = false;  ///< by Accept-Encoding
};

/// Appends the status line and the headers: our own (Date, Server, X-Request-Id, X-Content-Type-Options),
/// those of the content and the response's own. Without the header Connection and the empty line, which
/// are known only when the answer's turn comes. Headers of the response that are not ones, or that are the
/// connection's, are left out.
void append_response_head(HttpHeadBuffer& out, const HttpResponse& response, const HttpFraming& framing,
                          std::string_view request_id);

/// "Not Found", ...; "Unknown" when there is none.
[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

/// Whether an answer of this status has content at all (RFC 9110, 6.4.1).
[[nodiscard]] constexpr bool status_has_content(int status) noexcept {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace penstock::server
