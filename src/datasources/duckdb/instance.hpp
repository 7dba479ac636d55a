// An instance of DuckDB for one file, or for the folders of one query's databases: what it may open is fixed
// when it is made, and it can neither write nor reach anything else.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "datasources/duckdb/files.hpp"
#include "datasources/duckdb/handles.hpp"
#include "datasources/duckdb/options.hpp"
#include "datasources/duckdb/own_statements.hpp"
#include "datasources/duckdb/run_control.hpp"

namespace penstock::duckdb {

/// The catalogue that a database file is attached as.
inline constexpr std::string_view kFileCatalogue = "penstock";

/// Whether the path is that of a database file by its name: .duckdb, .ddb or .db.
[[nodiscard]] bool is_database_file(const std::filesystem::path& path);

/// What an instance serves. Of a file, nothing: one instance serves all of its databases. Of a folder, the
/// logical database whose tables need no qualifier, and those that the statement names beside it, or itself,
/// in order.
struct InstanceKey {
  std::string database;
  std::vector<std::string> named;
  friend auto operator<=>(const InstanceKey&, const InstanceKey&) = default;
};

/// Immutable once it is open; connections to it may be made by several threads.
class Instance {
 public:
  /// Errors: `unavailable`, `not_found`, `limit_exceeded`, and those of `control`'s run.
  [[nodiscard]] static Result<std::shared_ptr<Instance>> open(const Api& api, const Options& options,
                                                              InstanceKey key, RunControl& control);

  /// A session whose unqualified names are those of `database`. Of a file, it finds the schemas of `named`
  /// too, and no others without the file's catalogue.
  [[nodiscard]] Result<ConnectionHandle> connect(const LogicalDatabase& database,
                                                 const std::vector<std::string>& named) const;
  [[nodiscard]] const InstanceKey& key() const noexcept { return key_; }
  /// Why a file of the folder is no table; empty when none is called so.
  [[nodiscard]] std::string_view problem_of(std::string_view table) const;
  /// What was left out of the folder, and tables that cannot be read.
  [[nodiscard]] std::vector<std::string> problems() const;
  /// Whether the files are still what they were. Errors: `unavailable`.
  [[nodiscard]] Result<bool> is_current() const;

 private:
  Instance(const Api& api, const Options& options, InstanceKey key)
      : api_(&api), options_(&options), key_(std::move(key)), database_(api) {}
  [[nodiscard]] Result<void> start();
  [[nodiscard]] Result<void> attach_file(duckdb_connection connection);
  [[nodiscard]] Result<void> find_hiding_macros(duckdb_connection connection);
  [[nodiscard]] Result<std::vector<TextRow>> read_functions(duckdb_connection connection,
                                                            std::string_view columns,
                                                            std::string_view catalogue) const;
  [[nodiscard]] Result<void> make_views(duckdb_connection connection, RunControl& control);
  [[nodiscard]] Result<void> make_views_of(duckdb_connection connection, RunControl& control,
                                           const std::string& database, std::string_view schema);
  [[nodiscard]] Result<void> seal(duckdb_connection connection);
  [[nodiscard]] Result<void> run(duckdb_connection connection, const std::string& sql) const;

  const Api* api_;
  const Options* options_;
  InstanceKey key_;
  DatabaseHandle database_;
  DatabaseFileState file_;                            // of a file
  std::map<std::string, std::string> hiding_macros_;  // of a file: a macro by its schema, in lower case
  std::map<std::string, Inventory> inventories_;      // of a folder, by logical database
  std::map<std::string, std::string> broken_;  // tables of it that DuckDB cannot read, and what it said
};

/// The instances that are in use. One goes when nobody uses it any more, so that a file is let go of.
/// Thread-safe.
class Instances {
 public:
  /// Both must outlive it.
  Instances(const Api& api, const Options& options) noexcept : api_(&api), options_(&options) {}
  /// The instance for `key` with the files as they are now: of a file at once, of a folder within a second or
  /// two. Made when there is none. Errors: as Instance::open(), and `timeout` while another thread makes it.
  [[nodiscard]] Result<std::shared_ptr<Instance>> get(const InstanceKey& key, RunControl& control);
  /// The next get() of `key` looks at the files, whenever that was done last.
  void look_soon(const InstanceKey& key);
  /// The same for a key whose files are looked through in no time; false: they are not, and nothing is asked.
  bool look_soon_if_quick(const InstanceKey& key);

 private:
  struct Slot {
    std::timed_mutex mutex;
    std::weak_ptr<Instance> instance;
    Deadline::Clock::time_point look_again;
    // By threads that do not wait for the mutex, which a look at many files holds for long.
    std::atomic<bool> look_now = false;
    std::atomic<bool> looks_quickly = true;  // the last time
  };
  [[nodiscard]] std::shared_ptr<Slot> slot_of(const InstanceKey& key);
  const Api* api_;
  const Options* options_;
  std::mutex mutex_;
  std::map<InstanceKey, std::shared_ptr<Slot>> slots_;
};

}  // namespace penstock::duckdb
