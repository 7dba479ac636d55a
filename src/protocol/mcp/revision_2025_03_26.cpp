// https://modelcontextprotocol.io/specification/2025-03-26
// Brought Streamable HTTP, annotations of tools, batches (which the next revision took away again).
#include "protocol/mcp/revision.hpp"

namespace penstock::protocol::mcp {

const RevisionRules& rules_2025_03_26() noexcept {
  static const RevisionRules rules = [] {
    RevisionRules next = rules_2024_11_05();
    next.revision = Revision::v2025_03_26;
    next.name = "2025-03-26";
    next.batches = true;
    next.completions = true;
    next.tool_annotations = true;
    next.progress_message = true;
    return next;
  }();
  return rules;
}

}  // namespace penstock::protocol::mcp
