// One open SQLite handle: a logical database as main, the others that a statement names attached, every
// safety layer in place.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/data_source.hpp"

#include "datasources/sqlite/authorizer.hpp"
#include "datasources/sqlite/errors.hpp"
#include "datasources/sqlite/files.hpp"
#include "datasources/sqlite/handle.hpp"
#include "datasources/sqlite/name_guard.hpp"
#include "datasources/sqlite/options.hpp"
#include "datasources/sqlite/run_control.hpp"
#include "datasources/sqlite/statement.hpp"
#include "datasources/sqlite/suggestions.hpp"

namespace penstock::sqlite {

/// SQLite attaches ten databases at most (SQLITE_MAX_ATTACHED).
inline constexpr std::size_t kMaxAttached = 10;

/// Which databases a session has open, and how.
struct SessionKey {
  std::string database;               ///< logical; SQLite's main
  std::vector<std::string> attached;  ///< logical, sorted, without `database`
  Access access = Access::read_only;

  /// Errors: `limit_exceeded` for more than kMaxAttached, `unsupported` for one that SQLite cannot attach.
  [[nodiscard]] static Result<SessionKey> of(std::string_view database,
                                             const std::vector<std::string>& also_named, Access access);
  friend bool operator==(const SessionKey&, const SessionKey&) = default;
};

/// Belongs to its connection and the connection's thread.
class Session {
 public:
  /// Errors: `unavailable`, `invalid_data`, `timeout`, `cancelled`, `not_found` for a database that is not
  /// the datasource's. `options` and `control` must outlive the session.
  [[nodiscard]] static Result<std::unique_ptr<Session>> open(SessionKey key, const Options& options,
                                                             RunControl& control);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] const SessionKey& key() const noexcept { return key_; }
  [[nodiscard]] sqlite3* handle() const noexcept { return handle_.get(); }
  [[nodiscard]] const std::vector<OpenedFile>& files() const noexcept { return files_; }

  /// The prepared statement of this text, from the cache when it is there. It stays valid until the next call
  /// of a function that is not const. Errors: any.
  [[nodiscard]] Result<PreparedStatement*> prepare(std::string_view sql);
  /// Forgets the statement, so that the next prepare() does it all again.
  void forget(const PreparedStatement& statement) noexcept { cache_.erase(statement); }
  /// After SQLite prepared a statement anew by itself: whether its unqualified names still mean what they
  /// meant. When not, it must be forgotten and prepared again.
  [[nodiscard]] Result<bool> still_guarded(const PreparedStatement& statement);

  /// Virtual tables ask for writes of their own when they connect, which the authorizer cannot tell from the
  /// statement's. So when such a refusal comes, they are connected in advance, and the statement is prepared
  /// again. Says whether that was done now.
  [[nodiscard]] bool connect_virtual_tables_after_denial();

  /// Runs a statement of ours that returns nothing of interest.
  [[nodiscard]] Result<void> run_own(const std::string& sql);
  [[nodiscard]] const RunControl& control() const noexcept { return *control_; }
  /// Why the last step failed.
  [[nodiscard]] Error step_error(std::string_view sql);
  void limit_value_bytes(std::int64_t bytes) noexcept;
  [[nodiscard]] Authorizer& authorizer() noexcept { return authorizer_; }

 private:
  Session(SessionKey key, const Options& options, RunControl& control);
  [[nodiscard]] Result<void> open_main();
  [[nodiscard]] Result<void> open_handle(const OpenedFile& file);
  [[nodiscard]] Result<void> harden();
  [[nodiscard]] Result<void> attach(const std::string& database);
  [[nodiscard]] Result<OpenedFile> locate(const std::string& database, OpenMode mode) const;
  [[nodiscard]] Result<PreparedStatement> compile(std::string_view sql);
  [[nodiscard]] Error prepare_error(std::string_view sql);
  [[nodiscard]] Error failed_step_error(const Failure& failure, const std::string& database,
                                        std::string_view sql);
  [[nodiscard]] std::string locked_database();
  [[nodiscard]] Error too_large(const Failure& failure) const;
  void add_nearest(Error& error, const Failure& failure, std::string_view sql);
  void explain_missing_table(Error& error, const TableName& name);
  [[nodiscard]] bool has_open(std::string_view database) const noexcept;
  [[nodiscard]] std::optional<TableName> find_elsewhere(const TableName& wanted);
  void connect_virtual_tables();

  SessionKey key_;
  const Options* options_;
  RunControl* control_;
  Authorizer authorizer_;
  std::vector<OpenedFile> files_;  // main first
  DatabaseHandle handle_;
  NameGuard guard_;
  StatementCache cache_;
  std::int64_t value_bytes_ = 0;
};

}  // namespace penstock::sqlite
