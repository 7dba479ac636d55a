// Addresses on the web, as far as the configuration has to understand them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace penstock::config {

struct WebUrl {
  bool is_https = false;
  std::string host;  ///< of IPv6 without its brackets
  std::string path;  ///< with what follows it; empty: none
};

/// "http://..." or "https://..." with a host, maybe a port and a path. Nothing for anything else: user names,
/// fragments, white space and control characters.
[[nodiscard]] std::optional<WebUrl> parse_web_url(std::string_view text);
/// Whether it leads to this machine.
[[nodiscard]] bool is_loopback_url(std::string_view text);
/// https, or http to this machine: what can be trusted to be from whom it says.
[[nodiscard]] bool is_safe_url(std::string_view text);

}  // namespace penstock::config
