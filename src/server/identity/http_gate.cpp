#include "server/identity/http_gate.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/ascii_case.hpp"
#include "server/rest_answers.hpp"

namespace penstock::server {

namespace {

constexpr std::string_view kHeader = "Authorization";

/// The token of "Bearer TOKEN"; nothing when the scheme is another, or there is none.
std::optional<std::string_view> bearer_token(std::string_view value) {
  constexpr std::string_view kScheme = "Bearer";
  const std::size_t space = value.find(' ');
  if (!equal_ignoring_case(value.substr(0, space), kScheme)) return std::nullopt;
  if (space == std::string_view::npos) return std::string_view();
  std::string_view token = value.substr(space);
  token.remove_prefix(std::min(token.find_first_not_of(' '), token.size()));
  return token;
}

/// As a quoted string of a header.
std::string quoted_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c >= ' ' && c <= '~') out += c;
  }
  return out + '"';
}

Error error_of(ErrorCode code, std::string message, std::string hint) {
  return fail(code, std::move(message), std::move(hint)).error();
}

}  // namespace

bool HttpGate::is_open(std::string_view path) noexcept {
  static constexpr std::array<std::string_view, 3> kOpen{"/healthz", "/readyz", "/openapi.json"};
  return std::ranges::find(kOpen, path) != kOpen.end() || path.starts_with("/.well-known/");
}

void HttpGate::admit(std::shared_ptr<Exchange> exchange, const HttpHandler& next) const {
  if (!identities_.required() || is_open(exchange->path())) {
    exchange->set_principal(identities_.required() ? Principal::nobody() : Principal::anonymous());
    return next(std::move(exchange));
  }
  const std::string_view value = exchange->header(kHeader);
  if (exchange->header_count(kHeader) > 1)
    return refuse(
        *exchange,
        error_of(ErrorCode::invalid_argument, "the header Authorization is there twice", "Send one token."),
        "invalid_request");
  const auto token = bearer_token(value);
  if (!token)
    return refuse(
        *exchange,
        error_of(ErrorCode::unauthenticated, "this server asks who comes, and the request does not say",
                 "Send `Authorization: Bearer KEY` with a key of the operator's."),
        {});
  // `next` belongs to the server and outlives its exchanges.
  identities_.authenticate(*token, [this, exchange, &next](Result<PrincipalPtr> principal) {
    if (principal) {
      exchange->set_principal(std::move(*principal));
      return next(exchange);
    }
    if (principal.error().code == ErrorCode::unauthenticated)
      return refuse(*exchange, principal.error(), "invalid_token");
    if (principal.error().code == ErrorCode::forbidden)
      return refuse(*exchange, principal.error(), "insufficient_scope");
    if (refused_) refused_(*exchange, principal.error());
    respond_problem(*exchange, principal.error());
  });
}

// RFC 6750, section 3: without a token, the challenge carries no error.
void HttpGate::refuse(Exchange& exchange, const Error& error, std::string_view code) const {
  if (refused_) refused_(exchange, error);
  std::string challenge = R"(Bearer realm="penstock")";
  if (!code.empty())
    challenge += ", error=" + quoted_string(code) + ", error_description=" + quoted_string(error.message);
  if (const std::string more = challenge_ ? challenge_(exchange) : std::string(); !more.empty())
    challenge += ", " + more;
  respond_problem(exchange, error, std::nullopt, {{"WWW-Authenticate", std::move(challenge)}});
}

}  // namespace penstock::server
