// A query's answer for a model: compact text, and the same as structured content.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/query.hpp"

#include "protocol/mcp/call.hpp"

namespace penstock::server {

class QueryProgress;

/// What bounded a result.
struct McpBounds {
  std::int64_t max_rows = 0;
  std::int64_t max_bytes = 0;
  std::int64_t most_rows = 0;  ///< what max_rows may be raised to; 0: it cannot be asked for
};

/// Text from a database between two marks that it cannot contain, and what it is before them.
[[nodiscard]] std::string marked_data(std::string_view heading, std::string_view data);

/// Pulls the rest of a stream, telling `progress`, which may be null, and answers the call with it. Blocks;
/// the result is bounded by the query's options.
void reply_with_rows(protocol::mcp::ToolCall& call, ResultStream& stream, std::string_view database,
                     const McpBounds& bounds, QueryProgress* progress);

/// The schema of what reply_with_rows() answers with.
extern const std::string_view kRowsSchema;

}  // namespace penstock::server
