// `jwt:` of server.yaml: whose tokens are taken, and whom they stand for.
#pragma once

#include <chrono>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::config {

class ValueReader;
struct Entry;

/// Names from the top of a token's claims down, such as {"realm_access", "roles"}.
using ClaimPath = std::vector<std::string>;

/// A token whose claim has the value stands for the name. A claim that is a text is the value, one that is a
/// list has it among its texts, and the text of `scope` and `scp` is a list separated by spaces.
struct ClaimRule {
  ClaimPath claim;
  std::string has;
  std::string name;  ///< of a principal or of a role
  friend bool operator==(const ClaimRule&, const ClaimRule&) = default;
};

struct ClaimSetting {
  std::string name;  ///< such as app.user_id
  ClaimPath claim;
  friend bool operator==(const ClaimSetting&, const ClaimSetting&) = default;
};

struct JwtConfig {
  std::string issuer;                  ///< `iss`, exactly
  std::vector<std::string> audiences;  ///< one of them must be in `aud`
  std::filesystem::path jwks_file;     ///< this or the URL
  std::string jwks_url;
  std::filesystem::path jwks_ca_file;  ///< in PEM; empty: the system's authorities
  std::vector<std::string> algorithms{"RS256", "PS256", "ES256", "EdDSA"};
  std::chrono::milliseconds leeway{30'000};
  std::chrono::milliseconds fetch_timeout{5'000};
  std::chrono::milliseconds refresh_interval{600'000};
  std::chrono::milliseconds refetch_interval{10'000};
  std::chrono::milliseconds keep_keys{3'600'000};

  std::vector<ClaimRule> principals;  ///< the first that fits decides
  std::string default_principal;      ///< of a token that none fits; empty: it is refused
  std::vector<ClaimRule> roles;       ///< likewise; beside the principal's own
  ClaimPath role_claim;               ///< whose text is a role; empty: none is
  std::vector<ClaimSetting> settings;

  std::string public_url;  ///< of this server, for its clients; empty: as they address it
  std::vector<std::string> authorization_servers;  ///< where clients get tokens; empty: the issuer
  std::vector<std::string> scopes;                 ///< that clients are told to ask for

  friend bool operator==(const JwtConfig&, const JwtConfig&) = default;
};

/// What `algorithms` may list: JWA's, but `none` and those with a shared secret.
[[nodiscard]] std::span<const std::string> jwt_algorithms();

/// Reads and checks the map `entry`. `principals`: the names there are. Whatever is wrong is reported to the
/// reader's problems.
[[nodiscard]] JwtConfig read_jwt(const Entry& entry, std::span<const std::string> principals,
                                 ValueReader& reader);

}  // namespace penstock::config
