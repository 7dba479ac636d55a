// Until when what is asked of a datasource must be done.
#pragma once

#include "penstock/query.hpp"
#include "penstock/settings.hpp"

namespace penstock {

/// The earlier of the datasource's `statement_timeout` and the caller's own timeout, both from `from` on.
/// `invalid_argument` when the caller's is not longer than zero.
[[nodiscard]] Result<Deadline> query_deadline(const QueryOptions& options, const DataSourceConfig& config,
                                              Deadline::Clock::time_point from);

/// The same for the wait for a connection, which `acquire_timeout` bounds too.
[[nodiscard]] Deadline acquire_deadline(Deadline deadline, const DataSourceConfig& config,
                                        Deadline::Clock::time_point from) noexcept;

}  // namespace penstock
