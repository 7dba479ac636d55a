// Sources of MCP Toolbox.
#pragma once

#include <string>

#include "penstock/data_source.hpp"

#include "config/yaml.hpp"
#include "importers/plan.hpp"

namespace penstock::importers {

/// A source or tool of its file, in either form.
struct ToolboxItem {
  std::string name;
  std::string type;
  config::Place place;
  const config::Node* node = nullptr;  ///< a map
};

/// Adds it to the plan, or notes why it cannot be.
void carry_toolbox_source(const ToolboxItem& item, const DataSourceRegistry& registry, Plan& plan);

}  // namespace penstock::importers
