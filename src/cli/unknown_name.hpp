// Whether a name on the command line is one of the configuration's.
#pragma once

#include <string_view>

#include "penstock/manager.hpp"

namespace penstock::cli {

/// Whether the configuration has no logical database of this name: a mistake on the command line, not a
/// failed query.
[[nodiscard]] bool is_unknown_database(const DataSourceManager& manager, std::string_view database);

}  // namespace penstock::cli
