// https://modelcontextprotocol.io/specification/2024-11-05
// The first revision.
#include "protocol/mcp/revision.hpp"

namespace penstock::protocol::mcp {

const RevisionRules& rules_2024_11_05() noexcept {
  static constexpr RevisionRules rules{
      .revision = Revision::v2024_11_05,
      .name = "2024-11-05",
  };
  return rules;
}

}  // namespace penstock::protocol::mcp
