#include "protocol/rest/trace_parent.hpp"

#include <algorithm>

namespace penstock::protocol::rest {

namespace {

// "00-" trace "-" parent "-" flags
constexpr std::size_t kVersion00Bytes = 55;

bool is_hex(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) noexcept {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

std::optional<TraceParent> parse_trace_parent(std::string_view header) noexcept {
  if (header.size() < kVersion00Bytes || header[2] != '-' || header[35] != '-' || header[52] != '-')
    return std::nullopt;
  const std::string_view version = header.substr(0, 2);
  if (!is_hex(version) || version == "ff") return std::nullopt;
  if (header.size() > kVersion00Bytes && (version == "00" || header[kVersion00Bytes] != '-'))
    return std::nullopt;
  const TraceParent trace{.trace_id = header.substr(3, 32), .parent_id = header.substr(36, 16)};
  const std::string_view flags = header.substr(53, 2);
  if (!is_id(trace.trace_id) || !is_id(trace.parent_id) || !is_hex(flags)) return std::nullopt;
  const char last = flags[1];
  const int low = last <= '9' ? last - '0' : last - 'a' + 10;
  return TraceParent{trace.trace_id, trace.parent_id, (low & 1) != 0};
}

}  // namespace penstock::protocol::rest
