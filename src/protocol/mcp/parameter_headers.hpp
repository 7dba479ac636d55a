// Headers of HTTP that repeat what the body says (2026-07-28, "Request Metadata").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "penstock/error.hpp"

#include "protocol/mcp/outlet.hpp"

namespace penstock::protocol::mcp {

/// A parameter whose value the client repeats in a header `Mcp-Param-NAME` (`x-mcp-header`).
struct MirroredParameter {
  std::vector<std::string> path;  ///< of property names, from the arguments down
  std::string header;             ///< the whole name
};

/// The properties of an input schema that have an `x-mcp-header`. Errors: `invalid_argument`: a bad name, one
/// that comes twice, a property that cannot be mirrored, or one below an array, a choice or a reference.
[[nodiscard]] Result<std::vector<MirroredParameter>> mirrored_parameters(const boost::json::object& schema);

/// What a header says: `=?base64?...?=` decoded, anything else as it is. Nothing when it says nothing valid.
[[nodiscard]] std::optional<std::string> decode_header_value(std::string_view value);

/// How the headers contradict the message; nothing when they do not. `name` is what Mcp-Name repeats, and
/// null of a method that has none.
[[nodiscard]] std::optional<std::string> header_mismatch(const RequestHeaders& headers,
                                                         std::string_view method,
                                                         const std::string_view* name);
/// The same for the arguments of a tool.
[[nodiscard]] std::optional<std::string> argument_header_mismatch(
    const RequestHeaders& headers, const std::vector<MirroredParameter>& mirrored,
    const boost::json::object& arguments);

}  // namespace penstock::protocol::mcp
