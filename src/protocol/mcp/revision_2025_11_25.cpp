// https://modelcontextprotocol.io/specification/2025-11-25
// Errors of a tool's input became the tool's own; streams can be polled.
#include "protocol/mcp/revision.hpp"

namespace penstock::protocol::mcp {

const RevisionRules& rules_2025_11_25() noexcept {
  static constexpr RevisionRules rules{
      .revision = Revision::v2025_11_25,
      .name = "2025-11-25",
      .completions = true,
      .tool_annotations = true,
      .progress_message = true,
      .titles = true,
      .structured_content = true,
      .input_is_tool_error = true,
      .primed_streams = true,
  };
  return rules;
}

}  // namespace penstock::protocol::mcp
