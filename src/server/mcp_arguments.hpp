// Values in JSON as parameters of a statement.
#pragma once

#include <boost/json.hpp>

#include "penstock/query.hpp"

#include "config/tools.hpp"

namespace penstock::server {

/// An array is parameters by position, an object by name; null: none. In it a number, a text, a boolean and
/// null are what they look like, {"type": "date", "value": "2025-03-31"} is a value of that type, an array a
/// list, and any other object is JSON. Errors: `invalid_argument`, for numbers too that would lose digits.
[[nodiscard]] Result<Params> read_params(const boost::json::value* params);

/// The parameters of a tool of the operator's, from the arguments of a call and the tool's defaults. Errors:
/// `invalid_argument`, naming the parameter.
[[nodiscard]] Result<Params> read_tool_params(const config::ToolConfig& tool,
                                              const boost::json::object& arguments);

/// The input schema of such a tool.
[[nodiscard]] std::string tool_input_schema(const config::ToolConfig& tool);

}  // namespace penstock::server
