#include "core/execution.hpp"

#include <algorithm>

namespace penstock {

bool same_identity(const Execution& a, const Execution& b) noexcept {
  return a.role == b.role && std::ranges::equal(a.settings, b.settings);
}

Execution with_statement(const Execution& execution, std::string_view sql, const Params& params,
                         const Analysis& analysis) {
  return {.sql = sql,
          .database = execution.database,
          .params = params,
          .analysis = analysis,
          .also_named = execution.also_named,
          .access = execution.access,
          .deadline = execution.deadline,
          .stop = execution.stop,
          .max_value_bytes = execution.max_value_bytes,
          .trace_parent = execution.trace_parent,
          .role = execution.role,
          .settings = execution.settings,
          .row_limit = execution.row_limit};
}

}  // namespace penstock
