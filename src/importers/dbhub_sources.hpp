// Sources of DBHub.
#pragma once

#include <string_view>

#include "penstock/data_source.hpp"

#include "config/yaml.hpp"
#include "importers/plan.hpp"

namespace penstock::importers {

/// One table of `[[sources]]`. Adds it to the plan, or notes why it cannot be.
void carry_dbhub_source(const config::Node& node, const DataSourceRegistry& registry, Plan& plan);

/// The same of a connection string alone.
void carry_dsn(std::string_view dsn, std::string_view name, const DataSourceRegistry& registry, Plan& plan);

}  // namespace penstock::importers
