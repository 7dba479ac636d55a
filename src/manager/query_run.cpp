#include "manager/query_run.hpp"

#include "core/execution.hpp"
#include "datasources/guarded.hpp"
#include "manager/query_deadline.hpp"
#include "manager/query_identity.hpp"
#include "manager/statement_analysis.hpp"

namespace penstock {

namespace {

// The tighter of what the query asks for and what the datasource allows; both may be absent.
std::int64_t tighter(std::optional<std::int64_t> asked, std::optional<std::int64_t> allowed) noexcept {
  constexpr auto kNoLimit = std::numeric_limits<std::int64_t>::max();
  return std::min(asked.value_or(kNoLimit), allowed.value_or(kNoLimit));
}

// The most rows of the batch whose values take no more than `bytes`.
std::int64_t rows_within(const RecordBatch& batch, std::int64_t bytes) {
  std::int64_t fits = 0;
  std::int64_t exceeds = batch.num_rows() + 1;
  while (exceeds - fits > 1) {
    const std::int64_t middle = fits + (exceeds - fits) / 2;
    (batch.first(middle).byte_size() <= bytes ? fits : exceeds) = middle;
  }
  return fits;
}

}  // namespace

Result<void> QueryRun::start(const RoutingTable& routing, std::string_view database) {
  auto ready = prepare(routing, database);
  return ready ? open() : ready;
}

Result<void> QueryRun::prepare(const RoutingTable& routing, std::string_view database) {
  const Grant* grant = options_.grant.get();
  const Route* route = routing.find(database, grant);
  if (route == nullptr) return std::unexpected(routing.unknown_database(database, grant));
  if (!route->source->enabled()) return std::unexpected(RoutingTable::disabled_database(*route));
  source_ = route->source;
  database_ = route->database;
  summary_.datasource = source_->config.name;
  auto ready = apply_options();
  if (ready) ready = analyze();
  if (ready) ready = make_execution(routing, *route);
  if (!ready) end(ready.error());
  return ready;
}

Result<void> QueryRun::open() {
  auto opened = open_once(started_);
  if (!opened && worth_a_second_try(opened.error())) opened = open_once(Deadline::Clock::now());
  if (!opened && parameterized_) opened = open_as_written(std::move(opened.error()));
  if (!opened) end(opened.error());
  return opened;
}

void QueryRun::adopt(std::unique_ptr<BatchReader> reader) {
  summary_.node = source_->nodes.front().node.name;
  shared_ = true;
  reader_ = std::move(reader);
  schema_ = reader_->schema();
}

Result<void> QueryRun::apply_options() {
  const DataSourceConfig& config = source_->config;
  if (options_.max_rows.value_or(0) < 0 || options_.max_bytes.value_or(0) < 0) {
    return fail(ErrorCode::invalid_argument, "max_rows and max_bytes must not be negative");
  }
  const auto deadline = query_deadline(options_, config, started_);
  if (!deadline) return std::unexpected(deadline.error());
  deadline_ = *deadline;
  rows_left_ = tighter(options_.max_rows, config.limits.max_rows);
  bytes_left_ = tighter(options_.max_bytes, config.limits.max_bytes);
  const auto role = query_role(options_, config);
  if (!role) return std::unexpected(role.error());
  role_ = *role;
  return {};
}

Result<void> QueryRun::analyze() {
  if (!params_.empty()) {
    auto statement = analyze_statement(*source_, {database_, role_, sql_}, options_.grant.get());
    if (!statement) return pass_error(statement);
    statement_ = std::move(*statement);
    return {};
  }
  auto runnable = runnable_statement(*source_, {database_, role_, sql_}, options_.grant.get());
  if (!runnable) return pass_error(runnable);
  statement_ = std::move(runnable->statement);
  parameterized_ = std::move(runnable->parameterized);
  return {};
}

Result<void> QueryRun::make_execution(const RoutingTable& routing, const Route& route) {
  const DataSourceConfig& config = source_->config;
  const Analysis& analysis = statement_->analysis;
  auto also_named = analysis.qualifiers.empty() ? std::vector<std::string>{}
                                                : routing.also_named(route, analysis, options_.grant.get());
  if (!also_named) return pass_error(also_named);
  std::stop_token stop = source_->nodes.front().pool->closing();
  if (options_.stop.stop_possible()) stop = either_stop_.emplace(options_.stop, std::move(stop)).token();
  execution_.emplace(Execution{.sql = parameterized_ ? std::string_view(parameterized_->sql) : sql_,
                               .database = database_,
                               .params = parameterized_ ? parameterized_->params : params_,
                               .analysis = analysis,
                               .also_named = std::move(*also_named),
                               .access = source_->access_for(options_.grant.get()),
                               .deadline = deadline_,
                               .stop = std::move(stop),
                               .max_value_bytes = config.limits.max_value_bytes,
                               .trace_parent = options_.trace_parent,
                               .role = role_,
                               .settings = options_.settings});
  // One row more than the limit shows whether there are more.
  if (rows_left_ < std::numeric_limits<std::int64_t>::max()) execution_->row_limit = rows_left_ + 1;
  return {};
}

// The statement with its literals is the one that was asked for: what it says counts.
Result<void> QueryRun::open_as_written(Error error) {
  using enum ErrorCode;
  const bool is_of_statement = error.code == invalid_argument || error.code == syntax_error ||
                               error.code == not_found || error.code == invalid_data ||
                               error.code == forbidden || error.code == unsupported;
  if (!is_of_statement) return std::unexpected(std::move(error));
  auto written = analyze_statement(*source_, {database_, role_, sql_}, options_.grant.get());
  if (!written) return pass_error(written);
  const auto with_parameters = std::exchange(statement_, std::move(*written));
  const Execution before = *execution_;
  execution_.emplace(with_statement(before, sql_, params_, statement_->analysis));
  parameterized_.reset();
  auto opened = open_once(Deadline::Clock::now());
  if (opened) with_parameters->parameterization.pause(Deadline::Clock::now());
  return opened;
}

bool QueryRun::worth_a_second_try(const Error& error) const noexcept {
  const bool connection_lost = lease_ && (*lease_)->broken();
  return connection_lost && error.code == ErrorCode::unavailable && !statement_->analysis.may_write &&
         !deadline_.expired();
}

Result<void> QueryRun::open_once(Deadline::Clock::time_point waits_since) {
  lease_.reset();
  const NodePool& primary = source_->nodes.front();
  summary_.node = primary.node.name;
  const Deadline acquire_by = acquire_deadline(deadline_, source_->config, waits_since);
  auto lease = primary.pool->acquire(database_, acquire_by, options_.stop);
  if (!lease) return pass_error(lease);
  lease_.emplace(std::move(*lease));
  leased_ = Deadline::Clock::now();
  auto reader = guarded(summary_.datasource, [this] { return (*lease_)->execute(*execution_); });
  if (!reader) return pass_error(reader);
  if (*reader == nullptr) return std::unexpected(defective("execute() gave no reader"));
  reader_ = std::move(*reader);
  schema_ = reader_->schema();
  if (schema_ == nullptr) return std::unexpected(defective("a reader has no schema"));
  return {};
}

Result<std::optional<RecordBatch>> QueryRun::next() {
  if (failure_) return std::unexpected(*failure_);
  if (reader_ == nullptr) return std::nullopt;
  auto batch = pull();
  if (!batch) return failed(std::move(batch.error()));
  if (!*batch) {
    summary_.affected_rows = reader_->affected_rows();
    finish();
    return batch;
  }
  RecordBatch within = cut(std::move(**batch));
  if (summary_.truncated) {
    if (auto ended = end_cut(); !ended) return failed(std::move(ended.error()));
  }
  if (within.num_rows() == 0) return std::nullopt;
  return within;
}

// The reader's next rows, as its contract promises them.
Result<std::optional<RecordBatch>> QueryRun::pull() {
  while (true) {
    if (auto error = late()) return std::unexpected(std::move(*error));
    auto batch = guarded(summary_.datasource, [this] { return reader_->next(); });
    if (!batch || !*batch) return batch;
    const SchemaPtr& schema = (*batch)->schema();
    if (schema == nullptr || schema->size() != schema_->size()) {
      return std::unexpected(defective("a batch has other columns than its reader"));
    }
    if ((*batch)->num_rows() > 0) return batch;
  }
}

// Applies the limits to a batch.
RecordBatch QueryRun::cut(RecordBatch batch) {
  std::int64_t rows = std::min(rows_left_, batch.num_rows());
  if (bytes_left_ < std::numeric_limits<std::int64_t>::max()) {
    if (batch.first(rows).byte_size() > bytes_left_) rows = rows_within(batch, bytes_left_);
  }
  summary_.truncated = rows < batch.num_rows();
  if (summary_.truncated) batch = batch.first(rows);
  rows_left_ -= rows;
  if (bytes_left_ < std::numeric_limits<std::int64_t>::max()) bytes_left_ -= batch.byte_size();
  summary_.row_count += rows;
  bytes_ += batch.byte_size();
  return batch;
}

// A read ends with the cut: the reader goes, which stops it. A write is carried out whole, whatever the
// caller gets to see of the rows it returns.
Result<void> QueryRun::end_cut() {
  if (statement_->analysis.may_write) {
    auto rest = pull();
    while (rest && *rest)
      rest = pull();
    if (!rest) return pass_error(rest);
    summary_.affected_rows = reader_->affected_rows();
  }
  finish();
  return {};
}

std::optional<Error> QueryRun::late() const {
  if (statement_->analysis.may_write) return std::nullopt;
  if (execution_->stop.stop_requested()) return fail(ErrorCode::cancelled, "the query was cancelled").error();
  if (!deadline_.expired()) return std::nullopt;
  return fail(ErrorCode::timeout, "the query did not end within its time limit",
              "Narrow it down, or allow it more time.")
      .error();
}

Error QueryRun::defective(std::string_view what) const {
  return driver_broke_contract(summary_.datasource, what);
}

std::unexpected<Error> QueryRun::failed(Error error) {
  end(error);
  failure_ = error;
  return std::unexpected(std::move(error));
}

void QueryRun::end(Error& error) {
  source_->keep_to(options_.grant.get(), error);
  finish(&error);
}

void QueryRun::finish(const Error* error) {
  reader_.reset();
  const auto now = Deadline::Clock::now();
  if (lease_ && error == nullptr && parameterized_) {
    statement_->parameterization.ran(now - leased_ <= Quickness::kQuick, now);
  }
  if (lease_ && error == nullptr && statement_->quickness.ran(now - leased_, bytes_) &&
      !source_->driver->may_share(*execution_)) {
    statement_->quickness.broke();
  }
  // In what state a driver that failed unforeseen left the session, nobody knows.
  if (lease_ && error != nullptr && error->code == ErrorCode::internal) lease_->discard();
  lease_.reset();
  summary_.execution_time = std::chrono::duration_cast<std::chrono::microseconds>(now - started_);
  tell_observer(error);
  source_.reset();
}

void QueryRun::tell_observer(const Error* error) const noexcept {
  if (source_ == nullptr || (source_->observer == nullptr && options_.observer == nullptr)) return;
  const QueryEvent event{.datasource = source_->config.name,
                         .type = source_->config.type,
                         .node = summary_.node,
                         .database = database_,
                         .kind = statement_ == nullptr ? StatementKind::other : statement_->analysis.kind,
                         .code = error == nullptr ? std::nullopt : std::optional(error->code),
                         .sqlstate = error == nullptr ? std::string_view() : error->sqlstate,
                         .duration = summary_.execution_time,
                         .rows = summary_.row_count,
                         .bytes = bytes_,
                         .affected_rows = summary_.affected_rows,
                         .truncated = summary_.truncated,
                         .shared = shared_};
  if (source_->observer != nullptr) source_->observer->query_ended(event);
  if (options_.observer != nullptr) options_.observer->query_ended(event);
}

// A caller who goes before the end has lost interest.
QueryRun::~QueryRun() {
  if (source_ == nullptr) return;
  Error lost;
  lost.code = ErrorCode::cancelled;
  finish(&lost);
}

}  // namespace penstock
