// What is known of a statement before it runs, and whether it may.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "manager/routing_table.hpp"

namespace penstock {

/// The statement with the driver's analysis, remembered by its key. `source` is enabled. Errors: analyze()'s,
/// `read_only`, and `forbidden` for one that would tell of what is not granted.
[[nodiscard]] Result<std::shared_ptr<const KnownStatement>> analyze_statement(Source& source,
                                                                              const StatementKey& key,
                                                                              const Grant* grant);

/// What a text is run as.
struct RunnableStatement {
  std::shared_ptr<const KnownStatement> statement;
  std::optional<ParameterizedStatement>
      parameterized;  ///< `statement` is this, and it runs in the text's place
};

/// What a text without parameters is run as: itself, or a read with parameters for its literals. `source` is
/// enabled. Errors: analyze_statement()'s, of the text as it was written.
[[nodiscard]] Result<RunnableStatement> runnable_statement(Source& source, const StatementKey& key,
                                                           const Grant* grant);

/// The same for what was seen before; null for what was not. Analyses nothing.
[[nodiscard]] std::shared_ptr<const KnownStatement> known_statement(Source& source, const StatementKey& key,
                                                                    const Grant* grant);

/// As DataSourceManager::explain_statement().
[[nodiscard]] Result<ExplainStatement> explain_statement(const RoutingTable& routing,
                                                         std::string_view database, std::string_view sql,
                                                         const ExplainOptions& options, const Grant* grant);

}  // namespace penstock
