// https://modelcontextprotocol.io/specification/2025-03-26
// Brought Streamable HTTP, annotations of tools, batches (which the next revision took away again).
#include "protocol/mcp/revision.hpp"

namespace penstock::protocol::mcp {

const RevisionRules& rules_2025_03_26() noexcept {
  static constexpr RevisionRules rules{
      .revision = Revision::v2025_03_26,
      .name = "2025-03-26",
      .batches = true,
      .completions = true,
      .tool_annotations = true,
      .progress_message = true,
  };
  return rules;
}

}  // namespace penstock::protocol::mcp
