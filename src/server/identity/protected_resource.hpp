// What tells a client where to get a token for this server (RFC 9728, and the authorization of MCP).
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/jwt.hpp"
#include "server/exchange.hpp"

namespace penstock::server {

/// Thread-safe but for replace(), which one thread at a time calls.
class ProtectedResource {
 public:
  static constexpr std::string_view kPath = "/.well-known/oauth-protected-resource";

  /// `is_https`: how the server itself is spoken to, where the configuration has no public URL.
  explicit ProtectedResource(bool is_https) : is_https_(is_https) {}

  /// Without a configuration there is nothing to tell.
  void replace(const std::optional<config::JwtConfig>& config);

  /// Answers a request for the metadata of the whole server, at kPath, or of its endpoint of MCP, at kPath
  /// and
  /// "/mcp". 404 for anything else.
  void answer(Exchange& exchange) const;
  /// Parameters for `WWW-Authenticate: Bearer`: where the metadata are, and which scopes to ask for. Empty:
  /// there are none.
  [[nodiscard]] std::string challenge(const Exchange& exchange) const;

 private:
  [[nodiscard]] std::string base_url(const config::JwtConfig& config, const Exchange& exchange) const;

  const bool is_https_;
  std::atomic<std::shared_ptr<const config::JwtConfig>> config_;
};

/// The document of RFC 9728, section 2.
[[nodiscard]] std::string resource_metadata(const config::JwtConfig& config, std::string_view resource);
/// Those of the configuration, or those that its rules look for.
[[nodiscard]] std::vector<std::string> scopes_of(const config::JwtConfig& config);

}  // namespace penstock::server
