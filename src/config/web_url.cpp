#include "config/web_url.hpp"

#include <algorithm>

#include "config/server.hpp"

namespace penstock::config {

namespace {

constexpr std::size_t kMaxUrlBytes = 2'048;

bool is_plain(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7F && c != '"' && c != '\\' && c != '<' && c != '>' && c != '#';
}

}  // namespace

std::optional<WebUrl> parse_web_url(std::string_view text) {
  constexpr std::string_view kHttp = "http://";
  constexpr std::string_view kHttps = "https://";
  WebUrl url{.is_https = text.starts_with(kHttps)};
  if (text.size() > kMaxUrlBytes || !(url.is_https || text.starts_with(kHttp)) ||
      !std::ranges::all_of(text, is_plain))
    return std::nullopt;
  text.remove_prefix(url.is_https ? kHttps.size() : kHttp.size());
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  std::string authority(text.substr(0, end));
  url.path = text.substr(end);
  const std::size_t bracket = authority.rfind(']');
  const bool has_port = authority.find(':', bracket == std::string::npos ? 0 : bracket) != std::string::npos;
  const auto address = parse_listen_address(has_port ? authority : authority + ":80");
  if (!address || address->port == 0) return std::nullopt;
  url.host = address->host;
  return url;
}

bool is_loopback_url(std::string_view text) {
  const auto url = parse_web_url(text);
  return url && is_loopback(url->host);
}

bool is_safe_url(std::string_view text) {
  const auto url = parse_web_url(text);
  return url && (url->is_https || is_loopback(url->host));
}

}  // namespace penstock::config
