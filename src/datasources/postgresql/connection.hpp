// One session with a PostgreSQL server, and the statements that run on it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/data_source.hpp"

#include "datasources/canceller.hpp"
#include "datasources/postgresql/catalog_copy.hpp"
#include "datasources/postgresql/code_map.hpp"
#include "datasources/postgresql/mask_expression.hpp"
#include "datasources/postgresql/mask_rewrite.hpp"
#include "datasources/postgresql/masked_statement.hpp"
#include "datasources/postgresql/options.hpp"
#include "datasources/postgresql/resolver.hpp"
#include "datasources/postgresql/session.hpp"
#include "datasources/postgresql/statement_cache.hpp"
#include "datasources/postgresql/types.hpp"

namespace penstock::postgresql {

/// For a server to end what is not wanted any more, before its session is given up.
inline constexpr std::chrono::seconds kRecoveryTime{2};

/// What the connections of one datasource share. Thread-safe.
struct Shared {
  explicit Shared(Options given)
      : options(std::move(given)),
        mask_rewriter(policy_of(options)),
        hash_keys(postgresql::hash_keys(options.config.mask_secret)) {}
  const Options options;
  CatalogCopy<CodeMap> code_maps;
  CatalogCopy<MaskMap> mask_maps;
  const MaskRewriter mask_rewriter;
  const HashKeys hash_keys;
  Resolver resolver;
  Canceller canceller;

  /// Whether nothing of the execution has to do with masks, as the catalogue was when it was read last.
  [[nodiscard]] bool shows_as_it_is(const Execution& execution);
};

/// What the server must have set when a statement runs.
struct StatementSettings {
  std::string_view search_path;  ///< the options' own
  std::int64_t timeout = 0;      ///< statement_timeout in milliseconds; 0: none

  /// A session with these may run a statement that wants those.
  [[nodiscard]] bool serves(const StatementSettings& wanted) const noexcept;
  friend bool operator==(const StatementSettings&, const StatementSettings&) = default;
};

/// What the beginning of a transaction asks set_config() for.
struct SettingsAsked {
  std::string_view search_path;              ///< the options' own
  std::optional<StatementSettings> to_keep;  ///< for the session, before the transaction
};

/// Who it says that it runs for; refers to its execution.
struct IdentityAsked {
  bool traced = false;
  std::string_view role;
  std::span<const std::pair<std::string, std::string>> settings;
};

/// What the beginning of a transaction asks for, so that its answers can be held against it.
struct BeginAsked {
  std::optional<SettingsAsked> settings;
  IdentityAsked identity;
  const MaskedStatement* guard = nullptr;
};

class PostgresConnection final : public Connection {
 public:
  [[nodiscard]] static Result<std::unique_ptr<PostgresConnection>> open(const std::shared_ptr<Shared>& shared,
                                                                        Deadline deadline);

  [[nodiscard]] Result<std::unique_ptr<BatchReader>> execute(const Execution& execution) override;
  [[nodiscard]] std::vector<SharedOutcome> execute_together(std::span<const Execution> executions) override;
  [[nodiscard]] std::unique_ptr<SharedReads> begin_together(std::span<const Execution> executions) override;
  [[nodiscard]] Result<DatabaseSchema> introspect(std::string_view database, std::string_view table,
                                                  Deadline deadline) override;
  [[nodiscard]] Result<DatabaseSchema> introspect_as(std::string_view role, std::string_view database,
                                                     std::string_view table, Deadline deadline) override;
  [[nodiscard]] Result<void> probe(Deadline deadline) override;
  [[nodiscard]] Result<ServerInfo> server_info(Deadline deadline) override;
  void cancel() noexcept override { session_->interrupt(); }
  [[nodiscard]] bool broken() const noexcept override;
  [[nodiscard]] std::string_view current_database() const noexcept override { return current_database_; }

 private:
  friend class PostgresReader;
  friend class Together;
  friend class Write;

  PostgresConnection(std::shared_ptr<Shared> shared, std::unique_ptr<Session> session) noexcept
      : shared_(std::move(shared)), session_(std::move(session)) {}

  // connection.cpp: what is around every statement
  [[nodiscard]] Result<std::unique_ptr<BatchReader>> run(
      const Execution& execution, const std::shared_ptr<const MaskedStatement>& masked);
  [[nodiscard]] BeginAsked request_begin(const Execution& execution, bool write);
  [[nodiscard]] std::optional<SettingsAsked> request_transaction(const Execution& execution,
                                                                 const char* begin);
  [[nodiscard]] IdentityAsked request_identity(const Execution& execution);
  [[nodiscard]] Result<void> finish_identity(const IdentityAsked& asked, Deadline deadline);
  [[nodiscard]] Result<void> check_role(const Execution& execution) const;
  [[nodiscard]] Result<void> finish_begin(const BeginAsked& asked, Deadline deadline);
  /// Whether its transaction leaves the session's settings as they are.
  [[nodiscard]] bool keeps_settings(const Execution& execution) const;
  [[nodiscard]] Result<void> finish_settings(const SettingsAsked& asked, Deadline deadline);
  [[nodiscard]] std::optional<StatementSettings> usual_settings(std::string_view search_path) const;
  void recover() noexcept;
  void abandon() noexcept;
  void cancel_and_close() noexcept;
  [[nodiscard]] Error failed(Error error, Deadline deadline) noexcept;
  /// Of our own, outside of a transaction.
  [[nodiscard]] Result<TextRows> ask(std::string_view sql, const TextParameters& parameters,
                                     Deadline deadline);

  // set_up.cpp
  [[nodiscard]] Result<void> set_up(Deadline deadline);
  [[nodiscard]] std::string session_role() const;
  void request_pins();
  [[nodiscard]] Result<void> request_audit();
  [[nodiscard]] Result<void> finish_audit(Deadline deadline);
  [[nodiscard]] Result<void> note_pins(const TextRows& rows);
  void request_clear();
  [[nodiscard]] Result<void> finish_clear(Deadline deadline);
  void end_clear(Deadline deadline) noexcept;
  void clear_state(Deadline deadline) noexcept;

  // prepare.cpp
  [[nodiscard]] Result<PreparedStatementPtr> prepare(const Execution& execution, bool write);
  [[nodiscard]] Result<PreparedStatementPtr> finish_prepare(std::string name, Deadline deadline);
  [[nodiscard]] Result<void> learn_types(const std::vector<Oid>& types, Deadline deadline);

  // code_maps.cpp
  [[nodiscard]] Result<std::shared_ptr<const CodeMap>> code_map(Deadline deadline);
  /// See CodeMap::reaches_code().
  [[nodiscard]] Result<bool> reaches_code(const Execution& execution);

  // masked_statement.cpp
  [[nodiscard]] Result<std::shared_ptr<const MaskMap>> mask_map(Deadline deadline);
  [[nodiscard]] Result<void> check_constants(MaskMap& map, Deadline deadline);
  [[nodiscard]] Result<std::shared_ptr<const MaskedStatement>> mask(const Execution& execution);
  [[nodiscard]] Result<void> rewrite(const Execution& execution, MaskedStatement& into);
  [[nodiscard]] Result<std::unique_ptr<BatchReader>> execute_masked(const Execution& execution);
  [[nodiscard]] Result<std::unique_ptr<BatchReader>> run_masked(
      const Execution& execution, const std::shared_ptr<const MaskedStatement>& masked);
  void request_guard();
  [[nodiscard]] Result<void> finish_guard(const MaskedStatement* guard, Deadline deadline);

  // suggestions.cpp
  [[nodiscard]] Error with_suggestion(Error error, const Execution& execution);

  std::shared_ptr<Shared> shared_;
  std::unique_ptr<Session> session_;
  TypeMap types_;
  StatementCache statements_;
  std::string current_database_;
  bool unclean_ = false;  // users' code may have run: what it left must go, however the statement ends
  std::optional<StatementSettings> in_force_;  // in the session; nothing when that is not known
  std::weak_ptr<Run> shared_run_;              // of the reads that are under way together
  const MaskedStatement* guard_ = nullptr;     // what must hold for the statement that is being begun
  bool masks_outdated_ = false;                // it did not hold
  std::int64_t server_statement_timeout_ = 0;  // the role's own, in milliseconds; 0: none
};

[[nodiscard]] inline StatementId id_of(const Execution& execution) noexcept {
  return {execution.database, execution.role, execution.sql};
}

/// Whether the plan of a cached statement no longer fits, or the statement is gone.
[[nodiscard]] bool is_stale(const Error& error) noexcept;

/// Whether the values given fit the statement's parameters. Errors: `invalid_argument`.
[[nodiscard]] Result<void> check_parameters(const PreparedStatement& statement, const Params& params,
                                            const TypeMap& types);

/// When to give up waiting for a server that was told to stop at `deadline` by itself.
[[nodiscard]] Deadline with_grace(Deadline deadline) noexcept;

}  // namespace penstock::postgresql
