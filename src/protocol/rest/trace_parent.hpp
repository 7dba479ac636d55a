// `traceparent` of W3C Trace Context (https://www.w3.org/TR/trace-context/).
#pragma once

#include <optional>
#include <string_view>

namespace penstock::protocol::rest {

/// Views into the header.
struct TraceParent {
  std::string_view trace_id;   ///< 32 hexadecimal digits in small letters, not all zero
  std::string_view parent_id;  ///< 16, likewise
  bool sampled = false;
};

/// Nothing for what the standard calls invalid; a version beyond 00 is read as far as 00 goes.
[[nodiscard]] std::optional<TraceParent> parse_trace_parent(std::string_view header) noexcept;

}  // namespace penstock::protocol::rest
