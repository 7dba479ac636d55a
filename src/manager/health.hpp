// What is asked of datasources besides queries: their description, their health, their schemas.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "manager/routing_table.hpp"

namespace penstock {

/// Configuration, state and pools, as known without asking the datasource.
[[nodiscard]] DataSourceInfo describe(const Source& source, const Grant* grant);

/// Asks every node of every enabled datasource, or of those named, each on a thread of its own that lives no
/// longer than the call.
[[nodiscard]] std::vector<HealthReport> check_health(const RoutingTable& routing,
                                                     std::chrono::milliseconds timeout,
                                                     std::span<const std::string> datasources);

/// Errors: `not_found`, and any of a connection.
[[nodiscard]] Result<DatabaseSchema> introspect(const RoutingTable& routing, std::string_view database,
                                                std::string_view table, const QueryOptions& options);

}  // namespace penstock
