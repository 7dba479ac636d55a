#include "datasources/mysql/write.hpp"

#include "datasources/held_rows.hpp"
#include "datasources/mysql/errors.hpp"
#include "datasources/mysql/reader.hpp"
#include "datasources/mysql/wire.hpp"
#include "datasources/outcome_unknown.hpp"

namespace penstock::mysql {

namespace {

// Of RETURNING rows, which are kept until the transaction is committed.
constexpr std::int64_t kMostReturned = std::int64_t{256} << 20;

}  // namespace

class Write {
 public:
  Write(MysqlConnection& connection, const Execution& execution)
      : connection_(connection),
        session_(*connection.session_),
        execution_(execution),
        deadline_(with_grace(execution.deadline)),
        defines_(execution.analysis.kind == StatementKind::define) {}

  [[nodiscard]] Result<std::unique_ptr<BatchReader>> run(const BoundParameters& parameters);

 private:
  [[nodiscard]] Result<void> write(const BoundParameters& parameters);
  [[nodiscard]] Result<void> read_rows();
  [[nodiscard]] Result<void> keep(std::optional<RecordBatch> batch);
  [[nodiscard]] Result<void> end();
  [[nodiscard]] std::unexpected<Error> failed(Error error);

  MysqlConnection& connection_;
  Session& session_;
  const Execution& execution_;
  Deadline deadline_;
  bool defines_;  // what defines something is committed by the server, at once
  PreparedStatementPtr statement_;
  SchemaPtr schema_;
  std::vector<RecordBatch> batches_;
  std::int64_t bytes_ = 0;
  std::int64_t affected_rows_ = 0;
};

std::unexpected<Error> Write::failed(Error error) {
  const bool answered = !error.sqlstate.empty() && !session_.broken();
  Error known = connection_.failed(std::move(error), execution_.deadline);
  if (defines_ && !answered) known = outcome_unknown(known);
  return std::unexpected(std::move(known));
}

Result<std::unique_ptr<BatchReader>> Write::run(const BoundParameters& parameters) {
  {
    const Run run(session_, execution_.stop, execution_.max_value_bytes);
    if (session_.interrupted()) return fail(ErrorCode::cancelled, "the query was cancelled");
    auto written = write(parameters);
    // A statement that the server has forgotten has written nothing.
    if (!written && is_stale(session_.last_error()) && !session_.broken()) {
      connection_.statements_.erase(execution_.database, execution_.sql);
      written = write(parameters);
    }
    if (!written) return pass_error(written);
    if (!defines_ && (session_.interrupted() || execution_.deadline.expired())) {
      connection_.recover();
      if (execution_.deadline.expired())
        return fail(ErrorCode::timeout, "the write did not end within its time limit, so it was undone");
      return fail(ErrorCode::cancelled, "the write was cancelled, so it was undone");
    }
  }
  // From here on nothing stops it but its own end: half a commit is not to be had.
  if (auto ended = end(); !ended) return pass_error(ended);
  return std::make_unique<HeldRows>(std::move(schema_), std::move(batches_), affected_rows_);
}

// Opens the transaction and runs the statement in it to its end.
Result<void> Write::write(const BoundParameters& parameters) {
  auto statement = connection_.known_statement(execution_);
  if (!statement) return pass_error(statement);
  statement_ = std::move(*statement);
  if (auto fit = check_parameters(*statement_, execution_.params); !fit) {
    connection_.recover();
    return fit;
  }
  connection_.request_time_limit(execution_.deadline);
  if (!defines_) session_.request().query("START TRANSACTION READ WRITE");
  session_.request().execute(statement_->id, parameters);
  if (auto limited = connection_.finish_time_limit(deadline_); !limited)
    return failed(std::move(limited.error()));
  if (!defines_) {
    if (auto begun = session_.finish_command(deadline_); !begun) return failed(std::move(begun.error()));
  }
  schema_ = statement_->shape->schema;
  return read_rows();
}

Result<void> Write::read_rows() {
  std::optional<RowDecoder> decoder;
  ShapeReader described;
  bool is_described = false;
  for (;;) {
    auto message = session_.next(deadline_);
    if (!message) return failed(std::move(message.error()));
    Result<void> kept;
    switch (message->kind) {
      case Answers::Packet::column:
        is_described = true;
        kept = described.add(session_, message->body);
        break;
      case Answers::Packet::column_end: {
        const ResultShapePtr shape = is_described ? described.finish(statement_->shape) : statement_->shape;
        schema_ = shape->schema;
        decoder.emplace(shape, execution_.max_value_bytes);
        break;
      }
      case Answers::Packet::row:
        kept = decoder->append(message->body);
        ++affected_rows_;
        if (kept && decoder->full()) kept = keep(decoder->take());
        break;
      case Answers::Packet::ok: {
        WireReader reader(message->body.substr(1));
        affected_rows_ = static_cast<std::int64_t>(reader.take_length().value_or(0));
        return {};
      }
      case Answers::Packet::rows_end:
        return keep(decoder ? decoder->take() : std::nullopt);
      case Answers::Packet::error:
        return failed(session_.error_of(*message));
      default:
        break;
    }
    if (!kept) {
      connection_.recover();
      return kept;
    }
  }
}

Result<void> Write::keep(std::optional<RecordBatch> batch) {
  if (!batch) return {};
  bytes_ += batch->byte_size();
  if (bytes_ > kMostReturned) {
    return fail(ErrorCode::limit_exceeded, "the write returns more than 256 MiB of rows, so it was undone",
                "Return fewer columns, or write fewer rows at a time.");
  }
  batches_.push_back(std::move(*batch));
  return {};
}

Result<void> Write::end() {
  if (!defines_) session_.request().query("COMMIT");
  connection_.request_clear();
  if (defines_) {
    connection_.end_clear(Deadline::never());
    return {};
  }
  // The server may need its time, and to give up early would be not to know.
  constexpr std::chrono::seconds kPatience{10};
  const Deadline patience = Deadline::after(kPatience);
  const Deadline deadline = execution_.deadline.time() > patience.time() ? deadline_ : patience;
  auto committed = session_.finish_command(deadline);
  if (committed) {
    connection_.end_clear(Deadline::never());  // what is left to read says nothing about the write
    return {};
  }
  const bool answered = !committed.error().sqlstate.empty() && !session_.broken();
  if (answered) {
    connection_.recover();
    return pass_error(committed);
  }
  if (!session_.broken()) connection_.kill_and_close();
  return std::unexpected(outcome_unknown(committed.error()));
}

Result<std::unique_ptr<BatchReader>> run_write(MysqlConnection& connection, const Execution& execution,
                                               const BoundParameters& parameters) {
  return Write(connection, execution).run(parameters);
}

}  // namespace penstock::mysql
