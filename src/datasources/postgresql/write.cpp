#include "datasources/postgresql/write.hpp"

#include <charconv>

#include "datasources/held_rows.hpp"
#include "datasources/outcome_unknown.hpp"
#include "datasources/postgresql/errors.hpp"
#include "datasources/postgresql/own_statements.hpp"
#include "datasources/postgresql/reader.hpp"

namespace penstock::postgresql {

namespace {

// Of RETURNING rows, which are kept until the transaction is committed.
constexpr std::int64_t kMostReturned = std::int64_t{256} << 20;

// The number at the end of a command's tag ("INSERT 0 5"); none for what defines something.
std::int64_t rows_of_tag(std::string_view tag) {
  const std::size_t space = tag.rfind(' ');
  std::int64_t rows = 0;
  if (space != tag.npos) std::from_chars(tag.data() + space + 1, tag.data() + tag.size(), rows);
  return rows;
}

}  // namespace

class Write {
 public:
  Write(PostgresConnection& connection, const Execution& execution)
      : connection_(connection),
        session_(*connection.session_),
        execution_(execution),
        deadline_(with_grace(execution.deadline)) {}

  [[nodiscard]] Result<std::unique_ptr<BatchReader>> run(const TextParameters& parameters);

 private:
  [[nodiscard]] Result<SchemaPtr> write(const TextParameters& parameters);
  [[nodiscard]] Result<void> read_rows(RowDecoder& decoder);
  [[nodiscard]] Result<void> keep(std::optional<RecordBatch> batch);
  [[nodiscard]] Result<void> commit();

  PostgresConnection& connection_;
  Session& session_;
  const Execution& execution_;
  Deadline deadline_;
  std::vector<RecordBatch> batches_;
  std::int64_t bytes_ = 0;
  std::int64_t affected_rows_ = 0;
  bool was_cached_ = false;
};

Result<std::unique_ptr<BatchReader>> Write::run(const TextParameters& parameters) {
  SchemaPtr schema;
  {
    const Run run(session_, execution_.stop, execution_.max_value_bytes);
    if (session_.interrupted()) return fail(ErrorCode::cancelled, "the query was cancelled");
    if (auto allowed = connection_.reaches_code(execution_); !allowed) return pass_error(allowed);
    // A trigger or a default may run anything.
    connection_.unclean_ = true;
    auto written = write(parameters);
    // A plan that no longer fits has written nothing.
    if (!written && was_cached_ && !session_.broken() && is_stale(written.error())) {
      connection_.statements_.erase(id_of(execution_));
      batches_.clear();
      bytes_ = 0;
      written = write(parameters);
    }
    if (!written) return pass_error(written);
    schema = std::move(*written);
    if (session_.interrupted() || execution_.deadline.expired()) {
      connection_.recover();
      if (execution_.deadline.expired()) {
        return fail(ErrorCode::timeout, "the write did not end within its time limit, so it was undone");
      }
      return fail(ErrorCode::cancelled, "the write was cancelled, so it was undone");
    }
  }
  // From here on nothing stops it but its own end: half a commit is not to be had.
  if (auto committed = commit(); !committed) return pass_error(committed);
  if (execution_.analysis.kind == StatementKind::define || execution_.analysis.kind == StatementKind::other) {
    connection_.shared_->code_maps.invalidate();
  }
  return std::make_unique<HeldRows>(std::move(schema), std::move(batches_), affected_rows_);
}

// Opens the transaction and runs the statement in it to its end.
Result<SchemaPtr> Write::write(const TextParameters& parameters) {
  PreparedStatementPtr statement = connection_.statements_.find(id_of(execution_));
  was_cached_ = statement != nullptr;
  if (!was_cached_) {
    auto prepared = connection_.prepare(execution_, true);
    if (!prepared) return pass_error(prepared);
    statement = std::move(*prepared);
  }
  if (auto fit = check_parameters(*statement, execution_.params, connection_.types_); !fit) {
    connection_.recover();
    return pass_error(fit);
  }
  BeginAsked asked;
  if (was_cached_) asked = connection_.request_begin(execution_, true);
  session_.request().run(statement->name, parameters, statement->formats);
  session_.request().sync();
  if (was_cached_) {
    if (auto begun = connection_.finish_begin(asked, deadline_); !begun) {
      return std::unexpected(connection_.failed(std::move(begun.error()), execution_.deadline));
    }
  }
  RowDecoder decoder(statement, execution_.max_value_bytes);
  if (auto read = read_rows(decoder); !read) return pass_error(read);
  return decoder.statement()->schema;
}

Result<void> Write::read_rows(RowDecoder& decoder) {
  for (;;) {
    auto message = session_.next(deadline_);
    if (!message) {
      return std::unexpected(connection_.failed(std::move(message.error()), execution_.deadline));
    }
    Result<void> kept;
    switch (message->type) {
      case 'D':
        kept = decoder.append(message->body);
        if (kept && decoder.full()) kept = keep(decoder.take());
        break;
      case 'C':
        affected_rows_ = rows_of_tag(message->body.substr(0, message->body.find('\0')));
        kept = keep(decoder.take());
        break;
      case 'E':
        return std::unexpected(connection_.failed(session_.error_of(*message), execution_.deadline));
      case 'G':
      case 'H':
      case 'W':
        connection_.cancel_and_close();
        return fail(ErrorCode::unsupported, "COPY needs a client that speaks it, which Penstock is not");
      case 'Z':
        return {};
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

Result<void> Write::commit() {
  session_.request().run(kCommit);
  session_.request().sync();
  connection_.request_clear();
  // The server may need its time, and to give up early would be not to know.
  constexpr std::chrono::seconds kPatience{10};
  const Deadline patience = Deadline::after(kPatience);
  const Deadline deadline = execution_.deadline.time() > patience.time() ? deadline_ : patience;
  auto tag = session_.finish_command(deadline);
  if (tag && *tag == "COMMIT") {
    // What is left to read says nothing about the write.
    if (session_.finish_unit(deadline)) {
      connection_.end_clear(Deadline::never());
    } else {
      connection_.recover();
    }
    return {};
  }
  if (tag) return session_.protocol_error("a commit that was none");
  const bool answered = !tag.error().sqlstate.empty() && !session_.broken();
  if (answered) {
    connection_.recover();
    return pass_error(tag);  // a constraint that was deferred, say
  }
  if (!session_.broken()) connection_.cancel_and_close();
  return std::unexpected(outcome_unknown(tag.error()));
}

Result<std::unique_ptr<BatchReader>> run_write(PostgresConnection& connection, const Execution& execution,
                                               const TextParameters& parameters) {
  return Write(connection, execution).run(parameters);
}

}  // namespace penstock::postgresql
