// Ends what a session's server runs: PQcancel() of libpq 15 blocks for as long as the network lets it, and
// must hold no caller.
#pragma once

#include "datasources/canceller.hpp"
#include "datasources/postgresql/libpq.hpp"

namespace penstock::postgresql {

/// Asks the server, on a thread of the canceller's, to stop what runs on `connection`, again and again until
/// it has or the canceller's patience is over, and closes it then: nobody uses it again, so a cancel that
/// comes late harms nobody.
void cancel_and_close(Canceller& canceller, ConnectionHandle connection);

}  // namespace penstock::postgresql
