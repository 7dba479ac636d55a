// Ends at the server what a session that was given up has left running there.
#pragma once

#include "penstock/query.hpp"

#include "datasources/mongodb/client.hpp"
#include "datasources/mongodb/options.hpp"

namespace penstock::mongodb {

/// Looks for the operations of the run by its session, and ends each by its number. By a session of its own;
/// blocks. No two sessions have one number, so what comes late harms nobody. True: done, or not to be done at
/// that server.
[[nodiscard]] bool kill_run(const Options& options, const AbandonedRun& run, Deadline deadline);

}  // namespace penstock::mongodb
