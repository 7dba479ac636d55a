// Whether the operator's own tools can run at all.
#pragma once

#include <filesystem>
#include <span>

#include "penstock/manager.hpp"

#include "config/tools.hpp"

namespace penstock::server {

/// A tool whose statement can never run is refused before an agent meets it; one whose datasource is
/// disabled, or has no driver in this build, is offered and says so. `invalid_argument` names every such tool
/// of FOLDER/tools.yaml as file:line:column, one a line.
[[nodiscard]] Result<void> check_tools(std::span<const config::ToolConfig> tools,
                                       const std::filesystem::path& folder, const DataSourceManager& manager);

}  // namespace penstock::server
