// Failures as a model can learn from them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "penstock/catalog.hpp"
#include "penstock/error.hpp"

#include "protocol/mcp/call.hpp"
#include "server/mcp_context.hpp"

namespace penstock::server {

/// What happened and what to do, without what the server said.
[[nodiscard]] std::string error_text(const Error& error);

/// What there is instead of the table or column that a statement asked for and that does not exist: the
/// nearest name, the tables, the columns of the tables that the statement names. Empty when nothing helps.
[[nodiscard]] std::string what_there_is(const Error& error, const DatabaseSchema& schema,
                                        std::string_view sql);

/// Answers with a query's failure; one about a missing name looks up what there is.
void reply_with_error(const McpContextPtr& context, const std::shared_ptr<protocol::mcp::ToolCall>& call,
                      Error error, std::string_view database, std::string_view sql);

}  // namespace penstock::server
