// Everybody who may ask, as the configuration in force has it.
#pragma once

#include <atomic>
#include <memory>
#include <string_view>
#include <vector>

#include "config/principals.hpp"
#include "server/identity/api_keys.hpp"
#include "server/identity/authenticator.hpp"

namespace penstock::server {

/// The principal of an entry of principals.yaml.
[[nodiscard]] PrincipalPtr make_principal(const config::PrincipalConfig& config);

/// Thread-safe but for add().
class Identities {
 public:
  explicit Identities(const config::IdentityConfig& config);
  Identities(const Identities&) = delete;
  Identities& operator=(const Identities&) = delete;
  ~Identities() = default;

  /// Further kinds of tokens. Before anybody is asked for one.
  void add(std::shared_ptr<Authenticator> authenticator);
  /// For a reload: counts for requests that come from now on. Once identities are required they stay so: a
  /// file that is missing for a moment must not open the door. `invalid_argument` then, and nothing changes.
  [[nodiscard]] Result<void> may_replace(const config::IdentityConfig& config) const;
  /// True when somebody may do something else now. One thread at a time.
  bool replace(const config::IdentityConfig& config);

  /// Whether nobody is anonymous.
  [[nodiscard]] bool required() const noexcept { return required_.load(); }
  /// The principal of a name, exactly; null when there is none.
  [[nodiscard]] PrincipalPtr find(std::string_view name) const;
  /// Whose token it is. As Authenticator::authenticate(), but takes any bytes.
  void authenticate(std::string_view token, Authenticator::Answered answered) const;

 private:
  std::atomic<bool> required_;
  std::vector<config::PrincipalConfig> configured_;
  std::atomic<std::shared_ptr<const ApiKeys::Principals>> principals_;
  std::shared_ptr<ApiKeys> keys_ = std::make_shared<ApiKeys>();
  std::vector<std::shared_ptr<Authenticator>> authenticators_{keys_};
};

}  // namespace penstock::server
