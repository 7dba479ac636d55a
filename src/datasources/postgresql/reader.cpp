#include "datasources/postgresql/reader.hpp"

#include "datasources/postgresql/decode.hpp"
#include "datasources/postgresql/errors.hpp"
#include "datasources/postgresql/own_statements.hpp"
#include "datasources/postgresql/wire.hpp"

namespace penstock::postgresql {

namespace {

constexpr std::int64_t kBatchRows = 4'096;
constexpr std::size_t kBatchBytes = std::size_t{1} << 20;

}  // namespace

RowDecoder::RowDecoder(PreparedStatementPtr statement, std::int64_t max_value_bytes)
    : statement_(std::move(statement)), max_value_bytes_(max_value_bytes) {}

Result<void> RowDecoder::append(std::string_view body) {
  if (!builder_) builder_.emplace(statement_->schema);
  WireReader row(body);
  const auto columns = row.take<std::uint16_t>();
  if (!columns || *columns != statement_->codecs.size()) {
    return fail(ErrorCode::internal, "the server sent a row of another number of columns than it described");
  }
  for (std::size_t i = 0; i < *columns; ++i) {
    const auto length = row.take<std::int32_t>();
    ColumnBuilder& into = builder_->column(i);
    if (length && *length < 0) {
      into.append_null();
      continue;
    }
    const auto bytes = length ? row.take_bytes(static_cast<std::size_t>(*length)) : std::nullopt;
    if (!bytes) return fail(ErrorCode::internal, "the server sent a row that is shorter than it says");
    const Codec& codec = *statement_->codecs[i];
    if (*length > max_value_bytes_) return refuse(i, *bytes);
    if (!codec.append(codec, *bytes, into) && !append_nested(i, *bytes)) return refuse(i, *bytes);
  }
  ++rows_;
  bytes_ += body.size();
  return {};
}

// A column of lists becomes one of JSON with its first array of several dimensions, and stays that.
bool RowDecoder::append_nested(std::size_t column, std::string_view bytes) {
  const Codec* nested = statement_->codecs[column]->nested;
  ColumnBuilder& into = builder_->column(column);
  if (nested == nullptr || !decode::is_nested_array(bytes)) return false;
  auto changed = std::make_shared<PreparedStatement>(*statement_);
  changed->codecs[column] = nested;
  std::vector<Field> fields = changed->schema->fields();
  fields[column].type = nested->type;
  changed->schema = std::make_shared<const Schema>(std::move(fields));
  statement_ = std::move(changed);
  into.widen_to_json();
  return nested->append(*nested, bytes, into);
}

std::unexpected<Error> RowDecoder::refuse(std::size_t column, std::string_view bytes) const {
  const std::string name = "column `" + statement_->schema->field(column).name + "`";
  if (std::cmp_greater(bytes.size(), max_value_bytes_)) {
    return fail(ErrorCode::limit_exceeded,
                name + " has a value of " + std::to_string(bytes.size()) +
                    " bytes, more than max_value_bytes (" + std::to_string(max_value_bytes_) + ") allows",
                "Ask for a part of it, as with substr().");
  }
  const Codec& codec = *statement_->codecs[column];
  return fail(ErrorCode::invalid_data,
              name + " has a value that a result cannot hold as " + codec.type.name(),
              "Cast the column to text or bytea in the query.");
}

bool RowDecoder::full() const noexcept {
  return rows_ >= kBatchRows || bytes_ >= kBatchBytes;
}

std::optional<RecordBatch> RowDecoder::take() {
  // Rows without columns are none to a batch.
  std::optional<RecordBatch> batch;
  if (builder_ && builder_->num_rows() > 0) batch = builder_->finish();
  builder_.reset();
  rows_ = 0;
  bytes_ = 0;
  return batch;
}

PostgresReader::PostgresReader(PostgresConnection& connection, const Execution& execution,
                               TextParameters parameters, std::shared_ptr<const MaskedStatement> masked)
    : connection_(connection),
      masked_(std::move(masked)),
      execution_(execution),
      parameters_(std::move(parameters)),
      deadline_(with_grace(execution.deadline)),
      run_(*connection.session_, execution.stop, execution.max_value_bytes) {}

PostgresReader::~PostgresReader() {
  if (running_) connection_.abandon();
}

Result<void> PostgresReader::start() {
  if (session().interrupted()) return fail(ErrorCode::cancelled, "the query was cancelled");
  const auto reaches_code = connection_.reaches_code(execution_);
  if (!reaches_code) return std::unexpected(reaches_code.error());
  if (*reaches_code) connection_.unclean_ = true;
  if (auto sent = send(); !sent) return sent;
  auto batch = read_batch();
  if (!batch) return pass_error(batch);
  ahead_ = std::move(*batch);
  schema_ = statement_->schema;
  return {};
}

Result<void> PostgresReader::send() {
  statement_ = connection_.statements_.find(id_of(execution_));
  was_cached_ = statement_ != nullptr;
  if (!was_cached_) {
    auto prepared = connection_.prepare(execution_, false);
    if (!prepared) return pass_error(prepared);
    statement_ = std::move(*prepared);
  }
  if (auto fit = check_parameters(*statement_, execution_.params, connection_.types_); !fit) {
    if (!was_cached_) connection_.recover();
    return fit;
  }
  decoder_.emplace(statement_, execution_.max_value_bytes);
  Request& request = session().request();
  BeginAsked asked;
  if (was_cached_) asked = connection_.request_begin(execution_, false);
  request.run(statement_->name, parameters_, statement_->formats);
  request.run(kRollback);
  request.sync();
  if (connection_.unclean_) connection_.request_clear();
  running_ = true;
  if (!was_cached_) return {};
  auto begun = connection_.finish_begin(asked, deadline_);
  if (begun) return begun;
  running_ = false;
  return std::unexpected(connection_.failed(std::move(begun.error()), execution_.deadline));
}

Result<void> PostgresReader::append(std::string_view row) {
  auto appended = decoder_->append(row);
  if (!appended) {
    running_ = false;
    connection_.abandon();
  } else if (decoder_->statement() != statement_) {
    remember();
  }
  return appended;
}

// The next time, its columns are what they turned out to be from the first row on.
void PostgresReader::remember() {
  statement_ = decoder_->statement();
  connection_.statements_.insert(id_of(execution_), statement_);
}

Result<std::optional<RecordBatch>> PostgresReader::read_batch() {
  for (;;) {
    auto message = session().next(deadline_);
    if (!message) {
      running_ = false;
      return std::unexpected(connection_.failed(std::move(message.error()), execution_.deadline));
    }
    switch (message->type) {
      case 'D':
        if (auto appended = append(message->body); !appended) return pass_error(appended);
        if (decoder_->full()) {
          if (auto batch = decoder_->take()) return batch;
        }
        break;
      case 'C':
      case 'I': {
        auto batch = decoder_->take();
        if (auto ended = end(); !ended) return pass_error(ended);
        return batch;
      }
      case 'E':
        running_ = false;
        return std::unexpected(connection_.failed(session().error_of(*message), execution_.deadline));
      case 'G':
      case 'H':
      case 'W':
        running_ = false;
        connection_.cancel_and_close();
        return fail(ErrorCode::unsupported, "COPY needs a client that speaks it, which Penstock is not");
      case 'Z': {
        running_ = false;
        return session().protocol_error("the end of the unit before that of the statement");
      }
      default:
        break;
    }
  }
}

// The statement has no more rows: reads the answers up to the end of the transaction.
Result<void> PostgresReader::end() {
  running_ = false;
  auto rolled_back = session().finish_command(deadline_);
  auto ended = rolled_back ? session().finish_unit(deadline_) : Result<void>{};
  if (!rolled_back || !ended) {
    Error& error = rolled_back ? ended.error() : rolled_back.error();
    return std::unexpected(connection_.failed(std::move(error), execution_.deadline));
  }
  if (!session().is_idle()) {
    connection_.recover();
  } else if (connection_.unclean_) {
    connection_.end_clear(execution_.deadline);
  }
  return {};
}

Result<std::optional<RecordBatch>> PostgresReader::next() {
  if (failure_) return std::unexpected(*failure_);
  if (ahead_) return std::exchange(ahead_, std::nullopt);
  if (!running_) return std::nullopt;
  Result<std::optional<RecordBatch>> batch = std::nullopt;
  if (session().interrupted()) {
    running_ = false;
    batch = std::unexpected(connection_.failed(fail(ErrorCode::cancelled, "the query was cancelled").error(),
                                               execution_.deadline));
  } else {
    batch = read_batch();
  }
  if (!batch) failure_ = batch.error();
  return batch;
}

}  // namespace penstock::postgresql
