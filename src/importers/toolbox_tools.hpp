// Tools of MCP Toolbox.
#pragma once

#include "importers/toolbox_sources.hpp"

namespace penstock::importers {

/// Adds it to the plan, whose sources are there already, or notes why it cannot be.
void carry_toolbox_tool(const ToolboxItem& item, Plan& plan);

}  // namespace penstock::importers
