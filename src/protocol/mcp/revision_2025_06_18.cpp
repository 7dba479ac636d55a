// https://modelcontextprotocol.io/specification/2025-06-18
// Brought structured results, titles, elicitation and the header MCP-Protocol-Version.
#include "protocol/mcp/revision.hpp"

namespace penstock::protocol::mcp {

const RevisionRules& rules_2025_06_18() noexcept {
  static const RevisionRules rules = [] {
    RevisionRules next = rules_2025_03_26();
    next.revision = Revision::v2025_06_18;
    next.name = "2025-06-18";
    next.batches = false;
    next.titles = true;
    next.structured_content = true;
    return next;
  }();
  return rules;
}

}  // namespace penstock::protocol::mcp
