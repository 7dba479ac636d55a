#include "penstock/manager.hpp"

#include <stdexcept>
#include <thread>

#include "manager/catalogue.hpp"
#include "manager/health.hpp"
#include "manager/query_run.hpp"

namespace penstock {

namespace {

// A stream outlives the call that made it, so it owns what its query refers to.
class StreamedQuery final : public ResultStream::Source {
 public:
  StreamedQuery(std::shared_ptr<const Catalogue> catalogue, std::string_view sql, Params params,
                QueryOptions options)
      : sql_(sql),
        params_(std::move(params)),
        options_(std::move(options)),
        run_(std::move(catalogue), sql_, params_, options_) {}

  [[nodiscard]] Result<void> start(std::string_view database) { return run_.start(database); }
  [[nodiscard]] const SchemaPtr& schema() const noexcept override { return run_.schema(); }
  [[nodiscard]] Result<std::optional<RecordBatch>> next() override { return run_.next(); }
  [[nodiscard]] const QuerySummary& summary() const noexcept override { return run_.summary(); }

 private:
  std::string sql_;
  Params params_;
  QueryOptions options_;
  QueryRun run_;
};

// Batches of one result agree on their types: where a column widened on the way, the earlier ones follow.
Result<SchemaPtr> unify(std::vector<RecordBatch>& batches, SchemaPtr schema) {
  bool same = true;
  for (const RecordBatch& batch : batches)
    same = same && (batch.schema() == schema || *batch.schema() == *schema);
  if (same) return schema;
  std::vector<Field> fields = schema->fields();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    for (const RecordBatch& batch : batches) {
      auto common = common_type(fields[i].type, batch.schema()->field(i).type);
      if (common) fields[i].type = std::move(*common);
    }
  }
  schema = std::make_shared<const Schema>(std::move(fields));
  for (RecordBatch& batch : batches) {
    auto widened = widen(batch, schema);
    if (!widened) return pass_error(widened);
    batch = std::move(*widened);
  }
  return schema;
}

Result<std::vector<RecordBatch>> collect(QueryRun& run, std::string_view database) {
  if (auto started = run.start(database); !started) return pass_error(started);
  std::vector<RecordBatch> batches;
  while (true) {
    auto batch = run.next();
    if (!batch) return pass_error(batch);
    if (!*batch) return batches;
    batches.push_back(std::move(**batch));
  }
}

void set_failure(QueryResult& result, Error error) {
  result.success = false;
  result.code = error.code;
  result.error = std::move(error.message);
  result.sqlstate = std::move(error.sqlstate);
  result.hint = std::move(error.hint);
  result.retryable = error.retryable;
}

// The one place where a QueryResult is made.
QueryResult to_result(Result<std::vector<RecordBatch>> batches, const QueryRun& run) {
  QueryResult result;
  const QuerySummary& summary = run.summary();
  result.execution_time_ms = std::chrono::round<std::chrono::milliseconds>(summary.execution_time).count();
  result.datasource = summary.datasource;
  result.node = summary.node;
  if (!batches) {
    set_failure(result, std::move(batches.error()));
    return result;
  }
  auto schema = unify(*batches, run.schema());
  if (!schema) {
    set_failure(result, std::move(schema.error()));
    return result;
  }
  result.success = true;
  result.schema = std::move(*schema);
  result.columns = result.schema->unique_names();
  result.data = Rows(std::move(*batches));
  result.row_count = result.data.size();
  result.truncated = summary.truncated;
  result.affected_rows = summary.affected_rows;
  return result;
}

Error configuration_error(const std::vector<config::Problem>& problems) {
  std::string text;
  for (const config::Problem& problem : problems) {
    if (!text.empty()) text += '\n';
    text += problem.to_string();
  }
  return fail(ErrorCode::invalid_argument, std::move(text)).error();
}

}  // namespace

class DataSourceManager::Impl {
 public:
  Impl(std::filesystem::path directory, ManagerOptions options)
      : directory_(std::move(directory)), options_(std::move(options)) {}

  [[nodiscard]] Result<void> load() {
    const std::scoped_lock lock(reload_);
    if (closed_) return std::unexpected(closed());
    std::vector<TypeSpec> specs;
    for (const DataSourceType& type : options_.registry.types())
      specs.push_back(type.spec);
    auto configuration = config::load_configuration(directory_, specs, options_.environment);
    if (!configuration) return std::unexpected(configuration_error(configuration.error()));
    const std::shared_ptr<const Catalogue> previous = catalogue_.load();
    auto catalogue =
        Catalogue::make(std::move(*configuration), options_.registry, housekeeper_, previous.get());
    if (!catalogue) return pass_error(catalogue);
    for (const auto& source : (*catalogue)->sources()) {
      for (const NodePool& node : source->nodes)
        node.pool->warm_up();
    }
    catalogue_.store(std::move(*catalogue));
    return {};
  }

  /// The snapshot in force; null once closed.
  [[nodiscard]] std::shared_ptr<const Catalogue> catalogue() const { return catalogue_.load(); }

  [[nodiscard]] static Error closed() {
    return fail(ErrorCode::unavailable, "the manager has been closed").error();
  }

  void close() noexcept {
    const std::scoped_lock lock(reload_);
    closed_ = true;
    const std::shared_ptr<const Catalogue> last = catalogue_.exchange(nullptr);
    if (last == nullptr) return;
    // A cancel that finds a connection leased but its statement not yet begun stops nothing, so it is said
    // again, for a moment, until no connection is out. A stream that is held and not read keeps its own, and
    // is left to its owner.
    for (int attempt = 0; attempt < kCancelAttempts && cancel_all(*last); ++attempt) {
      std::this_thread::sleep_for(kCancelPause);
    }
  }

 private:
  static constexpr int kCancelAttempts = 20;
  static constexpr std::chrono::milliseconds kCancelPause{5};

  /// Closes all pools and cancels what runs on them; says whether any connection is still out.
  static bool cancel_all(const Catalogue& catalogue) noexcept {
    bool any_leased = false;
    for (const auto& source : catalogue.sources()) {
      for (const NodePool& node : source->nodes) {
        node.pool->close(pool::Running::cancel);
        any_leased = any_leased || node.pool->statistics().leased > 0;
      }
    }
    return any_leased;
  }

  const std::filesystem::path directory_;
  const ManagerOptions options_;
  pool::Housekeeper housekeeper_;
  std::mutex reload_;  // one load or close at a time
  bool closed_ = false;
  std::atomic<std::shared_ptr<const Catalogue>> catalogue_;
};

DataSourceManager::DataSourceManager(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}

DataSourceManager::~DataSourceManager() {
  close();
}

Result<std::unique_ptr<DataSourceManager>> DataSourceManager::load(const std::filesystem::path& directory,
                                                                   ManagerOptions options) {
  auto impl = std::make_unique<Impl>(directory, std::move(options));
  if (auto loaded = impl->load(); !loaded) return pass_error(loaded);
  return std::unique_ptr<DataSourceManager>(new DataSourceManager(std::move(impl)));
}

QueryResult DataSourceManager::execute_query(std::string_view sql, std::string_view database,
                                             const Params& params, const QueryOptions& options) {
  auto catalogue = impl_->catalogue();
  if (catalogue == nullptr) {
    QueryResult result;
    set_failure(result, Impl::closed());
    return result;
  }
  QueryRun run(std::move(catalogue), sql, params, options);
  auto batches = collect(run, database);
  return to_result(std::move(batches), run);
}

Result<ResultStream> DataSourceManager::stream_query(std::string_view sql, std::string_view database,
                                                     const Params& params, const QueryOptions& options) {
  auto catalogue = impl_->catalogue();
  if (catalogue == nullptr) return std::unexpected(Impl::closed());
  auto stream = std::make_unique<StreamedQuery>(std::move(catalogue), sql, params, options);
  if (auto started = stream->start(database); !started) return pass_error(started);
  return ResultStream(std::move(stream));
}

DatabaseValidation DataSourceManager::validate_databases(std::span<const std::string_view> databases) const {
  const auto catalogue = impl_->catalogue();
  if (catalogue != nullptr) return catalogue->validate(databases);
  DatabaseValidation validation;
  Error error = Impl::closed();
  validation.code = error.code;
  validation.error = std::move(error.message);
  return validation;
}

std::vector<DatabaseInfo> DataSourceManager::databases() const {
  const auto catalogue = impl_->catalogue();
  return catalogue == nullptr ? std::vector<DatabaseInfo>{} : catalogue->databases();
}

std::vector<DataSourceInfo> DataSourceManager::datasources() const {
  std::vector<DataSourceInfo> infos;
  const auto catalogue = impl_->catalogue();
  if (catalogue == nullptr) return infos;
  for (const auto& source : catalogue->sources())
    infos.push_back(describe(*source));
  return infos;
}

Result<DatabaseSchema> DataSourceManager::schema(std::string_view database, std::string_view table,
                                                 const QueryOptions& options) {
  const auto catalogue = impl_->catalogue();
  if (catalogue == nullptr) return std::unexpected(Impl::closed());
  return introspect(*catalogue, database, table, options);
}

std::vector<HealthReport> DataSourceManager::health(std::chrono::milliseconds timeout) {
  const auto catalogue = impl_->catalogue();
  if (catalogue == nullptr) return {};
  return check_health(*catalogue, timeout);
}

Result<void> DataSourceManager::reload() {
  return impl_->load();
}

void DataSourceManager::close() noexcept {
  impl_->close();
}

DataSourceManager& get_manager() {
  static std::mutex mutex;
  static std::unique_ptr<DataSourceManager> manager;
  const std::scoped_lock lock(mutex);
  if (manager == nullptr) {
    const char* directory =
        std::getenv("PENSTOCK_CONFIG");  // NOLINT(concurrency-mt-unsafe): nobody sets it meanwhile
    auto loaded = DataSourceManager::load(directory != nullptr && *directory != '\0' ? directory : "config");
    if (!loaded) throw std::runtime_error(loaded.error().message);
    manager = std::move(*loaded);
  }
  return *manager;
}

}  // namespace penstock
