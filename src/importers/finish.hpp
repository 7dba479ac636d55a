// From a plan to files that Penstock reads.
#pragma once

#include "importers/import.hpp"

namespace penstock::importers {

/// Drops from the plan what our configuration or the analysis of statements would refuse, each with the
/// reason, and writes the rest.
[[nodiscard]] Imported finish(Plan plan, const DataSourceRegistry& registry);

/// What is wrong with an import that is to let agents write to such a source.
[[nodiscard]] std::string no_source_to_write(std::string_view name);

}  // namespace penstock::importers
