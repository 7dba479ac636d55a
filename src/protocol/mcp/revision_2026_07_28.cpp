// https://modelcontextprotocol.io/specification/2026-07-28
// Without state: every request says who asks and in which revision.
#include "protocol/mcp/revision.hpp"

namespace penstock::protocol::mcp {

const RevisionRules& rules_2026_07_28() noexcept {
  static const RevisionRules rules = [] {
    RevisionRules next = rules_2025_11_25();
    next.revision = Revision::v2026_07_28;
    next.name = "2026-07-28";
    next.stateless = true;
    next.primed_streams = false;
    next.resource_not_found = -32602;
    return next;
  }();
  return rules;
}

}  // namespace penstock::protocol::mcp
