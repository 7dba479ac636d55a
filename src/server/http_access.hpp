// Whom a request may be addressed to, and from which pages it may come: what keeps a page of somebody else's
// from talking to this server through a browser (DNS rebinding, requests across origins).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::server {

/// "name:port", "[::1]:80" or a name alone.
struct HostAndPort {
  std::string host;  ///< in small letters, without brackets and without a dot at its end
  std::string port;  ///< digits; empty when there is none
};
/// Nothing when it is none (RFC 3986, 3.2): user names, spaces, ports that are no number.
[[nodiscard]] std::optional<HostAndPort> parse_host_and_port(std::string_view text);

/// Immutable, so thread-safe. Ports do not matter: a page that can choose the port still cannot choose the
/// name.
class HttpAccess {
 public:
  /// `listen`: the hosts that the server listens at. An address of all interfaces names none of them: see
  /// `local_address` below.
  HttpAccess(const std::vector<std::string>& allowed_hosts, const std::vector<std::string>& allowed_origins,
             const std::vector<std::string>& listen);

  /// `authority`: as the request has it. `local_address`: the address that the connection came to, as text;
  /// a client that knows nothing but the address was told no name by anybody.
  [[nodiscard]] bool allows_host(std::string_view authority, std::string_view local_address) const;
  /// `origin`: the header Origin (RFC 6454), which "null" is too.
  [[nodiscard]] bool allows_origin(std::string_view origin, std::string_view local_address) const;

 private:
  [[nodiscard]] bool allows_name(std::string_view host, std::string_view local_address) const;

  bool any_host_ = false;
  bool any_origin_ = false;
  std::vector<std::string> hosts_;
  std::vector<std::string> suffixes_;  ///< of "*.example.com": ".example.com"
  std::vector<std::string> origins_;   ///< in small letters
};

}  // namespace penstock::server
