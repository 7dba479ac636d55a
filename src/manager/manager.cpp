#include "penstock/manager.hpp"

#include <algorithm>
#include <mutex>
#include <stdexcept>

#include "core/spare_allocator.hpp"
#include "manager/health.hpp"
#include "manager/query_identity.hpp"
#include "manager/query_run.hpp"
#include "manager/routing_table.hpp"
#include "manager/shared_run.hpp"
#include "manager/statement_analysis.hpp"

namespace penstock {

namespace {

// A stream outlives the call that made it, so it owns what its query refers to.
class StreamedQuery final : public ResultStream::Source {
 public:
  StreamedQuery(std::string_view sql, Params params, QueryOptions options)
      : sql_(sql), params_(std::move(params)), options_(std::move(options)), run_(sql_, params_, options_) {}

  static void* operator new(std::size_t /*size*/) { return SpareBlocks<sizeof(StreamedQuery)>::take(); }
  static void operator delete(void* memory) noexcept {
    SpareBlocks<sizeof(StreamedQuery)>::give_back(memory);
  }

  [[nodiscard]] Result<void> start(const RoutingTable& routing, std::string_view database) {
    return run_.start(routing, database);
  }
  [[nodiscard]] QueryRun& run() noexcept { return run_; }
  [[nodiscard]] const SchemaPtr& schema() const noexcept override { return run_.schema(); }
  [[nodiscard]] Result<std::optional<RecordBatch>> next() override { return run_.next(); }
  [[nodiscard]] const QuerySummary& summary() const noexcept override { return run_.summary(); }

 private:
  std::string sql_;
  Params params_;
  QueryOptions options_;
  QueryRun run_;
};

class StreamsTogether final : public QueriesTogether {
 public:
  /// `routing`: null when the manager is closed.
  StreamsTogether(std::shared_ptr<const RoutingTable> routing, std::span<const QueryRequest> queries)
      : routing_(std::move(routing)), count_(queries.size()) {
    if (routing_ == nullptr) return;
    std::vector<QueryRun*> runs;
    runs.reserve(count_);
    streams_.reserve(count_);
    databases_.reserve(count_);
    for (const QueryRequest& query : queries) {
      streams_.push_back(std::make_unique<StreamedQuery>(query.sql, query.params, query.options));
      runs.push_back(&streams_.back()->run());
      databases_.emplace_back(query.database);
    }
    runs_.emplace(runs, std::vector<std::string_view>(databases_.begin(), databases_.end()), *routing_);
  }

  void begin(const StreamsTogether* ahead) {
    if (runs_) runs_->begin(ahead != nullptr && ahead->runs_ ? &*ahead->runs_ : nullptr);
  }
  [[nodiscard]] bool is_behind() const noexcept override { return runs_ && runs_->is_behind(); }
  [[nodiscard]] bool is_under_way() const noexcept override { return runs_ && runs_->is_under_way(); }
  [[nodiscard]] int socket() const noexcept override { return runs_->socket(); }
  [[nodiscard]] SharedReads::State advance() override { return runs_->advance(); }
  void cancel() noexcept override {
    if (runs_) runs_->cancel();
  }
  [[nodiscard]] Answers finish() override {
    Answers answers(count_);
    if (!runs_) return answers;
    auto results = runs_->finish();
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (results[i].end == SharedEnd::by_itself) continue;
      if (results[i].error) {
        answers[i].emplace(std::unexpected(std::move(*results[i].error)));
      } else {
        answers[i].emplace(ResultStream(std::move(streams_[i])));
      }
    }
    return answers;
  }

 private:
  const std::shared_ptr<const RoutingTable> routing_;
  const std::size_t count_;
  std::vector<std::string> databases_;
  std::vector<std::unique_ptr<StreamedQuery>> streams_;
  std::optional<SharedRuns> runs_;  // after what it refers to
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

Result<std::vector<RecordBatch>> collect(QueryRun& run, const RoutingTable& routing,
                                         std::string_view database) {
  if (auto started = run.start(routing, database); !started) return pass_error(started);
  std::vector<RecordBatch> batches;
  while (true) {
    auto batch = run.next();
    if (!batch) return pass_error(batch);
    if (!*batch) return batches;
    batches.push_back(std::move(**batch));
  }
}

// The one place where a QueryResult is made.
QueryResult to_result(Result<std::vector<RecordBatch>> batches, const QueryRun& run) {
  QueryResult result;
  const QuerySummary& summary = run.summary();
  result.execution_time_ms = std::chrono::round<std::chrono::milliseconds>(summary.execution_time).count();
  result.datasource = summary.datasource;
  result.node = summary.node;
  if (!batches) {
    result.set_failure(std::move(batches.error()));
    return result;
  }
  auto schema = unify(*batches, run.schema());
  if (!schema) {
    if (summary.affected_rows)
      schema.error().message = "the statement was carried out, but " + schema.error().message;
    result.set_failure(std::move(schema.error()));
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

  /// What is replaced ends after the locks are gone: to close a connection may take its time.
  [[nodiscard]] Result<void> load() {
    Change change;
    if (auto loaded = replace(change); !loaded) return loaded;
    for (const auto& source : change.superseded) {
      for (const NodePool& node : source->nodes)
        node.pool->retire();
    }
    if (change.warm) warm_up(*change.next);
    return {};
  }

  /// The snapshot in force; null once closed.
  [[nodiscard]] std::shared_ptr<const RoutingTable> routing() const { return routing_.load(); }

  [[nodiscard]] static Error closed() {
    return fail(ErrorCode::unavailable, "the manager has been closed").error();
  }

  void warm_up() {
    std::shared_ptr<const RoutingTable> current;
    {
      const std::scoped_lock lock(mutex_);
      keeps_warm_ = true;
      current = routing_.load();
    }
    if (current != nullptr) warm_up(*current);
  }

  void close() noexcept {
    std::shared_ptr<const RoutingTable> last;
    std::vector<std::weak_ptr<Source>> superseded;
    {
      const std::scoped_lock lock(mutex_);
      closed_ = true;
      last = routing_.exchange(nullptr);
      superseded = std::exchange(superseded_, {});
    }
    for (const auto& source : superseded) {
      if (const auto alive = source.lock()) cancel(*alive);
    }
    if (last == nullptr) return;
    for (const auto& source : last->sources())
      cancel(*source);
  }

 private:
  struct Change {
    std::shared_ptr<const RoutingTable> previous;  // null at the first load
    std::shared_ptr<const RoutingTable> next;
    std::vector<std::shared_ptr<Source>> superseded;
    bool warm = false;
  };

  [[nodiscard]] Result<void> replace(Change& change) {
    const std::scoped_lock one_at_a_time(loading_);
    if (is_closed()) return std::unexpected(closed());
    std::vector<TypeSpec> specs;
    for (const DataSourceType& type : options_.registry.types())
      specs.push_back(type.spec);
    auto configuration = config::load_configuration(directory_, specs, options_.environment);
    if (!configuration) return std::unexpected(configuration_error(configuration.error()));
    change.previous = routing_.load();
    auto routing = RoutingTable::make(std::move(*configuration), options_.registry, housekeeper_,
                                      options_.observer, change.previous.get());
    if (!routing) return pass_error(routing);
    change.next = std::move(*routing);
    if (change.previous != nullptr) {
      std::ranges::copy_if(
          change.previous->sources(), std::back_inserter(change.superseded), [&](const auto& source) {
            return std::ranges::find(change.next->sources(), source) == change.next->sources().end();
          });
    }
    const std::scoped_lock lock(mutex_);
    if (closed_) return std::unexpected(closed());
    std::erase_if(superseded_, [](const auto& source) { return source.expired(); });
    superseded_.insert(superseded_.end(), change.superseded.begin(), change.superseded.end());
    routing_.store(change.next);
    change.warm = keeps_warm_;
    return {};
  }
  [[nodiscard]] bool is_closed() {
    const std::scoped_lock lock(mutex_);
    return closed_;
  }
  static void cancel(const Source& source) noexcept {
    for (const NodePool& node : source.nodes)
      node.pool->close(pool::Running::cancel);
  }
  static void warm_up(const RoutingTable& routing) {
    for (const auto& source : routing.sources()) {
      for (const NodePool& node : source->nodes)
        node.pool->warm_up();
    }
  }

  const std::filesystem::path directory_;
  const ManagerOptions options_;
  pool::Housekeeper housekeeper_;

  std::mutex loading_;  // one load at a time; reads files and calls drivers' factories
  std::mutex mutex_;    // what follows; held for an exchange alone
  bool closed_ = false;
  bool keeps_warm_ = false;
  std::vector<std::weak_ptr<Source>> superseded_;  // by a reload, while a query may still run on them
  std::atomic<std::shared_ptr<const RoutingTable>> routing_;
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
  const auto routing = impl_->routing();
  if (routing == nullptr) {
    QueryResult result;
    result.set_failure(Impl::closed());
    return result;
  }
  QueryRun run(sql, params, options);
  auto batches = collect(run, *routing, database);
  return to_result(std::move(batches), run);
}

Result<ResultStream> DataSourceManager::stream_query(std::string_view sql, std::string_view database,
                                                     const Params& params, const QueryOptions& options) {
  const auto routing = impl_->routing();
  if (routing == nullptr) return std::unexpected(Impl::closed());
  auto stream = std::make_unique<StreamedQuery>(sql, params, options);
  if (auto started = stream->start(*routing, database); !started) return pass_error(started);
  return ResultStream(std::move(stream));
}

Result<ExplainStatement> DataSourceManager::explain_statement(std::string_view sql, std::string_view database,
                                                              const ExplainOptions& options,
                                                              const Grant* grant) const {
  const auto routing = impl_->routing();
  if (routing == nullptr) return std::unexpected(Impl::closed());
  return penstock::explain_statement(*routing, database, sql, options, grant);
}

Result<void> DataSourceManager::check_statement(std::string_view sql, std::string_view database) const {
  const auto routing = impl_->routing();
  if (routing == nullptr) return std::unexpected(Impl::closed());
  const Route* route = routing->find(database, nullptr);
  if (route == nullptr) return std::unexpected(routing->unknown_database(database, nullptr));
  if (!route->source->enabled()) return std::unexpected(RoutingTable::disabled_database(*route));
  const auto statement = analyze_statement(*route->source, {route->database, {}, sql}, nullptr);
  if (!statement) return std::unexpected(statement.error());
  const Analysis& analysis = (*statement)->analysis;
  if (analysis.qualifiers.empty()) return {};
  const auto named = routing->also_named(*route, analysis, nullptr);
  return named ? Result<void>{} : std::unexpected(named.error());
}

std::optional<QueryPlacement> DataSourceManager::placement(std::string_view sql, std::string_view database,
                                                           const QueryOptions& options) const {
  const Grant* grant = options.grant.get();
  const auto routing = impl_->routing();
  const Route* route = routing == nullptr ? nullptr : routing->find(database, grant);
  if (route == nullptr || !route->source->enabled()) return std::nullopt;
  Source& source = *route->source;
  QueryPlacement placement{source.config.name, source.config.pool, false};
  const auto role = query_role(options, source.config);
  const auto statement = role ? known_statement(source, {database, *role, sql}, grant) : nullptr;
  placement.may_share = statement != nullptr && statement->may_share();
  return placement;
}

QueriesTogether::Answers DataSourceManager::query_together(std::span<const QueryRequest> queries) {
  return StreamsTogether(impl_->routing(), queries).finish();
}

std::unique_ptr<QueriesTogether> DataSourceManager::begin_together(std::span<const QueryRequest> queries,
                                                                   const QueriesTogether* ahead) {
  auto together = std::make_unique<StreamsTogether>(impl_->routing(), queries);
  together->begin(dynamic_cast<const StreamsTogether*>(ahead));
  return together;
}

DatabaseValidation DataSourceManager::validate_databases(std::span<const std::string_view> databases,
                                                         const Grant* grant) const {
  const auto routing = impl_->routing();
  if (routing != nullptr) return routing->validate(databases, grant);
  DatabaseValidation validation;
  Error error = Impl::closed();
  validation.code = error.code;
  validation.error = std::move(error.message);
  return validation;
}

std::vector<DatabaseInfo> DataSourceManager::databases(const Grant* grant) const {
  const auto routing = impl_->routing();
  return routing == nullptr ? std::vector<DatabaseInfo>{} : routing->databases(grant);
}

std::vector<DataSourceInfo> DataSourceManager::datasources(const Grant* grant) const {
  std::vector<DataSourceInfo> infos;
  const auto routing = impl_->routing();
  if (routing == nullptr) return infos;
  for (const auto& source : routing->sources()) {
    DataSourceInfo info = describe(*source, grant);
    // One without databases is there for who may know of everything.
    if (grant == nullptr || !info.databases.empty()) infos.push_back(std::move(info));
  }
  return infos;
}

Result<DatabaseSchema> DataSourceManager::schema(std::string_view database, std::string_view table,
                                                 const QueryOptions& options) {
  const auto routing = impl_->routing();
  if (routing == nullptr) return std::unexpected(Impl::closed());
  return introspect(*routing, database, table, options);
}

std::vector<HealthReport> DataSourceManager::health(std::chrono::milliseconds timeout,
                                                    std::span<const std::string> datasources) {
  const auto routing = impl_->routing();
  if (routing == nullptr) return {};
  return check_health(*routing, timeout, datasources);
}

void DataSourceManager::warm_up() {
  impl_->warm_up();
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
