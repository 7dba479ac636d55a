#include "datasources/mysql/reader.hpp"

#include "datasources/mysql/decode.hpp"
#include "datasources/mysql/errors.hpp"
#include "datasources/mysql/wire.hpp"

namespace penstock::mysql {

namespace {

constexpr std::int64_t kBatchRows = 4'096;
constexpr std::size_t kBatchBytes = std::size_t{1} << 20;

}  // namespace

RowDecoder::RowDecoder(ResultShapePtr shape, std::int64_t max_value_bytes)
    : shape_(std::move(shape)), max_value_bytes_(max_value_bytes), schema_(shape_->schema) {}

Result<void> RowDecoder::append(std::string_view payload) {
  if (!builder_) builder_.emplace(schema_);
  const std::size_t columns = shape_->codecs.size();
  const auto short_row = [] {
    return fail(ErrorCode::internal, "the server sent a row that is shorter than it says");
  };
  WireReader row(payload);
  const auto head = row.take_bytes(1 + (columns + 9) / 8);
  if (!head) return short_row();
  for (std::size_t i = 0; i < columns; ++i) {
    ColumnBuilder& into = builder_->column(i);
    // The bits of the first two columns are of no column.
    if (((static_cast<unsigned char>((*head)[1 + (i + 2) / 8]) >> ((i + 2) % 8)) & 1U) != 0) {
      into.append_null();
      continue;
    }
    const std::uint8_t width = shape_->widths[i];
    const auto bytes = width > 0 ? row.take_bytes(width) : row.take_text();
    if (!bytes) return short_row();
    if (std::cmp_greater(bytes->size(), max_value_bytes_)) return refuse(i, *bytes);
    if (!append_value(shape_->codecs[i], *bytes, into)) return refuse(i, *bytes);
  }
  ++rows_;
  bytes_ += payload.size();
  return {};
}

std::unexpected<Error> RowDecoder::refuse(std::size_t column, std::string_view bytes) const {
  const std::string name = "column `" + shape_->schema->field(column).name + "`";
  if (std::cmp_greater(bytes.size(), max_value_bytes_))
    return std::unexpected(value_too_large(name, bytes.size(), max_value_bytes_));
  return fail(ErrorCode::invalid_data,
              name + " has a value that a result cannot hold as " + shape_->codecs[column].type.name(),
              "Cast the column to CHAR or BINARY in the query.");
}

bool RowDecoder::full() const noexcept {
  return rows_ >= kBatchRows || bytes_ >= kBatchBytes;
}

std::optional<RecordBatch> RowDecoder::take() {
  std::optional<RecordBatch> batch;
  if (builder_ && builder_->num_rows() > 0) {
    batch = builder_->finish();
    schema_ = batch->schema();  // what was widened stays so
  }
  builder_.reset();
  rows_ = 0;
  bytes_ = 0;
  return batch;
}

MysqlReader::MysqlReader(MysqlConnection& connection, const Execution& execution, BoundParameters parameters)
    : connection_(connection),
      execution_(execution),
      parameters_(std::move(parameters)),
      deadline_(with_grace(execution.deadline)),
      run_(*connection.session_, execution.stop, execution.max_value_bytes) {}

MysqlReader::~MysqlReader() {
  session().expect_rows({});
  if (running_) connection_.abandon();
}

std::unexpected<Error> MysqlReader::failed(Error error) {
  running_ = false;
  return std::unexpected(connection_.failed(std::move(error), execution_.deadline));
}

Result<void> MysqlReader::start() {
  if (session().interrupted()) return fail(ErrorCode::cancelled, "the query was cancelled");
  if (auto sent = send(); !sent) return sent;
  auto batch = read_batch();
  if (!batch) return pass_error(batch);
  ahead_ = std::move(*batch);
  schema_ = ahead_ ? ahead_->schema() : decoder_ ? decoder_->shape()->schema : statement_->shape->schema;
  return {};
}

// The statement in one round trip. Each is a READ ONLY transaction of its own, as the session is; one around
// it is for what may reach foreign code, which could change the session's mode, and is ended and cleared in
// the same round trip.
Result<void> MysqlReader::send() {
  auto statement = connection_.known_statement(execution_);
  if (!statement) return pass_error(statement);
  statement_ = std::move(*statement);
  if (auto fit = check_parameters(*statement_, execution_.params); !fit) return fit;
  if (statement_->reads_views || execution_.analysis.may_leave_state) connection_.unclean_ = true;
  Request& request = session().request();
  for (const std::uint32_t dropped : connection_.statements_.take_dropped())
    request.close_statement(dropped);
  connection_.request_time_limit(execution_.deadline);
  in_transaction_ = connection_.unclean_;
  if (in_transaction_) request.query("START TRANSACTION READ ONLY");
  request.execute(statement_->id, parameters_);
  if (in_transaction_) {
    request.query("ROLLBACK");
    connection_.request_clear();
  }
  running_ = true;
  if (auto limited = connection_.finish_time_limit(deadline_); !limited)
    return failed(std::move(limited.error()));
  if (!in_transaction_) return {};
  if (auto begun = session().finish_command(deadline_); !begun) return failed(std::move(begun.error()));
  return {};
}

Result<void> MysqlReader::append(std::string_view row) {
  auto appended = decoder_->append(row);
  if (appended) return appended;
  running_ = false;
  connection_.abandon();
  return appended;
}

// The columns of this very run, which may differ from those of the last: parameters have the types of their
// values.
Result<void> MysqlReader::take_shape(ShapeReader& described) {
  ResultShapePtr shape = described.finish(statement_->shape);
  if (shape != statement_->shape) {
    auto changed = std::make_shared<PreparedStatement>(*statement_);
    changed->shape = std::move(shape);
    statement_ = std::move(changed);
    // A session that is to be cleared has forgotten it already.
    if (!connection_.unclean_)
      connection_.statements_.insert(execution_.database, execution_.sql, statement_);
  }
  return {};
}

Result<std::optional<RecordBatch>> MysqlReader::read_batch() {
  ShapeReader described;
  bool is_described = false;
  for (;;) {
    auto message = session().next(deadline_);
    if (!message) return failed(std::move(message.error()));
    switch (message->kind) {
      case Answers::Packet::row:
        if (auto appended = append(message->body); !appended) return pass_error(appended);
        if (decoder_->full()) {
          if (auto batch = decoder_->take()) return batch;
        }
        break;
      case Answers::Packet::column:
        is_described = true;
        if (auto added = described.add(session(), message->body); !added)
          return failed(std::move(added.error()));
        break;
      case Answers::Packet::column_end:
        if (is_described) {
          if (auto taken = take_shape(described); !taken) return pass_error(taken);
        }
        decoder_.emplace(statement_->shape, execution_.max_value_bytes);
        session().expect_rows(statement_->shape->widths);
        break;
      case Answers::Packet::ok:
      case Answers::Packet::rows_end: {
        auto batch = decoder_ ? decoder_->take() : std::nullopt;
        if (auto ended = end(); !ended) return pass_error(ended);
        return batch;
      }
      case Answers::Packet::error:
        return failed(session().error_of(*message));
      default:
        break;
    }
  }
}

// The statement has no more rows: reads the answers up to the end of its transaction.
Result<void> MysqlReader::end() {
  running_ = false;
  if (!in_transaction_) {
    if (!session().is_idle()) connection_.recover();
    return {};
  }
  auto rolled_back = session().finish_command(deadline_);
  if (!rolled_back) return failed(std::move(rolled_back.error()));
  connection_.end_clear(execution_.deadline);
  return {};
}

Result<std::optional<RecordBatch>> MysqlReader::next() {
  if (failure_) return std::unexpected(*failure_);
  if (ahead_) return std::exchange(ahead_, std::nullopt);
  if (!running_) return std::nullopt;
  Result<std::optional<RecordBatch>> batch = std::nullopt;
  if (session().interrupted()) {
    batch = failed(fail(ErrorCode::cancelled, "the query was cancelled").error());
  } else {
    batch = read_batch();
  }
  if (!batch) failure_ = batch.error();
  return batch;
}

}  // namespace penstock::mysql
