#include "datasources/duckdb/connection.hpp"

#include <algorithm>
#include <utility>

#include <unistd.h>

#include "datasources/duckdb/catalogue.hpp"
#include "datasources/duckdb/errors.hpp"
#include "datasources/duckdb/own_statements.hpp"
#include "datasources/duckdb/parameters.hpp"
#include "datasources/duckdb/plan_lines.hpp"
#include "datasources/duckdb/vectors.hpp"

namespace penstock::duckdb {

namespace {

constexpr std::size_t kKeptSessions = 8;

}  // namespace

// Reads a chunk ahead, so that what fails before the first row fails as the statement starts.
class DuckDbConnection::Reader final : public BatchReader {
 public:
  Reader(DuckDbConnection& connection, const Execution& execution)
      : connection_(&connection),
        max_value_bytes_(execution.max_value_bytes),
        run_(connection.control_, execution.deadline, execution.stop),
        result_(connection.shared_->api) {
    connection.busy_ = true;
  }
  ~Reader() override { connection_->busy_ = false; }

  [[nodiscard]] const SchemaPtr& schema() const noexcept override { return columns_.schema; }
  [[nodiscard]] Result<std::optional<RecordBatch>> next() override;
  [[nodiscard]] Result<void> start(Session& session, PreparedStatement& statement, const Params& params);

 private:
  [[nodiscard]] const Api& api() const noexcept { return connection_->shared_->api; }
  [[nodiscard]] Result<void> fetch();
  [[nodiscard]] std::unexpected<Error> failed(const char* message);

  DuckDbConnection* connection_;
  std::int64_t max_value_bytes_;
  Run run_;
  Session* session_ = nullptr;
  ResultHandle result_;
  ResultColumns columns_;
  ChunkHandle chunk_;
  std::int64_t first_ = 0;  // row of the chunk that comes next
  std::optional<PlanLines> plan_;
};

std::unexpected<Error> DuckDbConnection::Reader::failed(const char* message) {
  return std::unexpected(connection_->failure(*session_, message == nullptr ? "" : message));
}

Result<void> DuckDbConnection::Reader::start(Session& session, PreparedStatement& statement,
                                             const Params& params) {
  session_ = &session;
  if (auto bound = bind(api(), statement.handle.get(), params); !bound) {
    api().clear_bindings(statement.handle.get());
    return bound;
  }
  PendingHandle pending(api());
  if (api().pending_prepared_streaming(statement.handle.get(), pending.out()) != DuckDBSuccess)
    return failed(pending ? api().pending_error(pending.get()) : nullptr);
  if (api().execute_pending(pending.get(), &result_.get()) != DuckDBSuccess)
    return failed(api().result_error(&result_.get()));
  auto columns = read_columns(api(), result_.get());
  if (!columns) return pass_error(columns);
  columns_ = std::move(*columns);
  if (auto fetched = fetch(); !fetched) return fetched;
  if (!statement.explains) return {};
  plan_.emplace();
  while (chunk_) {
    plan_->add(api(), chunk_.get());
    if (auto fetched = fetch(); !fetched) return fetched;
  }
  columns_.schema = plan_->schema();
  return {};
}

// The next chunk; none at the end.
Result<void> DuckDbConnection::Reader::fetch() {
  first_ = 0;
  chunk_ = ChunkHandle(api());  // before the next takes memory
  if (auto go_on = connection_->control_.check(); !go_on) return go_on;
  chunk_ = ChunkHandle(api(), api().fetch_chunk(result_.get()));
  if (chunk_ && api().data_chunk_get_size(chunk_.get()) != 0) return {};
  chunk_ = ChunkHandle(api());
  // No chunk is the end, or a failure.
  const char* message = api().result_error(&result_.get());
  if (message != nullptr && *message != '\0') return failed(message);
  return {};
}

Result<std::optional<RecordBatch>> DuckDbConnection::Reader::next() {
  if (plan_) return plan_->next();
  if (!chunk_) return std::nullopt;
  auto batch = ChunkReader(api(), columns_, max_value_bytes_).read(chunk_.get(), first_);
  if (!batch) return pass_error(batch);
  first_ += batch->num_rows();
  if (std::cmp_greater_equal(first_, api().data_chunk_get_size(chunk_.get()))) {
    if (auto fetched = fetch(); !fetched) return pass_error(fetched);
  }
  return std::move(*batch);
}

DuckDbConnection::DuckDbConnection(std::shared_ptr<Shared> shared)
    : shared_(std::move(shared)), control_(shared_->watch) {}

DuckDbConnection::~DuckDbConnection() = default;

bool DuckDbConnection::is_folder() const {
  return !is_database_file(shared_->options.path);
}

Error DuckDbConnection::failure(const Session& session, std::string_view message) {
  const RunStop stop = control_.must_stop();
  if (is_interrupt(message) && stop != RunStop::nothing) return error_of(stop);
  if (is_fatal(message)) broken_ = true;
  return session.explained(message);
}

Result<std::unique_ptr<BatchReader>> DuckDbConnection::execute(const Execution& execution) {
  if (busy_) return fail(ErrorCode::internal, "the connection still runs another statement");
  if (execution.access != Access::read_only)
    return fail(ErrorCode::read_only, "a datasource of DuckDB is read-only");
  std::vector<std::string> named = execution.also_named;
  // The query's own database has its name in the instance when the statement says it.
  if (std::ranges::find(execution.analysis.qualifiers, execution.database) !=
      execution.analysis.qualifiers.end())
    named.emplace_back(execution.database);
  std::ranges::sort(named);
  named.erase(std::ranges::unique(named).begin(), named.end());
  auto started = start(execution, named);
  if (started) return started;
  const InstanceKey key{.database = std::string(execution.database), .named = named};
  const ErrorCode code = started.error().code;
  if (files_changed(started.error())) {
    shared_->instances.look_soon(key);
    return start(execution, named);
  }
  // What is not known may be a file that came since, and what may not be read one that has gone.
  const bool may_be_news = is_folder() && (code == ErrorCode::not_found || code == ErrorCode::forbidden);
  if (may_be_news && shared_->instances.look_soon_if_quick(key)) return start(execution, named);
  return started;
}

Result<std::unique_ptr<BatchReader>> DuckDbConnection::start(const Execution& execution,
                                                             const std::vector<std::string>& named) {
  auto reader = std::make_unique<Reader>(*this, execution);
  if (auto go_on = control_.check(); !go_on) return pass_error(go_on);
  auto session = session_for(execution.database, named);
  if (!session) return pass_error(session);
  control_.works_on((*session)->connection());
  auto statement = (*session)->prepare(execution.sql);
  if (!statement) {
    const RunStop stop = control_.must_stop();
    if (stop != RunStop::nothing) return std::unexpected(error_of(stop));
    return pass_error(statement);
  }
  if (auto started = reader->start(**session, **statement, execution.params); !started)
    return pass_error(started);
  return reader;
}

Result<Session*> DuckDbConnection::session_for(std::string_view database,
                                               const std::vector<std::string>& named) {
  control_.works_on(nullptr);  // sessions may go here, and a late interrupt must not meet one that has gone
  const Options& options = shared_->options;
  const LogicalDatabase* known = options.find(database);
  if (known == nullptr)
    return fail(ErrorCode::not_found,
                "there is no database " + std::string(database) + " in this datasource");
  InstanceKey key;
  if (is_folder()) key = {.database = std::string(database), .named = named};
  auto instance = shared_->instances.get(key, control_);
  if (!instance) {
    sessions_.clear();  // whatever they hold is gone, or soon will be
    return pass_error(instance);
  }
  // A session whose instance was replaced holds files that are no longer what they were.
  std::erase_if(sessions_, [&](const std::unique_ptr<Session>& session) {
    return session->instance()->key() == key && session->instance() != *instance;
  });
  const auto found = std::ranges::find_if(sessions_, [&](const std::unique_ptr<Session>& session) {
    return session->instance() == *instance && session->database().name == database &&
           session->named() == named;
  });
  if (found == sessions_.end()) return open_session(*known, std::move(*instance), named);
  sessions_.splice(sessions_.begin(), sessions_, found);
  return sessions_.front().get();
}

Result<Session*> DuckDbConnection::open_session(const LogicalDatabase& database,
                                                std::shared_ptr<Instance> instance,
                                                const std::vector<std::string>& named) {
  auto session = Session::open(shared_->api, std::move(instance), database, named);
  if (!session) return pass_error(session);
  if (sessions_.size() >= kKeptSessions) sessions_.pop_back();
  sessions_.push_front(std::move(*session));
  broken_ = false;
  return sessions_.front().get();
}

Result<void> DuckDbConnection::look_at(const std::string& database) {
  auto session = session_for(database, {});
  if (!session) return pass_error(session);
  control_.works_on((*session)->connection());
  auto alive = run_own(shared_->api, (*session)->connection(), "SELECT 1");
  if (!alive) return std::unexpected(failure(**session, alive.error().message));
  return {};
}

// Alive is who serves one database: a bad folder must not keep the others from serving.
Result<void> DuckDbConnection::probe(Deadline deadline) {
  const Run run(control_, deadline, {});
  Result<void> first = fail(ErrorCode::not_found, "the datasource has no databases");
  for (const LogicalDatabase& database : shared_->options.databases) {
    if (auto go_on = control_.check(); !go_on) return go_on;
    auto looked = look_at(database.name);
    if (looked) return looked;
    if (&database == &shared_->options.databases.front()) first = std::move(looked);
  }
  return first;
}

Result<DatabaseSchema> DuckDbConnection::introspect(std::string_view database, std::string_view table,
                                                    Deadline deadline) {
  const Run run(control_, deadline, {});
  if (auto go_on = control_.check(); !go_on) return pass_error(go_on);
  if (is_folder()) shared_->instances.look_soon_if_quick({.database = std::string(database), .named = {}});
  auto session = session_for(database, {});
  if (!session) return pass_error(session);
  control_.works_on((*session)->connection());
  auto schema =
      read_catalogue(shared_->api, (*session)->connection(), (*session)->database(), !is_folder(), table);
  if (auto go_on = control_.check(); !go_on) return pass_error(go_on);
  return schema;
}

Result<ServerInfo> DuckDbConnection::server_info(Deadline deadline) {
  const Run run(control_, deadline, {});
  if (auto go_on = control_.check(); !go_on) return pass_error(go_on);
  ServerInfo info;
  info.product = "DuckDB";
  info.version = shared_->api.library_version();
  if (info.version.starts_with('v')) info.version.erase(0, 1);
  for (const LogicalDatabase& database : shared_->options.databases) {
    auto session = session_for(database.name, {});
    if (!session) {
      info.failures.push_back({database.name, session.error()});
    } else if (is_folder()) {
      std::ranges::move((*session)->instance()->problems(), std::back_inserter(info.warnings));
    }
  }
  const Options& options = shared_->options;
  const std::size_t instances = is_folder() ? options.databases.size() : 1;
  std::ranges::move(limit_warnings(options, instances, ::sysconf(_SC_PHYS_PAGES) * ::sysconf(_SC_PAGESIZE),
                                   ::sysconf(_SC_NPROCESSORS_ONLN)),
                    std::back_inserter(info.warnings));
  if (!is_folder() && ::access(shared_->options.path.c_str(), W_OK) == 0)
    info.warnings.emplace_back("this process could write the file, though its access is read-only");
  return info;
}

}  // namespace penstock::duckdb
