// Queries of one logical database that run on one connection at a time.
#pragma once

#include <span>
#include <vector>

#include "manager/query_run.hpp"

namespace penstock {

enum class SharedEnd : std::uint8_t {
  answered,  ///< the run has its rows, or the error that is returned
  by_itself  ///< it must be opened by itself
};

struct SharedResult {
  SharedEnd end = SharedEnd::by_itself;
  std::optional<Error> error;
};

/// Prepares the runs and executes together those that can be. A result for each, in their order. Those that
/// end `by_itself` hold nothing and are of no further use.
[[nodiscard]] std::vector<SharedResult> run_together(std::span<QueryRun* const> runs,
                                                     std::span<const std::string_view> databases,
                                                     const RoutingTable& routing);

}  // namespace penstock
