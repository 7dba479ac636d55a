// How a datasource type describes itself to the conformance suite.
//
// The suite speaks to a type through DataSourceManager and the driver contract alone. What it needs beyond
// that is here: a Deployment (a private place with data in it), a Language (the suite's statements as the
// engine writes them) and Quirks (what the engine cannot do, each with a reason and a link to its
// documentation).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/data_source.hpp"
#include "penstock/value.hpp"

namespace penstock::conformance {

/// What a type may lack. Everything that is not listed here, every type must do.
enum class Feature : std::uint8_t {
  writes,       ///< `access: read_write`
  constraints,  ///< a write that breaks a key is refused
  expressions,  ///< a column that is computed, and a statement without a table
  named_parameters,
  null_parameters,  ///< null bound to a parameter
  comments_in_sql,
  views,
  primary_keys,
  foreign_keys,
  indexes,
  column_defaults,
  declared_columns,  ///< a table has its columns, and they their types, before its first row
  not_null,
  comments,  ///< of tables and columns, kept by the engine
  joins,     ///< of tables of two logical databases of one datasource
  sorting,
  invalid_text,         ///< the engine can hold text that is not UTF-8
  counted_connections,  ///< how many sessions are open can be seen from outside
  permissions,          ///< the engine knows users, and what each may read
  sessions,             ///< with a server, so that they can be lost
};
[[nodiscard]] std::string_view to_string(Feature feature) noexcept;

/// Why a test does not apply, and where the engine's makers (or, for our own example, we) say so.
struct Exclusion {
  std::string reason;
  std::string documentation;  ///< https://..., or a file of this repository
};

struct ColumnSpec {
  std::string name;
  TypeId type = TypeId::string;
  bool nullable = true;
  std::optional<Value> default_value{};
  std::string comment{};
};
struct ForeignKeySpec {
  std::vector<std::string> columns;
  std::string table;
  std::vector<std::string> referenced;
  std::string on_delete = "NO ACTION";
};
struct IndexSpec {
  std::string name;
  std::vector<std::string> columns;
  bool unique = false;
};
/// A table to be made: what the engine lacks a feature for is left empty by the tests.
struct TableSpec {
  std::string name;
  std::vector<ColumnSpec> columns;
  std::vector<std::vector<Value>> rows{};
  std::vector<std::string> primary_key{};
  std::vector<ForeignKeySpec> foreign_keys{};
  std::vector<IndexSpec> indexes{};
  std::string comment{};
};

struct Statement {
  std::string sql;
  Params params{};
};

/// A private place of an engine with empty logical databases, gone when destroyed. It is changed by the
/// engine's own means, never through Penstock. One thread at a time.
class Deployment {
 public:
  virtual ~Deployment() = default;

  /// The lines of `connection:`, such as {"path", "/tmp/x"}, values as plain text.
  [[nodiscard]] virtual std::vector<std::pair<std::string, std::string>> connection() const = 0;
  virtual void create_table(std::string_view database, const TableSpec& table) = 0;
  /// A view of all columns and rows of a table. For Feature::views.
  virtual void create_view(std::string_view database, std::string_view name, std::string_view table);
  /// A table of two text columns: `n`, from 1 in eight digits ("00000001"), and `filling`, of `width` bytes.
  virtual void create_numbers(std::string_view database, std::string_view table, std::int64_t rows,
                              int width) = 0;
  /// A table of two text columns, `n` as above and `garbled`: `rows` good rows, then one whose `garbled` is
  /// the bytes 66 FF 6F. For Feature::invalid_text.
  virtual void create_invalid_text(std::string_view database, std::string_view table, std::int64_t rows);

  /// A statement that gives row after row and has no end. Each is to be run once.
  [[nodiscard]] virtual Statement endless_rows(std::string_view database) = 0;
  /// A statement that runs without end before its first row. Each is to be run once.
  [[nodiscard]] virtual Statement endless_silence(std::string_view database) = 0;

  /// A text that changes when data, structure, or anything else the engine keeps is changed.
  [[nodiscard]] virtual std::string checksum() = 0;
  /// Sessions open now, as the engine or the system sees them. For Feature::counted_connections.
  [[nodiscard]] virtual std::int64_t open_connections();
  /// Makes a user who may read all of the database but `table`, whose name begins with "forbidden", and says
  /// which lines of connection() are theirs. For Feature::permissions.
  [[nodiscard]] virtual std::vector<std::pair<std::string, std::string>> connection_without(
      std::string_view database, std::string_view table);
  /// Ends all sessions of Penstock, as an administrator does; new ones can be opened at once. For
  /// Feature::sessions.
  virtual void end_sessions();
  /// The server's process dies, and another takes its place. For Feature::sessions.
  virtual void crash();
  /// Makes the engine unreachable, cutting what is connected, and reachable again with its data.
  virtual void go_away() = 0;
  virtual void come_back() = 0;
};

/// The suite's statements in the engine's words.
class Language {
 public:
  virtual ~Language() = default;

  /// All columns and rows of `table`, which may be qualified by a logical database ("accounts_db", "people").
  [[nodiscard]] virtual std::string rows(std::string_view table, std::string_view database = {}) const = 0;
  /// Those whose `column` equals the first positional parameter.
  [[nodiscard]] virtual std::string rows_equal(std::string_view table, std::string_view column) const = 0;
  /// A statement that the engine cannot parse.
  [[nodiscard]] virtual std::string nonsense() const = 0;
  /// Columns called `name` twice and then `name_2`, with the values "a", "b" and "c", of a table made by this
  /// call.
  [[nodiscard]] virtual std::string duplicate_columns(Deployment& deployment,
                                                      std::string_view database) const = 0;
  /// The column type whose values come back as `type`, for the tables of Deployment; nothing: see
  /// without_types.
  [[nodiscard]] virtual bool has_type(TypeId type) const = 0;

  // For the features of their names; the others never ask.
  [[nodiscard]] virtual std::string rows_sorted(std::string_view table, std::string_view column) const;
  [[nodiscard]] virtual std::string rows_equal_named(std::string_view table, std::string_view column,
                                                     std::string_view parameter) const;
  /// `left` joined with `right` of another database by a column of the same name; the columns are left's,
  /// then right's.
  [[nodiscard]] virtual std::string join(std::string_view left, std::string_view right_database,
                                         std::string_view right, std::string_view column) const;
  /// Adds a row of `count` positional parameters.
  [[nodiscard]] virtual std::string insert(std::string_view table, std::size_t count) const;
  /// The statement, with a comment in its middle and one at its end.
  [[nodiscard]] virtual std::string commented(std::string_view statement) const;
  /// One row of one column: the parameter itself.
  [[nodiscard]] virtual std::string echo() const;
};

/// A statement that tries to write, to see what it may not, or to weaken a bound, under read-only access. It
/// must be refused, and Deployment::checksum() must stay. "{folder}" stands for a folder the process may
/// write.
struct Attack {
  std::string name;  ///< of letters, digits and '_'
  std::string sql;
};

/// A pair of statements: whatever `change` did, `probe` must answer afterwards as it did before.
struct Leak {
  std::string name;
  std::string change;
  std::string probe;
};

struct Quirks {
  /// A column that the engine gives every table beside those it was made with; the suite's statements do not
  /// ask for it. Empty: none.
  std::string own_column{};
  /// A database whose name in the engine differs is qualified by that name, not by the logical one.
  bool qualified_by_physical_names = false;
  /// A statement that was stopped, or whose result was cut, costs its connection.
  bool a_stop_ends_the_session = false;
  /// Bytes that the engine gives at once, though a batch is smaller, and how many times a stream holds them.
  std::int64_t reply_bytes = 0;
  int reply_copies = 1;
  /// Bytes that the engine keeps in our process of the table that it is reading, beside what it gives.
  std::int64_t scan_bytes = 0;
  std::map<Feature, Exclusion> without{};
  /// What the suite tests against an answer of its own, as the server it starts cannot give it.
  std::map<Feature, Exclusion> imitated{};
  std::map<TypeId, Exclusion> without_types{};
  /// By the names of types_test.cpp's values, such as "float64_nan".
  std::map<std::string, Exclusion, std::less<>> without_values{};
  /// What Feature::invalid_text comes as: its bytes, unaltered, or else an `invalid_data` error that names
  /// the column.
  bool invalid_text_comes_as_bytes = false;
  std::vector<Attack> attacks{};
  std::vector<Leak> leaks{};
  /// A statement that breaks the second of two; both valid by themselves.
  std::string two_statements{};
  /// Tests of this engine that must run, not be skipped, in a whole run.
  int minimum_executed = 0;
};

struct Engine {
  std::string name;       ///< in test names: letters, digits and '_'
  std::string type;       ///< as in datasources.yaml
  std::string variant{};  ///< of a type that has several kinds of places for its data; in words
  Quirks quirks;
  std::shared_ptr<const Language> language;
  std::function<std::unique_ptr<Deployment>(const std::vector<std::string>& databases)> deploy;
  /// Adds the type to a manager's registry; empty for those that Penstock has.
  std::function<void(DataSourceRegistry&)> add_type{};
  /// What its server lacks on this machine, so that no test can run: they are left out, but fail where the
  /// environment has CI set. Empty: nothing.
  std::string missing{};
};

/// Every engine of the suite, one line each.
[[nodiscard]] const std::vector<Engine>& engines();

/// An engine as a test's parameter.
struct EngineRef {
  const Engine* engine = nullptr;
  [[nodiscard]] const Engine& operator*() const { return *engine; }
  [[nodiscard]] const Engine* operator->() const { return engine; }
};
void PrintTo(const EngineRef& ref,
             std::ostream* out);  // NOLINT(readability-identifier-naming): GoogleTest's name
[[nodiscard]] std::vector<EngineRef> engine_refs();

}  // namespace penstock::conformance
