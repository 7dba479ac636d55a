// https://modelcontextprotocol.io/specification/2025-11-25
// Errors of a tool's input became the tool's own; streams can be polled.
#include "protocol/mcp/revision.hpp"

namespace penstock::protocol::mcp {

const RevisionRules& rules_2025_11_25() noexcept {
  static const RevisionRules rules = [] {
    RevisionRules next = rules_2025_06_18();
    next.revision = Revision::v2025_11_25;
    next.name = "2025-11-25";
    next.input_is_tool_error = true;
    next.primed_streams = true;
    return next;
  }();
  return rules;
}

}  // namespace penstock::protocol::mcp
