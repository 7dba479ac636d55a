// The central manager: logical databases to datasources, queries to answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/catalog.hpp"
#include "penstock/data_source.hpp"
#include "penstock/observer.hpp"
#include "penstock/pool_statistics.hpp"
#include "penstock/query.hpp"

namespace penstock {

/// Whether some databases can be part of one query.
struct DatabaseValidation {
  bool valid = false;
  std::string datasource;  ///< the one that holds them all, when valid
  std::string error;       ///< what stands in the way and where each database is, when not
  std::optional<ErrorCode> code;
  /// Each database that was found, with its datasource, in the order asked.
  std::vector<std::pair<std::string, std::string>> database_sources;
};

/// A logical database, as configured.
struct DatabaseInfo {
  std::string id;
  std::string name;  ///< for people; the id when summary.yaml has none
  std::string description;
  std::string datasource;
  std::string type;  ///< the datasource's
  Access access = Access::read_only;
  bool available = true;  ///< false: its datasource is disabled, or this build has no driver for it
  std::string unavailable_reason;
  /// Keys of summary.yaml that Penstock gives no meaning to, as YAML text, in their order.
  std::vector<std::pair<std::string, std::string>> extra;
};

/// Where a query would run, as far as is known without asking anybody.
struct QueryPlacement {
  std::string datasource;
  PoolOptions pool;  ///< of its primary
  /// It may run by query_together(): it reads, and its last runs were fast and small.
  bool may_share = false;
};

/// One query of several. What it refers to must outlive the call.
struct QueryRequest {
  std::string_view sql;
  std::string_view database;
  const Params& params;
  const QueryOptions& options;
};

/// Queries on their way together: see DataSourceManager::begin_together(). One thread at a time, which need
/// not be the same; but for cancel().
class QueriesTogether {
 public:
  /// An answer for each, in their order; nothing where one must be run by itself, for whatever reason.
  using Answers = std::vector<std::optional<Result<ResultStream>>>;

  QueriesTogether() = default;
  QueriesTogether(const QueriesTogether&) = delete;
  QueriesTogether& operator=(const QueriesTogether&) = delete;
  virtual ~QueriesTogether() = default;

  /// Whether they were sent. When not, finish() does all, and waits.
  [[nodiscard]] virtual bool is_under_way() const noexcept = 0;
  /// Whether they were sent behind others. Those are to be finished before anything else is asked of these.
  [[nodiscard]] virtual bool is_behind() const noexcept = 0;
  /// See SharedReads. While they are under way.
  [[nodiscard]] virtual int socket() const noexcept = 0;
  [[nodiscard]] virtual SharedReads::State advance() = 0;
  /// Once, at the end. Waits unless advance() said that it will not.
  [[nodiscard]] virtual Answers finish() = 0;
  /// For when nobody waits any more: makes finish() end soon, and ends what the node does for them. From any
  /// thread.
  virtual void cancel() noexcept = 0;
};

enum class DataSourceState : std::uint8_t {
  unknown,   ///< not used yet
  up,        ///< the last contact went well
  down,      ///< the last contact failed
  disabled,  ///< `enabled: false`, or no driver in this build
};
[[nodiscard]] std::string_view to_string(DataSourceState state) noexcept;

struct DataSourceInfo {
  std::string name;
  std::string type;
  std::string description;
  Access access = Access::read_only;
  DataSourceState state = DataSourceState::unknown;
  std::string state_reason;  ///< the last failure, or why it is disabled
  std::vector<std::string> databases;
  std::vector<std::pair<std::string, PoolStatistics>> pools;  ///< by node
};

/// The answer of one node to being asked for a sign of life.
struct HealthReport {
  std::string datasource;
  std::string node;
  DataSourceState state = DataSourceState::unknown;
  std::chrono::microseconds latency{0};  ///< of the probe, when it was asked
  ServerInfo server;                     ///< when it answered
  /// Why it is down; or, of one that is up, why it could not be asked (all its connections are in use); or,
  /// of one that is unknown, why nobody could ask.
  std::optional<Error> error;
  PoolStatistics pool;
};

struct ManagerOptions {
  DataSourceRegistry registry = DataSourceRegistry::with_builtin_types();
  /// Overrides the process environment for `${NAME}`: a name that is absent here is unset. For tests and
  /// embedders.
  std::optional<std::map<std::string, std::string>> environment;
  std::shared_ptr<QueryObserver> observer;  ///< told of every query that came to a datasource; may be null
};

/// What can be asked with a grant answers of what the grant contains, and of nothing else; a null one
/// contains everything.
///
/// Finds the datasource that holds a logical database and runs queries there. Thread-safe: one manager serves
/// a whole process; a query runs on the calling thread.
class DataSourceManager {
 public:
  /// Reads datasources.yaml, summary.yaml and .env of a folder. Touches no datasource: one that is down does
  /// not keep the others from serving. Errors: `invalid_argument`, listing every mistake as file:line:column,
  /// one a line; `internal`, a driver that makes no datasource, or one without nodes.
  [[nodiscard]] static Result<std::unique_ptr<DataSourceManager>> load(const std::filesystem::path& directory,
                                                                       ManagerOptions options = {});
  DataSourceManager(const DataSourceManager&) = delete;
  DataSourceManager& operator=(const DataSourceManager&) = delete;
  /// Closes. Streams that are still held keep their connections until they go. Waits for connects under way,
  /// each until its `connect_timeout` at most.
  ~DataSourceManager();

  /// Runs one statement on a logical database and returns all of its answer. Never throws for a failed query.
  /// The other logical databases that the statement names are found and validated: `cross_datasource` when
  /// they live elsewhere. All rows are held in memory, and no limit holds unless the options or the
  /// datasource's `limits` set one: use stream_query() for a result that may be large.
  [[nodiscard]] QueryResult execute_query(std::string_view sql, std::string_view database,
                                          const Params& params = {}, const QueryOptions& options = {});
  /// The same, batch by batch, in memory that does not grow with the result.
  [[nodiscard]] Result<ResultStream> stream_query(std::string_view sql, std::string_view database,
                                                  const Params& params = {},
                                                  const QueryOptions& options = {});

  /// The statement that asks the database's engine how it would run `sql`, to be run like any other. The
  /// statement itself must be one that may run there; with `analyze`, one that only reads, too. Touches no
  /// datasource. Errors: those of a statement that is refused, `unsupported`.
  [[nodiscard]] Result<ExplainStatement> explain_statement(std::string_view sql, std::string_view database,
                                                           const ExplainOptions& options = {},
                                                           const Grant* grant = nullptr) const;

  /// Whether a statement may run there, as far as its text and the configuration say; touches no datasource.
  /// Errors: those of a statement that is refused.
  [[nodiscard]] Result<void> check_statement(std::string_view sql, std::string_view database) const;
  /// Where the query would run; nothing when there is no such database or its datasource is disabled. For
  /// those who queue queries, as a server does.
  [[nodiscard]] std::optional<QueryPlacement> placement(std::string_view sql, std::string_view database,
                                                        const QueryOptions& options = {}) const;
  /// Runs queries of one logical database, role and settings together on one connection, where their
  /// datasource can. An answer for each, in their order; nothing where one must be run by itself, for
  /// whatever reason. The results are held in memory, and are small. A query's own stop token and timeout are
  /// not watched while it runs with others.
  [[nodiscard]] QueriesTogether::Answers query_together(std::span<const QueryRequest> queries);
  /// The same for a thread that must not wait: sends them when a connection is free and has all that they
  /// take, and returns. Never null. Must not outlive the manager.
  ///
  /// With those `ahead`, which began here and are under way, it may send them on the connection of those,
  /// behind them. Nothing else may be asked of `ahead` meanwhile.
  [[nodiscard]] std::unique_ptr<QueriesTogether> begin_together(std::span<const QueryRequest> queries,
                                                                const QueriesTogether* ahead = nullptr);

  /// Whether these databases belong to one datasource. Reads the configuration only, so a datasource whose
  /// driver this build lacks counts like any other; one with `enabled: false` does not.
  [[nodiscard]] DatabaseValidation validate_databases(std::span<const std::string_view> databases,
                                                      const Grant* grant = nullptr) const;
  [[nodiscard]] DatabaseValidation validate_databases(
      std::initializer_list<std::string_view> databases) const {
    return validate_databases(std::span(databases.begin(), databases.size()));
  }

  /// As in datasources.yaml, in its order; of a grant, what it contains, with the access that is left.
  [[nodiscard]] std::vector<DatabaseInfo> databases(const Grant* grant = nullptr) const;
  [[nodiscard]] std::vector<DataSourceInfo> datasources(const Grant* grant = nullptr) const;
  /// Tables and all that belongs to them; of one table when it is named. Of the options, `timeout`, `stop`,
  /// `grant` and `role` count, as for a query: a role sees what it may read. Errors: `not_found`,
  /// `unavailable`, `timeout`, `cancelled`, ...
  [[nodiscard]] Result<DatabaseSchema> schema(std::string_view database, std::string_view table = {},
                                              const QueryOptions& options = {});
  /// Asks every enabled datasource, or those of them that are named, for a sign of life, in parallel; returns
  /// within `timeout`, a bit more at worst.
  [[nodiscard]] std::vector<HealthReport> health(std::chrono::milliseconds timeout = std::chrono::seconds(5),
                                                 std::span<const std::string> datasources = {});

  /// Starts to open `min_pool_size` connections to each datasource in the background, and keeps them from now
  /// on, also to what reload() brings. For a server at its start: without it, each datasource is connected to
  /// when the first query needs it.
  void warm_up();
  /// Reads the configuration again. Takes effect whole, or not at all with the error of load(). Running
  /// queries end on the old configuration; datasources that did not change keep their pools.
  [[nodiscard]] Result<void> reload();
  /// Ends all pools: later calls answer `unavailable`. Running queries, also those that began before a
  /// reload(), end as `cancelled`; a write that is done already ends as done. Does not wait for them. May be
  /// called again.
  void close() noexcept;

 private:
  class Impl;
  explicit DataSourceManager(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

/// The process's own manager, made at the first call from the folder named by the environment variable
/// PENSTOCK_CONFIG, else ./config. Lives until the program ends; close() closes it for good, and it is not
/// made again. Throws std::runtime_error with the text of load()'s error when that fails; the next call tries
/// again. Thread-safe.
[[nodiscard]] DataSourceManager& get_manager();

}  // namespace penstock
