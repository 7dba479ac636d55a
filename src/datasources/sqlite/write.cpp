#include "datasources/sqlite/write.hpp"

#include <utility>

#include "datasources/sqlite/cursor.hpp"
#include "datasources/sqlite/own_statement.hpp"

namespace penstock::sqlite {

namespace {

constexpr std::int64_t kMostReturningBytes = 256LL << 20;

// Rolls back, unless it was committed.
class Transaction {
 public:
  Transaction(Session& session, RunControl& control) noexcept : session_(&session), control_(&control) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (sqlite3_get_autocommit(session_->handle()) != 0) return;
    const RunControl::Shield shield(*control_);  // a cancel must not stop what it has caused
    // SQLite rolls back when the handle closes, should this fail.
    static_cast<void>(session_->run_own("ROLLBACK"));
  }

  [[nodiscard]] Result<void> begin() { return session_->run_own("BEGIN IMMEDIATE"); }
  [[nodiscard]] Result<void> commit() { return session_->run_own("COMMIT"); }

 private:
  Session* session_;
  RunControl* control_;
};

bool changes_rows(StatementKind kind) noexcept {
  return kind == StatementKind::insert || kind == StatementKind::update || kind == StatementKind::remove ||
         kind == StatementKind::merge;
}

// With the write lock held nobody else changes a schema, so the names mean what they are checked to mean.
Result<PreparedStatement*> prepare_under_lock(Session& session, std::string_view sql) {
  auto statement = session.prepare(sql);
  if (!statement) return statement;
  auto guarded = session.still_guarded(**statement);
  if (!guarded) return pass_error(guarded);
  if (*guarded) return statement;
  session.forget(**statement);
  return session.prepare(sql);
}

Result<void> collect(Session& session, Cursor& cursor, const Execution& execution, WriteOutcome& outcome) {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  while (cursor.state() == Cursor::State::row && rows < execution.row_limit.value_or(rows + 1)) {
    auto batch = cursor.read_batch();
    if (!batch) return pass_error(batch);
    rows += batch->num_rows();
    bytes += batch->byte_size();
    if (bytes > kMostReturningBytes) {
      return fail(ErrorCode::limit_exceeded,
                  "the write returns more than 256 MiB of rows, and was undone: leave RETURNING away, or "
                  "return less");
    }
    if (cursor.state() == Cursor::State::failed) break;
    outcome.batches.push_back(std::move(*batch));
  }
  if (cursor.drain() == Cursor::State::failed) return std::unexpected(session.step_error(execution.sql));
  outcome.schema = cursor.schema();
  return {};
}

}  // namespace

Result<WriteOutcome> run_write(Session& session, RunControl& control, const Execution& execution) {
  Transaction transaction(session, control);
  if (auto begun = transaction.begin(); !begun) return pass_error(begun);
  auto statement = prepare_under_lock(session, execution.sql);
  if (!statement) return pass_error(statement);
  if (auto bound = (*statement)->parameters.bind((*statement)->handle.get(), execution.params); !bound) {
    sqlite3_clear_bindings((*statement)->handle.get());
    return pass_error(bound);
  }

  WriteOutcome outcome;
  Cursor cursor(**statement, CursorLimits{.max_value_bytes = execution.max_value_bytes});
  if (cursor.start() == Cursor::State::failed) return std::unexpected(session.step_error(execution.sql));
  if ((*statement)->was_regenerated()) (*statement)->refresh();
  if (auto collected = collect(session, cursor, execution, outcome); !collected) return pass_error(collected);
  if (changes_rows(execution.analysis.kind)) outcome.affected_rows = sqlite3_changes64(session.handle());
  cursor.finish();
  if (auto committed = transaction.commit(); !committed) return pass_error(committed);
  return outcome;
}

}  // namespace penstock::sqlite
