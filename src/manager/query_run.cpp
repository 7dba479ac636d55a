#include "manager/query_run.hpp"

#include "penstock/utf8.hpp"

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

QueryRun::QueryRun(std::shared_ptr<const Catalogue> catalogue, std::string_view sql, const Params& params,
                   const QueryOptions& options)
    : catalogue_(std::move(catalogue)), sql_(sql), params_(params), options_(options) {}

Result<void> QueryRun::start(std::string_view database) {
  const Route* route = catalogue_->find(database);
  if (route == nullptr) return std::unexpected(catalogue_->unknown_database(database));
  if (!route->source->enabled()) return std::unexpected(Catalogue::disabled_database(*route));
  summary_.datasource = route->source->config.name;
  auto ready = apply_options(route->source->config);
  if (ready) ready = analyze(*route);
  if (ready) ready = open(*route);
  if (!ready) finish();
  return ready;
}

Result<void> QueryRun::apply_options(const DataSourceConfig& config) {
  if (options_.max_rows.value_or(0) < 0 || options_.max_bytes.value_or(0) < 0) {
    return fail(ErrorCode::invalid_argument, "max_rows and max_bytes must not be negative");
  }
  if (options_.timeout.value_or(std::chrono::milliseconds(1)) <= std::chrono::milliseconds::zero()) {
    return fail(ErrorCode::invalid_argument, "the timeout must be longer than zero");
  }
  rows_left_ = tighter(options_.max_rows, config.limits.max_rows);
  bytes_left_ = tighter(options_.max_bytes, config.limits.max_bytes);
  const auto until = [this](std::chrono::milliseconds duration) {
    const bool beyond = duration >= Deadline::Clock::time_point::max() - started_;
    return beyond ? Deadline::never() : Deadline::at(started_ + duration);
  };
  if (config.statement_timeout > std::chrono::milliseconds::zero())
    deadline_ = until(config.statement_timeout);
  if (options_.timeout) deadline_ = deadline_.min(until(*options_.timeout));
  return {};
}

Result<void> QueryRun::analyze(const Route& route) {
  Source& source = *route.source;
  analysis_ = source.analyses.find(route.database, sql_);
  if (analysis_ == nullptr) {
    if (!is_valid_utf8(sql_) || sql_.find('\0') != std::string_view::npos) {
      return fail(ErrorCode::invalid_argument,
                  "a statement is text in UTF-8 without NUL bytes, and this is not");
    }
    auto analysis = source.driver->analyze({sql_, route.database, source.config.access});
    if (!analysis) return pass_error(analysis);
    analysis_ = std::make_shared<const Analysis>(std::move(*analysis));
    source.analyses.insert(route.database, sql_, analysis_);
  }
  // The driver's own analysis says so already; this holds whatever a driver forgets.
  if (analysis_->may_write && source.config.access == Access::read_only) {
    return fail(ErrorCode::read_only,
                "datasource '" + source.config.name + "' is read-only, and this statement may write",
                "Only statements that read are accepted; to allow writes, its configuration must say "
                "`access: read_write`.");
  }
  return {};
}

Result<void> QueryRun::open(const Route& route) {
  const DataSourceConfig& config = route.source->config;
  auto also_named =
      analysis_->qualifiers.empty() ? std::vector<std::string>{} : catalogue_->also_named(route, *analysis_);
  if (!also_named) return pass_error(also_named);
  execution_.emplace(Execution{.sql = sql_,
                               .database = route.database,
                               .params = params_,
                               .analysis = *analysis_,
                               .also_named = std::move(*also_named),
                               .access = config.access,
                               .deadline = deadline_,
                               .stop = options_.stop,
                               .max_value_bytes = config.limits.max_value_bytes});
  // One row more than the limit shows whether there are more.
  if (rows_left_ < std::numeric_limits<std::int64_t>::max()) execution_->row_limit = rows_left_ + 1;

  auto opened = open_once(route);
  if (!opened && worth_a_second_try(opened.error())) opened = open_once(route);
  return opened;
}

bool QueryRun::worth_a_second_try(const Error& error) const noexcept {
  const bool connection_lost = lease_ && (*lease_)->broken();
  return connection_lost && error.code == ErrorCode::unavailable && !analysis_->may_write &&
         !deadline_.expired();
}

Result<void> QueryRun::open_once(const Route& route) {
  lease_.reset();
  const NodePool& primary = route.source->nodes.front();
  summary_.node = primary.node.name;
  const auto acquire_by = Deadline::at(started_ + route.source->config.pool.acquire_timeout);
  auto lease = primary.pool->acquire(route.database, deadline_.min(acquire_by), options_.stop);
  if (!lease) return pass_error(lease);
  lease_.emplace(std::move(*lease));
  auto reader = (*lease_)->execute(*execution_);
  if (!reader) return pass_error(reader);
  reader_ = std::move(*reader);
  schema_ = reader_->schema();
  return {};
}

Result<std::optional<RecordBatch>> QueryRun::next() {
  if (failure_) return std::unexpected(*failure_);
  if (reader_ == nullptr) return std::nullopt;
  Result<std::optional<RecordBatch>> batch = std::nullopt;
  if (options_.stop.stop_requested() || deadline_.expired()) {
    batch = std::unexpected(late());
  } else {
    batch = reader_->next();
  }
  if (!batch) {
    failure_ = batch.error();
    finish();
    return batch;
  }
  if (!*batch) {
    summary_.affected_rows = reader_->affected_rows();
    finish();
    return batch;
  }
  RecordBatch within = cut(std::move(**batch));
  if (within.num_rows() == 0) return std::nullopt;
  return within;
}

// Applies the limits to a batch. A cut ends the query: the reader goes, which stops the statement.
RecordBatch QueryRun::cut(RecordBatch batch) {
  std::int64_t rows = std::min(rows_left_, batch.num_rows());
  if (bytes_left_ < std::numeric_limits<std::int64_t>::max()) {
    if (batch.first(rows).byte_size() > bytes_left_) rows = rows_within(batch, bytes_left_);
  }
  const bool truncated = rows < batch.num_rows();
  if (truncated) batch = batch.first(rows);
  rows_left_ -= rows;
  if (bytes_left_ < std::numeric_limits<std::int64_t>::max()) bytes_left_ -= batch.byte_size();
  summary_.row_count += rows;
  if (truncated) {
    summary_.truncated = true;
    finish();
  }
  return batch;
}

Error QueryRun::late() const {
  if (options_.stop.stop_requested()) return fail(ErrorCode::cancelled, "the query was cancelled").error();
  return fail(ErrorCode::timeout, "the query did not end within its time limit",
              "Narrow it down, or allow it more time.")
      .error();
}

void QueryRun::finish() {
  reader_.reset();
  lease_.reset();
  summary_.execution_time =
      std::chrono::duration_cast<std::chrono::microseconds>(Deadline::Clock::now() - started_);
}

}  // namespace penstock
