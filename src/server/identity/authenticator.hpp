// From a bearer token to who asks.
#pragma once

#include <functional>
#include <string_view>

#include "penstock/error.hpp"

#include "server/identity/principal.hpp"

namespace penstock::server {

/// One kind of token: API keys, JWTs. Thread-safe. Called on an event loop, so it must not block: what it has
/// to wait for (a key set that is to be fetched) it waits for elsewhere.
class Authenticator {
 public:
  /// Called exactly once, at once or later, on any thread. Errors: `unauthenticated`: the token is not good,
  /// with why in the message, which the client is shown and which must not repeat the token; `forbidden`:
  /// it is good, and stands for nobody here; `unavailable`: it cannot be told now.
  using Answered = std::move_only_function<void(Result<PrincipalPtr>)>;

  Authenticator() = default;
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;
  virtual ~Authenticator() = default;

  /// Whether a token is of its kind, by its looks. The first authenticator that says so decides.
  [[nodiscard]] virtual bool takes(std::string_view token) const noexcept = 0;
  /// `token` has the characters of a bearer token (RFC 6750, "b64token"), and 16 KiB at most; it lives for
  /// the call.
  virtual void authenticate(std::string_view token, Answered answered) = 0;
};

}  // namespace penstock::server
