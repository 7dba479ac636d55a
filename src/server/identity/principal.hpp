// Who asks: what it may reach and how much of it. docs/identities.md is for who writes it down.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/grant.hpp"
#include "penstock/query.hpp"

#include "protocol/mcp/caller.hpp"

namespace penstock::protocol::mcp {
class Call;
}

namespace penstock::server {

class Exchange;

/// Each only tightens what holds for everybody; nothing set: that alone holds.
struct PrincipalLimits {
  std::optional<std::int64_t> max_rows;
  std::optional<std::int64_t> max_bytes;
  std::optional<std::chrono::milliseconds> timeout;
  std::optional<std::int64_t> max_concurrent;  ///< queries at a time
  std::optional<std::int64_t> requests_per_minute;
  std::int64_t queue_share = 1;  ///< its weight where principals wait for the same datasource; 1 to 100
  friend bool operator==(const PrincipalLimits&, const PrincipalLimits&) = default;
};

/// Immutable once made, and shared: `std::shared_ptr<const Principal>`, never null where one is handed on.
struct Principal final : protocol::mcp::Caller {
  /// As configured; empty: anonymous.
  std::string name;
  /// Whom of those who share the name, as a token's issuer knows him (`sub`); empty for keys.
  std::string subject;
  Grant grant;
  /// Of MCP, by name; REST's endpoints are granted by those that do the same, see RestApi.
  NameSet tools = NameSet::all();
  bool metrics = true;  ///< may read /metrics
  PrincipalLimits limits;
  /// A name of the datasources' `roles:`; empty: the datasource's own.
  std::string role;
  /// To be set for the transaction of each query, such as app.user_id.
  std::vector<std::pair<std::string, std::string>> settings;
  /// What its token says beyond that, as text.
  std::map<std::string, std::string, std::less<>> claims;

  /// May do all there is to do: whoever asks while no identities are configured.
  [[nodiscard]] static const std::shared_ptr<const Principal>& anonymous();
  /// May know of nothing: whoever asks for what is open to everybody while identities are required.
  [[nodiscard]] static const std::shared_ptr<const Principal>& nobody();

  [[nodiscard]] bool may_use(std::string_view tool) const noexcept { return tools.contains(tool); }
  [[nodiscard]] bool may_reach(std::string_view database) const noexcept {
    return grant.databases.contains(database);
  }
  /// Whether both are the same one to the outside, whatever they may.
  [[nodiscard]] bool is_same_as(const Principal& other) const noexcept {
    return name == other.name && subject == other.subject;
  }
  /// Whether their queries may run in one transaction.
  [[nodiscard]] bool may_share_with(const Principal& other) const noexcept {
    return role == other.role && settings == other.settings;
  }

  [[nodiscard]] bool sees(const protocol::mcp::Tool& tool) const noexcept override;
  [[nodiscard]] bool sees(const protocol::mcp::Resource& resource) const noexcept override;
  [[nodiscard]] bool sees(const protocol::mcp::ResourceTemplate& pattern) const noexcept override;
  [[nodiscard]] bool sees(const protocol::mcp::Prompt& prompt) const noexcept override;
};
using PrincipalPtr = std::shared_ptr<const Principal>;

/// Puts the principal's grant into a query's options, and tightens them to its limits.
void restrict_to(const PrincipalPtr& principal, QueryOptions& options);
/// For those who ask the manager: keeps the principal alive.
[[nodiscard]] std::shared_ptr<const Grant> grant_of(const PrincipalPtr& principal);
/// Who asks over HTTP; anonymous where no gate stands before the front end.
[[nodiscard]] PrincipalPtr principal_of(const Exchange& exchange);
/// Who makes a call of MCP.
[[nodiscard]] PrincipalPtr principal_of(const protocol::mcp::Call& call);

}  // namespace penstock::server
