#include "server/identity/principal.hpp"

#include <algorithm>

#include "protocol/mcp/catalog.hpp"
#include "server/exchange.hpp"

namespace penstock::server {
namespace mcp = protocol::mcp;

namespace {

template <typename T>
void tighten(std::optional<T>& asked, const std::optional<T>& allowed) {
  if (allowed) asked = std::min(asked.value_or(*allowed), *allowed);
}

}  // namespace

const PrincipalPtr& Principal::anonymous() {
  static const PrincipalPtr anonymous = std::make_shared<const Principal>();
  return anonymous;
}

const PrincipalPtr& Principal::nobody() {
  static const PrincipalPtr nobody = [] {
    auto principal = std::make_shared<Principal>();
    principal->name = "nobody";
    principal->grant = {.databases = NameSet(), .access = Access::read_only};
    principal->tools = NameSet();
    principal->metrics = false;
    return principal;
  }();
  return nobody;
}

bool Principal::sees(const mcp::Tool& tool) const noexcept {
  return may_use(tool.name) && (tool.database.empty() || may_reach(tool.database));
}

// A resource shows what search_schema shows.
bool Principal::sees(const mcp::Resource& resource) const noexcept {
  return may_use("search_schema") && (resource.database.empty() || may_reach(resource.database));
}

bool Principal::sees(const mcp::ResourceTemplate& /*pattern*/) const noexcept {
  return may_use("search_schema");
}

bool Principal::sees(const mcp::Prompt& prompt) const noexcept {
  return std::ranges::all_of(prompt.tools, [this](const std::string& tool) { return may_use(tool); });
}

std::shared_ptr<const Grant> grant_of(const PrincipalPtr& principal) {
  return {principal, &principal->grant};
}

void restrict_to(const PrincipalPtr& principal, QueryOptions& options) {
  options.grant = grant_of(principal);
  tighten(options.timeout, principal->limits.timeout);
  tighten(options.max_rows, principal->limits.max_rows);
  tighten(options.max_bytes, principal->limits.max_bytes);
}

PrincipalPtr principal_of(const Exchange& exchange) {
  return exchange.principal() == nullptr ? Principal::anonymous() : exchange.principal();
}

PrincipalPtr principal_of(const mcp::Call& call) {
  if (call.caller() == nullptr) return Principal::anonymous();
  // Front ends of this server hand in nothing else.
  return std::static_pointer_cast<const Principal>(call.caller());
}

}  // namespace penstock::server
