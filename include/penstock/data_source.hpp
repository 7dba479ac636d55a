// The contract of a datasource type: what a driver implements, and the registry that finds it by name.
//
// A DataSource is one configured deployment; it analyses statements and opens connections. A Connection is
// one session, used by one thread at a time and owned by a pool. A BatchReader is one running statement. To
// add a type, derive these three, describe them in a DataSourceType and add that to a registry:
// docs/adding-a-datasource.md.
//
// Nothing here may throw: what a driver throws all the same, and what it answers against this contract,
// becomes an `internal` error, and the connection is closed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/catalog.hpp"
#include "penstock/query.hpp"
#include "penstock/settings.hpp"

namespace penstock {

/// What a statement does, by its leading word.
enum class StatementKind : std::uint8_t {
  select,  ///< returns rows and changes nothing by itself (VALUES, WITH ... SELECT, SHOW and the like too)
  insert,
  update,
  remove,  ///< DELETE
  merge,   ///< MERGE, REPLACE
  define,  ///< DDL
  explain,
  other,
};
[[nodiscard]] std::string_view to_string(StatementKind kind) noexcept;

/// A name in a statement that only the engine's catalogue can tell the meaning of, unquoted.
struct CatalogName {
  enum class Kind : std::uint8_t {
    relation,  ///< a table, or a view that runs who knows what
    function,
    field,  ///< `b` of `a.b`: a column, or a function that takes the row `a`
  };
  Kind kind = Kind::relation;
  std::string schema;  ///< empty: found by the search path
  std::string name;
  friend bool operator==(const CatalogName&, const CatalogName&) = default;
};

/// What is known of a statement before it runs. The same for every execution of the same text, so it is
/// memoised.
struct Analysis {
  StatementKind kind = StatementKind::other;
  /// The statement writes, or may. False only when the analysis is sure, or the engine enforces it by itself.
  bool may_write = true;
  /// Names that qualify a table (`accounts_db` in `accounts_db.accounts`), each once, as written but
  /// unquoted. A name that may just as well be an alias is not among them.
  std::vector<std::string> qualifiers;
  /// Each of the qualifiers is certain to name a database of the engine, so one that no logical database maps
  /// to is `forbidden`. While false, such a name is let pass, as it may be an alias: the driver must then
  /// resolve qualifiers to `database` and `also_named` of the execution alone, whatever else the engine
  /// holds.
  bool qualifiers_are_certain = false;
  /// The statement may reach code that leaves something behind in the session (a setting, a lock), so the
  /// driver must clear the session after it.
  bool may_leave_state = false;
  /// The statement asks the engine what it holds (information_schema, pg_class, to_regclass()), which tells
  /// of other logical databases of the datasource too: it is refused to who may not know of them all.
  bool reads_catalogue = false;
  /// What the engine's catalogue must be asked about before `may_leave_state` can be believed, each once.
  /// Filled by drivers that ask it, and read by them alone.
  std::vector<CatalogName> names;
  friend bool operator==(const Analysis&, const Analysis&) = default;
};

struct AnalysisRequest {
  std::string_view sql;
  std::string_view database;  ///< the logical database of the query
  Access access = Access::read_only;
  /// Who asks may know of these databases alone: no message names another one. It changes no analysis, as
  /// that is remembered for others.
  const Grant* grant = nullptr;
};

/// A statement with parameters where another has literals, and the literals as their values.
struct ParameterizedStatement {
  std::string sql;
  Params params;
};

enum class PlanFormat : std::uint8_t { text, json };

/// What is to be told of how a statement would run.
struct ExplainOptions {
  bool analyze = false;  ///< run it, and tell what came of the plan
  PlanFormat format = PlanFormat::text;
};

/// A statement that answers with the plan of another, and what its rows mean.
struct ExplainStatement {
  enum class Rows : std::uint8_t {
    lines,  ///< one column, a line of text a row
    json,   ///< one column and one row, a JSON text
    tree,   ///< integers `id` and `parent` in the first two columns, what the step does in the last one
  };
  std::string sql;
  Rows rows = Rows::lines;
};

/// One execution. What it refers to must outlive the reader.
struct Execution {
  std::string_view sql;
  std::string_view database;  ///< logical, one of the datasource's
  const Params& params;
  const Analysis& analysis;  ///< of this very text
  std::vector<std::string>
      also_named;  ///< other logical databases of the datasource that the statement names
  Access access = Access::read_only;
  Deadline deadline = Deadline::never();
  /// Asked to stop by the caller, or when the manager closes. The driver watches it by itself, from execute()
  /// to the reader's end, waits included; nobody turns it into Connection::cancel(). It then ends as
  /// `cancelled`, unless a write was done already.
  std::stop_token stop;
  std::int64_t max_value_bytes = 64LL << 20;
  std::string_view trace_parent;  ///< as in QueryOptions
  /// The engine's role to run under (MappedRole::role of one of the datasource's); empty when it has none.
  std::string_view role;
  /// As in QueryOptions, and found in order.
  std::span<const std::pair<std::string, std::string>> settings;
  /// The caller keeps no more rows than this: a hint that saves fetching the rest. A write is carried out
  /// whole all the same.
  std::optional<std::int64_t> row_limit;
};

/// Whether two executions run as the same role with the same settings.
[[nodiscard]] bool same_identity(const Execution& a, const Execution& b) noexcept;

/// The rows of one running statement. Destroying it before the end cancels the statement and leaves the
/// connection fit for the next, or broken(). One thread at a time.
///
/// A write may be complete when execute() returns, or only when next() has come to the end (a server that
/// streams what RETURNING gives). So the manager asks for the end of a write even when it keeps none of the
/// rows, and never gives one up for a deadline or a stop: the driver does, while it still can, and says
/// `cancelled` or `timeout` only of what was not done. `outcome_unknown` when it cannot tell. A write whose
/// reader is destroyed before the end is done or undone as a whole.
class BatchReader {
 public:
  virtual ~BatchReader() = default;
  /// Column names and types; of no columns for a statement that returns no rows. Never null.
  [[nodiscard]] virtual const SchemaPtr& schema() const noexcept = 0;
  /// The next rows, at least one, at most some thousands and about a mebibyte; nothing at the end. A column
  /// may have widened since the batch before (see widen()); the batch's own schema says so. Errors: any. Not
  /// called again after the end or an error.
  [[nodiscard]] virtual Result<std::optional<RecordBatch>> next() = 0;
  /// Of a write, after the end; nothing for a read.
  [[nodiscard]] virtual std::optional<std::int64_t> affected_rows() const noexcept { return std::nullopt; }
};

/// The whole answer to one of several statements that ran together; small, so it is here at once.
struct SharedAnswer {
  SchemaPtr schema;  ///< of every batch; never null
  std::vector<RecordBatch>
      batches;  ///< all rows, up to one more than the execution's row_limit; none: no rows
};

/// What became of a statement that was to run together with others: its answer, an error of its own, or
/// nothing: it has no answer from here and is to run by itself, which harms nothing as it only reads.
using SharedOutcome = std::optional<Result<SharedAnswer>>;

/// The bounds of what is shared.
struct SharingLimits {
  static constexpr std::int64_t kMaxResultBytes = 64 << 10;    ///< of one result's values, as they come in
  static constexpr std::size_t kMaxParameterBytes = 64 << 10;  ///< of one execution
};

/// A logical database that a node cannot serve now, though the node answers.
struct DatabaseFailure {
  std::string database;
  Error error;
};

/// What `penstock check` reports of a node.
struct ServerInfo {
  std::string product;  ///< "SQLite", "PostgreSQL"
  std::string version;
  std::vector<std::string>
      warnings;  ///< what the session could do beyond its access, and what else looks unsafe
  std::vector<DatabaseFailure> failures;  ///< in the order of the configuration; the others can be served
};

/// Reads that were sent together and are not waited for: see Connection::begin_together(). One thread at a
/// time, which need not be the same.
class SharedReads {
 public:
  enum class State : std::uint8_t {
    waiting,    ///< more has to come: ask again when socket() is readable
    here,       ///< all of it came, and finish() will not wait
    uncertain,  ///< finish() may wait, as something went another way than usual
  };
  SharedReads() = default;
  SharedReads(const SharedReads&) = delete;
  SharedReads& operator=(const SharedReads&) = delete;
  virtual ~SharedReads() = default;

  [[nodiscard]] virtual int socket() const noexcept = 0;
  /// Takes in what has come, without waiting.
  [[nodiscard]] virtual State advance() = 0;
  /// As execute_together(). Once, and then nothing else; in any state.
  [[nodiscard]] virtual std::vector<SharedOutcome> finish() = 0;
};

/// One session with one node. Every method but cancel() is called by one thread at a time, not always the
/// same. No state of one execution may be visible to the next. Goes before its DataSource.
class Connection {
 public:
  virtual ~Connection() = default;

  /// Starts a statement. The reader borrows the connection and what `execution` refers to. Never null.
  /// Errors: any; after `unavailable` or `outcome_unknown` the connection is broken().
  [[nodiscard]] virtual Result<std::unique_ptr<BatchReader>> execute(const Execution& execution) = 0;
  /// Runs several reads in one round trip, one behind the other in one transaction that changes nothing, so
  /// that those who wait for a node share what a round trip costs. Gives one outcome for each, in their
  /// order; all are over when it returns, and the connection is fit for the next, or broken(). Blocks until
  /// then: up to the latest of the deadlines.
  ///
  /// For executions of one logical database, role and settings, as all of them run as the first one does, of
  /// statements that DataSource::may_share() was true of when they last ran; one that may not any more has no
  /// outcome and must run by itself. Neither has one
  /// - whose result grows beyond SharingLimits: its rows are dropped;
  /// - that the connection was lost under, or that the end of the batch kept from running.
  /// An error is the statement's own, as execute() would give it; the others do not notice.
  ///
  /// `stop` of the executions is not watched, and none is cancelled at the server for its own deadline, as a
  /// late cancel would hit its neighbour: a caller who is gone, or late, is detached by who shares, and the
  /// answer dropped when it comes. cancel() stops all of it and leaves the connection broken().
  [[nodiscard]] virtual std::vector<SharedOutcome> execute_together(std::span<const Execution> executions) {
    return std::vector<SharedOutcome>(executions.size());
  }
  /// The same without waiting, for a thread that must not: sends them, if the session has all that it takes,
  /// and returns. What the executions refer to, and they themselves, must outlive the result, which borrows
  /// the connection. Null: nothing was sent, and nothing is lost by execute_together().
  ///
  /// May be called again while what it returned is under way: then it sends them behind those, in a
  /// transaction of their own, or returns null. Each is finished before anything is asked of the next.
  /// cancel() stops all of them.
  [[nodiscard]] virtual std::unique_ptr<SharedReads> begin_together(
      std::span<const Execution> /*executions*/) {
    return nullptr;
  }
  /// Tables, views, columns, keys and indexes of a logical database; of one table when `table` is not empty
  /// (`not_found`, with the nearest name, when there is none).
  [[nodiscard]] virtual Result<DatabaseSchema> introspect(std::string_view database, std::string_view table,
                                                          Deadline deadline) = 0;
  /// The same as a role of the engine (MappedRole::role) sees it: what that role may not read is left out.
  /// Asked only of datasources that have roles.
  [[nodiscard]] virtual Result<DatabaseSchema> introspect_as(std::string_view /*role*/,
                                                             std::string_view database,
                                                             std::string_view table, Deadline deadline) {
    return introspect(database, table, deadline);
  }
  /// Asks the node for a sign of life.
  [[nodiscard]] virtual Result<void> probe(Deadline deadline) = 0;
  [[nodiscard]] virtual Result<ServerInfo> server_info(Deadline deadline) = 0;
  /// Stops what execute(), next(), introspect(), probe() or server_info() is doing, from any thread, without
  /// blocking. What runs ends as `cancelled`. Does nothing when nothing runs, and never harms what runs
  /// later: a driver that cannot tell whom its server will hit makes the connection broken(). Called for a
  /// schema whose caller asks to stop, and for leased connections when their manager closes, which are never
  /// leased again.
  virtual void cancel() noexcept = 0;
  /// Whether the session can still be used, as far as is known without asking the node; costs next to
  /// nothing.
  [[nodiscard]] virtual bool broken() const noexcept = 0;
  /// The logical database whose session settings are in place, so that the pool can prefer a fitting
  /// connection; empty when it makes no difference.
  [[nodiscard]] virtual std::string_view current_database() const noexcept { return {}; }
};

/// One server of a datasource.
struct Node {
  std::string name;  ///< "primary" for the primary
  friend bool operator==(const Node&, const Node&) = default;
};

/// A configured deployment of one type. Thread-safe: analyze() and connect() are called by many threads at a
/// time. Making one reads its configuration and touches no network or file; connect() does. It outlives its
/// connections.
class DataSource {
 public:
  virtual ~DataSource() = default;

  /// What the statement is and names. Pure: no I/O. Errors: `invalid_argument` (empty, more than one
  /// statement, invalid UTF-8, a NUL byte), `syntax_error`, `read_only`, `forbidden`, `unsupported`.
  [[nodiscard]] virtual Result<Analysis> analyze(const AnalysisRequest& request) const = 0;
  /// The same statement with parameters where it has literals, so that what was learned and prepared for one
  /// serves all that differ in these alone. It must answer with the same rows, columns and types, or fail:
  /// then the statement runs as it was written. Asked of statements without parameters that were not seen
  /// before, by every query, so it should take no more than some microseconds; what it gives is analysed as
  /// any other text, and used for reads alone. Nothing: the statement is best left as it is. Pure.
  /// Thread-safe.
  [[nodiscard]] virtual std::optional<ParameterizedStatement> parameterize(std::string_view sql) const {
    static_cast<void>(sql);
    return std::nullopt;
  }
  /// The statement that shows how the engine would run `sql`, which analyze() took for one statement that is
  /// no explanation itself. It has the same parameters, and is analysed and run like any other. Pure. Errors:
  /// `unsupported`, also of options.
  [[nodiscard]] virtual Result<ExplainStatement> explain(std::string_view sql,
                                                         const ExplainOptions& options) const {
    static_cast<void>(sql);
    static_cast<void>(options);
    return fail(ErrorCode::unsupported, "this type of datasource does not show how it runs a statement");
  }
  /// Opens a session with a node. There is no stop token, so it must honour the deadline: the end of the
  /// process may wait for it. Never null. Errors: `unavailable`, `timeout`, `unauthenticated`, `not_found`.
  [[nodiscard]] virtual Result<std::unique_ptr<Connection>> connect(const Node& node, Deadline deadline) = 0;
  /// Whether the statement may share a transaction with others of its logical database (see
  /// Connection::execute_together()): it reads, and neither can leave anything in the session nor can
  /// anything that it runs. That may depend on what the server's catalogue held when it was last read: asked
  /// when a statement has shown itself fast and small, and by the driver itself whenever it runs with others.
  /// Thread-safe.
  [[nodiscard]] virtual bool may_share(const Execution& /*execution*/) const { return false; }
  /// The primary first; at least that. Asked once, after the datasource was made.
  [[nodiscard]] virtual std::vector<Node> nodes() const { return {Node{"primary"}}; }
};

/// A type of datasource: what its configuration looks like, and how to make one.
struct DataSourceType {
  using Factory = std::function<Result<std::unique_ptr<DataSource>>(const DataSourceConfig&)>;

  TypeSpec spec;
  Factory create;              ///< never gives null; empty: this build has no driver for the type
  std::string missing_driver;  ///< then: why, and what to do
};

/// The types a manager knows. A value; not thread-safe while being changed.
class DataSourceRegistry {
 public:
  /// The types of this build.
  [[nodiscard]] static DataSourceRegistry with_builtin_types();
  /// Adds a type of the program's own. `invalid_argument` when its name or an alias is taken or empty.
  [[nodiscard]] Result<void> add(DataSourceType type);
  /// By name or alias, whatever the case; null when there is none.
  [[nodiscard]] const DataSourceType* find(std::string_view name) const noexcept;
  [[nodiscard]] const std::vector<DataSourceType>& types() const noexcept { return types_; }

 private:
  std::vector<DataSourceType> types_;
};

}  // namespace penstock
