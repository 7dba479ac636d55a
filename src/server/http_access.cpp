#include "server/http_access.hpp"

#include <algorithm>

#include "core/ascii_case.hpp"

namespace penstock::server {

namespace {

bool is_digits(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_host_character(char c) noexcept {
  const char lower = ascii_lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool is_address_character(char c) noexcept {
  const char lower = ascii_lower(c);
  return (lower >= 'a' && lower <= 'f') || (c >= '0' && c <= '9') || c == ':' || c == '.';
}

std::string without_last_dot(std::string text) {
  if (text.size() > 1 && text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

std::optional<HostAndPort> parse_host_and_port(std::string_view text) {
  HostAndPort parts;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || end < 3) return std::nullopt;
    const std::string_view address = text.substr(1, end - 1);
    if (!std::ranges::all_of(address, is_address_character)) return std::nullopt;
    parts.host = ascii_lower(address);
    rest = text.substr(end + 1);
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    const std::string_view name = text.substr(0, colon);
    if (name.empty() || name.size() > 255 || !std::ranges::all_of(name, is_host_character))
      return std::nullopt;
    parts.host = without_last_dot(ascii_lower(name));
    rest = text.substr(colon);
  }
  if (!rest.empty()) {
    if (rest.front() != ':' || rest.size() > 6 || !is_digits(rest.substr(1))) return std::nullopt;
    parts.port = rest.substr(1);
  }
  return parts;
}

HttpAccess::HttpAccess(const std::vector<std::string>& allowed_hosts,
                       const std::vector<std::string>& allowed_origins,
                       const std::vector<std::string>& listen)
    : hosts_{"localhost", "127.0.0.1", "::1"} {
  for (const std::string& host : listen) {
    if (host != "0.0.0.0" && host != "::" && host != "*")
      hosts_.push_back(without_last_dot(ascii_lower(host)));
  }
  for (const std::string& pattern : allowed_hosts) {
    const std::string lower = without_last_dot(ascii_lower(pattern));
    if (lower == "*") {
      any_host_ = true;
    } else if (lower.starts_with("*.")) {
      suffixes_.push_back(lower.substr(1));
    } else {
      const auto parts = parse_host_and_port(lower);
      hosts_.push_back(parts ? parts->host : lower);
    }
  }
  for (const std::string& origin : allowed_origins) {
    if (origin == "*") any_origin_ = true;
    origins_.push_back(ascii_lower(origin));
    if (origins_.back().ends_with('/')) origins_.back().pop_back();
  }
}

bool HttpAccess::allows_name(std::string_view host, std::string_view local_address) const {
  if (host == local_address || std::ranges::find(hosts_, host) != hosts_.end()) return true;
  return std::ranges::any_of(suffixes_, [&](const std::string& suffix) {
    return host.size() > suffix.size() && host.ends_with(suffix);
  });
}

bool HttpAccess::allows_host(std::string_view authority, std::string_view local_address) const {
  const auto parts = parse_host_and_port(authority);
  return parts && (any_host_ || allows_name(parts->host, local_address));
}

bool HttpAccess::allows_origin(std::string_view origin, std::string_view local_address) const {
  if (any_origin_) return true;
  const std::string lower = ascii_lower(origin);
  if (std::ranges::find(origins_, lower) != origins_.end()) return true;
  std::string_view rest = lower;
  for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
    if (!rest.starts_with(scheme)) continue;
    const auto parts = parse_host_and_port(rest.substr(scheme.size()));
    return parts && allows_name(parts->host, local_address);
  }
  return false;
}

}  // namespace penstock::server
