#include "server/identity/protected_resource.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "protocol/json_text.hpp"
#include "server/http_access.hpp"
#include "server/rest_answers.hpp"

namespace penstock::server {

namespace {

constexpr std::string_view kMcpPath = "/mcp";

/// "https://data.example.com/penstock" as "https://data.example.com" and "/penstock".
struct PublicUrl {
  std::string_view origin;
  std::string_view path;

  explicit PublicUrl(std::string_view url) {
    const std::size_t host = url.find("://");
    const std::size_t slash = host == std::string_view::npos ? host : url.find('/', host + 3);
    origin = url.substr(0, slash);
    path = url.substr(origin.size());
  }
};

void append_list(std::string& json, std::string_view name, const std::vector<std::string>& texts) {
  json += fmt::format(R"(,"{}":[)", name);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i != 0) json += ',';
    protocol::append_json_string(json, texts[i]);
  }
  json += ']';
}

}  // namespace

std::vector<std::string> scopes_of(const config::JwtConfig& config) {
  if (!config.scopes.empty()) return config.scopes;
  std::vector<std::string> scopes;
  for (const config::ClaimRule& rule : config.principals) {
    const bool is_scope = rule.claim == config::ClaimPath{"scope"} || rule.claim == config::ClaimPath{"scp"};
    // What could not stand in a header is no scope (RFC 6749, 3.3).
    const auto fits = [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; };
    if (is_scope && !rule.has.empty() && std::ranges::all_of(rule.has, fits) &&
        std::ranges::find(scopes, rule.has) == scopes.end())
      scopes.push_back(rule.has);
  }
  return scopes;
}

std::string resource_metadata(const config::JwtConfig& config, std::string_view resource) {
  std::string json = R"({"resource":)";
  protocol::append_json_string(json, resource);
  append_list(
      json, "authorization_servers",
      config.authorization_servers.empty() ? std::vector{config.issuer} : config.authorization_servers);
  if (const auto scopes = scopes_of(config); !scopes.empty()) append_list(json, "scopes_supported", scopes);
  return json + R"(,"bearer_methods_supported":["header"],"resource_name":"Penstock"})";
}

void ProtectedResource::replace(const std::optional<config::JwtConfig>& config) {
  config_.store(config ? std::make_shared<const config::JwtConfig>(*config) : nullptr);
}

// As the client addresses it: `Host` has been held against the configured names by now.
std::string ProtectedResource::base_url(const config::JwtConfig& config, const Exchange& exchange) const {
  if (!config.public_url.empty()) return config.public_url;
  const std::string_view host = exchange.header("Host");
  if (!parse_host_and_port(host)) return {};
  return fmt::format("{}://{}", is_https_ ? "https" : "http", host);
}

void ProtectedResource::answer(Exchange& exchange) const {
  const auto config = config_.load();
  const std::string_view path = exchange.path();
  std::string_view resource = path.substr(std::min(path.size(), kPath.size()));
  const std::string base = config == nullptr ? std::string() : base_url(*config, exchange);
  // A proxy may pass the path that the public URL has, or take it away.
  if (const std::string_view prefix = PublicUrl(base).path; resource.starts_with(prefix))
    resource.remove_prefix(prefix.size());
  if (base.empty() || !path.starts_with(kPath) || !(resource.empty() || resource == kMcpPath))
    return respond_problem(exchange, fail(ErrorCode::not_found, "there is nothing at this path").error());
  if (exchange.method() != "GET" && exchange.method() != "HEAD") {
    return exchange.respond(
        {.status = 405, .content_type = {}, .headers = {{"Allow", "GET, HEAD"}}, .body = {}});
  }
  exchange.respond({.content_type = "application/json",
                    .headers = {{"Cache-Control", "max-age=300"}},
                    .body = resource_metadata(*config, base + std::string(resource))});
}

std::string ProtectedResource::challenge(const Exchange& exchange) const {
  const auto config = config_.load();
  const std::string base = config == nullptr ? std::string() : base_url(*config, exchange);
  if (base.empty()) return {};
  // The well-known part goes before the path of the resource (RFC 9728, 3.1).
  const PublicUrl url(base);
  std::string parameters = fmt::format(R"(resource_metadata="{}{}{}{}")", url.origin, kPath, url.path,
                                       exchange.path() == kMcpPath ? kMcpPath : "");
  if (const auto scopes = scopes_of(*config); !scopes.empty())
    parameters += fmt::format(R"(, scope="{}")", fmt::join(scopes, " "));
  return parameters;
}

}  // namespace penstock::server
