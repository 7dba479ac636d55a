// Running a statement that writes, as a transaction of its own.
#pragma once

#include <optional>
#include <vector>

#include "penstock/data_source.hpp"

#include "datasources/sqlite/session.hpp"

namespace penstock::sqlite {

/// What a write did, complete and committed.
struct WriteOutcome {
  SchemaPtr schema;
  std::vector<RecordBatch> batches;  ///< of RETURNING
  std::optional<std::int64_t> affected_rows;
};

/// Within a run of `control`: runs the statement to its end and commits, or changes nothing: an error, a
/// cancel or the deadline rolls everything back. RETURNING rows are kept until they are read, as SQLite does
/// itself.
[[nodiscard]] Result<WriteOutcome> run_write(Session& session, RunControl& control,
                                             const Execution& execution);

}  // namespace penstock::sqlite
