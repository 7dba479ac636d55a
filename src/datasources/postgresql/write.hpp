// A statement that may write, in a transaction that is committed before its rows are handed out.
#pragma once

#include <memory>

#include "datasources/postgresql/connection.hpp"

namespace penstock::postgresql {

/// Runs it to its end. Once it is known to be committed, a reader of its RETURNING rows.
/// Errors: the server's; those of a connection that broke or was stopped before COMMIT was sent, and then
/// nothing was changed; `outcome_unknown` after that.
[[nodiscard]] Result<std::unique_ptr<BatchReader>> run_write(PostgresConnection& connection,
                                                             const Execution& execution,
                                                             const TextParameters& parameters);

}  // namespace penstock::postgresql
