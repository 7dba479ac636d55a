#include "datasources/sqlite/connection.hpp"

#include <algorithm>
#include <utility>

#include "datasources/held_rows.hpp"
#include "datasources/sqlite/cursor.hpp"
#include "datasources/sqlite/introspect.hpp"
#include "datasources/sqlite/server_report.hpp"
#include "datasources/sqlite/write.hpp"

namespace penstock::sqlite {

namespace {

constexpr std::size_t kKeptSessions = 8;
constexpr std::chrono::milliseconds kLookInterval{100};
// A statement that had to be prepared anew for every attempt meets a schema that somebody keeps changing.
constexpr int kAttempts = 5;

// What is wrong with a file, whatever the statement: the next one gets a new handle.
bool damages_session(const Error& error) noexcept {
  return (error.code == ErrorCode::unavailable && !error.retryable) ||
         (error.code == ErrorCode::invalid_data && !error.sqlstate.empty());
}

// RETURNING's batches know the types of its expressions.
std::unique_ptr<BatchReader> rows_of(WriteOutcome outcome) {
  const SchemaPtr schema = outcome.batches.empty() ? outcome.schema : outcome.batches.front().schema();
  return std::make_unique<HeldRows>(schema, std::move(outcome.batches), outcome.affected_rows);
}

}  // namespace

// Has read the first batch when it is handed out, so that the types of expressions are known from the start.
class SqliteConnection::Reader final : public BatchReader {
 public:
  Reader(SqliteConnection& connection, const Execution& execution)
      : connection_(&connection),
        sql_(execution.sql),
        run_(connection.control_, execution.deadline, execution.stop) {
    connection.busy_ = true;
  }
  ~Reader() override { connection_->busy_ = false; }

  [[nodiscard]] const SchemaPtr& schema() const noexcept override { return schema_; }
  [[nodiscard]] Result<std::optional<RecordBatch>> next() override;

  /// Binds and steps to the first row. True when it can be read; false when the statement must be prepared
  /// again.
  [[nodiscard]] Result<bool> start(Session& session, PreparedStatement& statement,
                                   const Execution& execution);
  [[nodiscard]] Result<void> read_ahead();

 private:
  [[nodiscard]] std::unexpected<Error> failed(Error error);

  SqliteConnection* connection_;
  std::string_view sql_;
  Run run_;
  Session* session_ = nullptr;
  SchemaPtr schema_;
  std::optional<Cursor> cursor_;
  bool begun_ = false;  // a batch was read
  std::optional<RecordBatch> ahead_;
  std::optional<Error> error_;
};

std::unexpected<Error> SqliteConnection::Reader::failed(Error error) {
  connection_->note_failure(session_, error);
  ahead_.reset();
  cursor_.reset();
  error_ = error;
  return std::unexpected(std::move(error));
}

Result<bool> SqliteConnection::Reader::start(Session& session, PreparedStatement& statement,
                                             const Execution& execution) {
  session_ = &session;
  if (auto bound = statement.parameters.bind(statement.handle.get(), execution.params); !bound) {
    sqlite3_clear_bindings(statement.handle.get());
    return pass_error(bound);
  }
  CursorLimits limits;
  limits.max_value_bytes = execution.max_value_bytes;
  if (execution.row_limit) limits.max_rows = std::max<std::int64_t>(*execution.row_limit, 1);
  cursor_.emplace(statement, limits);
  if (cursor_->start() == Cursor::State::failed) {
    if (session.connect_virtual_tables_after_denial()) {
      cursor_.reset();
      return false;
    }
    return failed(session.step_error(sql_));
  }
  if (statement.was_regenerated()) {
    auto guarded = session.still_guarded(statement);
    if (!guarded) return failed(std::move(guarded.error()));
    if (!*guarded) {
      cursor_.reset();
      return false;
    }
    statement.refresh();
  }
  schema_ = statement.columns.schema;
  return true;
}

Result<void> SqliteConnection::Reader::read_ahead() {
  if (cursor_->state() != Cursor::State::row) {
    cursor_->finish();
    return {};
  }
  auto batch = cursor_->read_batch();
  if (!batch) return failed(std::move(batch.error()));
  if (cursor_->state() == Cursor::State::failed) return failed(session_->step_error(sql_));
  if (!begun_) schema_ = batch->schema();  // by what the values are, where no declaration says it
  begun_ = true;
  ahead_ = std::move(*batch);
  return {};
}

Result<std::optional<RecordBatch>> SqliteConnection::Reader::next() {
  if (error_) return std::unexpected(*error_);
  if (!ahead_) {
    if (!cursor_ || cursor_->state() != Cursor::State::row) return std::nullopt;
    if (auto go_on = connection_->control_.check(); !go_on) return failed(std::move(go_on.error()));
    if (auto read = read_ahead(); !read) return pass_error(read);
  }
  return std::exchange(ahead_, std::nullopt);
}

SqliteConnection::SqliteConnection(std::shared_ptr<const Options> options)
    : options_(std::move(options)), control_(options_->busy_timeout) {}

Result<void> SqliteConnection::open(Deadline deadline) {
  return probe(deadline);
}

Result<std::unique_ptr<BatchReader>> SqliteConnection::execute(const Execution& execution) {
  if (busy_) return fail(ErrorCode::internal, "the connection still runs another statement");
  if (execution.access == Access::read_write && options_->access == Access::read_only) {
    return fail(ErrorCode::read_only, "this datasource is configured with read-only access");
  }
  auto reader = std::make_unique<Reader>(*this, execution);
  if (auto go_on = control_.check(); !go_on) return pass_error(go_on);
  auto session = session_for(execution.database, execution.also_named, execution.access);
  if (!session) return pass_error(session);
  (*session)->limit_value_bytes(execution.max_value_bytes);
  return read(**session, execution, std::move(reader));
}

Result<std::unique_ptr<BatchReader>> SqliteConnection::read(Session& session, const Execution& execution,
                                                            std::unique_ptr<Reader> reader) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto statement = session.prepare(execution.sql);
    if (!statement) {
      note_failure(&session, statement.error());
      return pass_error(statement);
    }
    if ((*statement)->writes) {
      auto outcome = run_write(session, control_, execution);
      if (outcome) return rows_of(std::move(*outcome));
      note_failure(&session, outcome.error());
      return pass_error(outcome);
    }
    auto started = reader->start(session, **statement, execution);
    if (!started) return pass_error(started);
    if (*started) {
      if (auto ahead = reader->read_ahead(); !ahead) return pass_error(ahead);
      return reader;
    }
    session.forget(**statement);
  }
  Error error = fail(ErrorCode::unavailable, "the schema of " + session.key().database +
                                                 " kept changing while the statement started; try again")
                    .error();
  error.retryable = true;
  return std::unexpected(std::move(error));
}

Result<Session*> SqliteConnection::session_for(std::string_view database,
                                               const std::vector<std::string>& also_named, Access access) {
  // The usual case, without a copy of the names.
  if (!sessions_.empty() && also_named.empty()) {
    OpenSession& last = sessions_.front();
    const SessionKey& key = last.session->key();
    if (key.attached.empty() && key.database == database && key.access == access && !last.damaged &&
        is_fresh(*last.session)) {
      return last.session.get();
    }
  }
  auto key = SessionKey::of(database, also_named, access);
  if (!key) return pass_error(key);
  const auto found =
      std::ranges::find_if(sessions_, [&](const OpenSession& open) { return open.session->key() == *key; });
  if (found != sessions_.end()) {
    sessions_.splice(sessions_.begin(), sessions_, found);
    if (!sessions_.front().damaged && is_fresh(*sessions_.front().session))
      return sessions_.front().session.get();
    sessions_.pop_front();
  }
  return open_session(std::move(*key));
}

Result<Session*> SqliteConnection::open_session(SessionKey key) {
  auto session = Session::open(std::move(key), *options_, control_);
  if (!session) {
    note_failure(nullptr, session.error());
    return pass_error(session);
  }
  if (sessions_.size() >= kKeptSessions) sessions_.pop_back();
  sessions_.push_front(OpenSession{std::move(*session), Deadline::Clock::now(), false});
  broken_ = false;
  return sessions_.front().session.get();
}

bool SqliteConnection::is_fresh(Session& session) {
  OpenSession& open = sessions_.front();
  const auto now = Deadline::Clock::now();
  // A write must not go to a file that is no longer there, so it always looks.
  if (session.key().access == Access::read_only && now - open.looked_at < kLookInterval) return true;
  open.looked_at = now;
  open.damaged = std::ranges::any_of(session.files(), &OpenedFile::changed);
  return !open.damaged;
}

void SqliteConnection::note_failure(const Session* session, const Error& error) noexcept {
  if (!damages_session(error)) return;
  const auto found =
      std::ranges::find_if(sessions_, [&](const OpenSession& open) { return open.session.get() == session; });
  if (found != sessions_.end()) found->damaged = true;
  if (options_->databases.size() == 1) broken_ = true;
}

// Opens it when it is not open, and reads a row of its schema.
Result<void> SqliteConnection::look_at(const std::string& database) {
  auto session = session_for(database, {}, options_->access);
  if (!session) return pass_error(session);
  auto alive = (*session)->run_own("SELECT 1 FROM sqlite_schema LIMIT 1");
  if (!alive) note_failure(*session, alive.error());
  return alive;
}

// Alive is who serves one database, the one used last if that will do: a bad file must not keep the others
// from serving, and a file that somebody locks is there.
Result<void> SqliteConnection::probe(Deadline deadline) {
  const Run run(control_, deadline, {});
  const RunControl::Patience none(control_, std::chrono::milliseconds::zero());
  if (auto go_on = control_.check(); !go_on) return go_on;
  const auto answers = [](const Result<void>& looked) { return looked || is_locked(looked.error()); };
  const std::string last = sessions_.empty() ? std::string() : sessions_.front().session->key().database;
  if (!last.empty() && answers(look_at(last))) return {};
  Result<void> first = fail(ErrorCode::not_found, "the datasource has no databases");
  for (const LogicalDatabase& database : options_->databases) {
    auto looked = look_at(database.name);
    if (answers(looked)) return {};
    if (&database == &options_->databases.front()) first = std::move(looked);
    if (control_.must_stop() != RunStop::nothing) break;
  }
  return first;
}

Result<DatabaseSchema> SqliteConnection::introspect(std::string_view database, std::string_view table,
                                                    Deadline deadline) {
  const Run run(control_, deadline, {});
  if (auto go_on = control_.check(); !go_on) return pass_error(go_on);
  auto session = session_for(database, {}, options_->access);
  if (!session) return pass_error(session);
  auto schema = read_schema(**session, table);
  if (!schema) note_failure(*session, schema.error());
  return schema;
}

Result<ServerInfo> SqliteConnection::server_info(Deadline deadline) {
  const Run run(control_, deadline, {});
  if (auto go_on = control_.check(); !go_on) return pass_error(go_on);
  return report_server(*options_, control_);
}

}  // namespace penstock::sqlite
