// Who asks over HTTP: the Authorization header to a principal, or 401.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/exchange.hpp"
#include "server/identity/identities.hpp"

namespace penstock::server {

/// Stands before the front ends. Thread-safe; nothing blocks.
class HttpGate {
 public:
  /// `identities` must outlive the exchanges that it is given.
  explicit HttpGate(const Identities& identities) : identities_(identities) {}

  /// Further parameters of a challenge to an exchange, such as `resource_metadata="https://..."` (RFC 9728).
  /// Before the first exchange.
  void set_challenge(std::function<std::string(const Exchange&)> parameters) {
    challenge_ = std::move(parameters);
  }

  /// Told of each request that is turned away, for the audit log. Must not block. Before the first exchange.
  using Refused = std::function<void(const Exchange&, const Error&)>;
  void on_refused(Refused told) { refused_ = std::move(told); }

  /// Hands the exchange on with its principal, at once or later; or answers 401, 403 where a good token
  /// stands for nobody, and 400 where two readers
  /// could see different tokens. Paths that are open to everybody are handed on with Principal::nobody().
  void admit(std::shared_ptr<Exchange> exchange, const HttpHandler& next) const;

  /// The signs of life, the description of the API, and what tells a client how to get a token.
  [[nodiscard]] static bool is_open(std::string_view path) noexcept;

 private:
  void refuse(Exchange& exchange, const Error& error, std::string_view code) const;

  const Identities& identities_;
  std::function<std::string(const Exchange&)> challenge_;
  Refused refused_;
};

}  // namespace penstock::server
