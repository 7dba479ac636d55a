// What is known of a statement before it runs, and whether it may.
#pragma once

#include <memory>
#include <string_view>

#include "manager/routing_table.hpp"

namespace penstock {

/// The statement with the driver's analysis, remembered by its text. `source` is enabled. Errors:
/// analyze()'s, and `read_only`.
[[nodiscard]] Result<std::shared_ptr<const KnownStatement>> analyze_statement(Source& source,
                                                                              std::string_view database,
                                                                              std::string_view sql);

/// As DataSourceManager::explain_statement().
[[nodiscard]] Result<ExplainStatement> explain_statement(const RoutingTable& routing,
                                                         std::string_view database, std::string_view sql,
                                                         const ExplainOptions& options);

}  // namespace penstock
