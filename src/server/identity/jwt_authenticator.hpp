// Bearer tokens that are JWTs.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "penstock/error.hpp"

#include "config/jwt.hpp"
#include "server/identity/authenticator.hpp"
#include "server/identity/jwks_keeper.hpp"
#include "server/identity/jwt.hpp"
#include "server/identity/principal.hpp"

namespace penstock::server {

/// Thread-safe but for replace(), which one thread at a time calls. Beyond the errors of every authenticator,
/// `forbidden`: the token is good, and stands for nobody here.
class JwtAuthenticator final : public Authenticator {
 public:
  using TimeNow = std::function<TokenTime()>;
  using MakeKeeper = std::function<std::shared_ptr<JwksKeeper>(const config::JwtConfig&)>;

  JwtAuthenticator();
  /// For tests: keys and time from elsewhere.
  JwtAuthenticator(MakeKeeper make_keeper, TimeNow now);
  ~JwtAuthenticator() override;

  /// Counts for tokens that come from now on. Begins to fetch the keys, unless they come from where they came
  /// from before. Without a configuration, it takes no token.
  void replace(const std::optional<config::JwtConfig>& config, const std::vector<PrincipalPtr>& principals);

  /// What has dots, which no key of ours has.
  [[nodiscard]] bool takes(std::string_view token) const noexcept override;
  void authenticate(std::string_view token, Answered answered) override;

 private:
  class Judge;
  /// What holds between two reloads.
  struct Rules {
    config::JwtConfig config;
    // Who waits for keys holds this one alone: the keeper must not be destroyed by its own thread.
    std::shared_ptr<Judge> judge;
    std::shared_ptr<JwksKeeper> keeper;
  };

  const MakeKeeper make_keeper_;
  const TimeNow now_;
  std::atomic<std::shared_ptr<const Rules>> rules_;
};

}  // namespace penstock::server
