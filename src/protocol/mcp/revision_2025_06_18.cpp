// https://modelcontextprotocol.io/specification/2025-06-18
// Brought structured results, titles, elicitation and the header MCP-Protocol-Version.
#include "protocol/mcp/revision.hpp"

namespace penstock::protocol::mcp {

const RevisionRules& rules_2025_06_18() noexcept {
  static constexpr RevisionRules rules{
      .revision = Revision::v2025_06_18,
      .name = "2025-06-18",
      .completions = true,
      .tool_annotations = true,
      .progress_message = true,
      .titles = true,
      .structured_content = true,
  };
  return rules;
}

}  // namespace penstock::protocol::mcp
