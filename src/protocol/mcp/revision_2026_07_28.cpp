// https://modelcontextprotocol.io/specification/2026-07-28
// Without state: every request says who asks and in which revision.
#include "protocol/mcp/revision.hpp"

namespace penstock::protocol::mcp {

const RevisionRules& rules_2026_07_28() noexcept {
  static constexpr RevisionRules rules{
      .revision = Revision::v2026_07_28,
      .name = "2026-07-28",
      .stateless = true,
      .completions = true,
      .tool_annotations = true,
      .progress_message = true,
      .titles = true,
      .structured_content = true,
      .input_is_tool_error = true,
      .resource_not_found = -32602,
  };
  return rules;
}

}  // namespace penstock::protocol::mcp
