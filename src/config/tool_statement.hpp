// Whether the statement of a tool has the parameters that the tool has.
#pragma once

#include "config/tool_parameters.hpp"
#include "config/value_reader.hpp"

namespace penstock::config {

/// Sets the tool's binding by its statement, and reports what does not fit its parameters.
void check_placeholders(const Text& statement, const ParameterPlaces& places, ParameterMarks marks,
                        ToolConfig& tool, ValueReader& reader);

}  // namespace penstock::config
