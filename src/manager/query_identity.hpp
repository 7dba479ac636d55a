// Whom a query runs as.
#pragma once

#include <string_view>

#include "penstock/query.hpp"
#include "penstock/settings.hpp"

namespace penstock {

/// The engine's role for a query of these options, its settings checked; empty when the datasource has no
/// roles. The view lives as long as `config`. Errors: `forbidden`, a role or setting that is not
/// configured, or none where there must be one; `invalid_argument`.
[[nodiscard]] Result<std::string_view> query_role(const QueryOptions& options,
                                                  const DataSourceConfig& config);

}  // namespace penstock
