// From a plan to files that Penstock reads.
#pragma once

#include "config/problems.hpp"
#include "importers/import.hpp"

namespace penstock::importers {

/// Drops from the plan what our configuration or the analysis of statements would refuse, each with the
/// reason, and writes the rest.
[[nodiscard]] Imported finish(Plan plan, const DataSourceRegistry& registry);

/// What comes of an import instead when there are mistakes.
[[nodiscard]] Outcome refuse(config::FileProblems problems);

}  // namespace penstock::importers
