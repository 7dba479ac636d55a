// From a plan to files that Penstock reads.
#pragma once

#include "importers/import.hpp"

namespace penstock::importers {

/// Drops from the plan what our configuration or the analysis of statements would refuse, each with the
/// reason, and writes the rest.
[[nodiscard]] Imported finish(Plan plan, const DataSourceRegistry& registry);

}  // namespace penstock::importers
