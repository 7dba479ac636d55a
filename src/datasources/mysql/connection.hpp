// One session with a MySQL or MariaDB server, and the statements that run on it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/data_source.hpp"

#include "datasources/canceller.hpp"
#include "datasources/mysql/options.hpp"
#include "datasources/mysql/session.hpp"
#include "datasources/mysql/statement_cache.hpp"
#include "datasources/name_lookup.hpp"

namespace penstock::mysql {

/// For a server to end what is not wanted any more, before its session is given up.
inline constexpr std::chrono::seconds kRecoveryTime{2};

/// Engines whose tables may hold, in their definitions and comments, what they reach another server by.
inline constexpr std::string_view kFarEngines = "('FEDERATED','CONNECT','SPIDER','S3')";

/// What the connections of one datasource share. Thread-safe.
struct Shared {
  explicit Shared(Options given);
  const std::shared_ptr<const Options> options;
  const std::shared_ptr<NameLookup> names;
  Canceller canceller;
};

/// A session with the datasource's server, at whichever of its addresses answers.
[[nodiscard]] Result<std::unique_ptr<Session>> open_session(const Options& options, NameLookup& names,
                                                            Deadline deadline);

class MysqlConnection final : public Connection {
 public:
  [[nodiscard]] static Result<std::unique_ptr<MysqlConnection>> open(const std::shared_ptr<Shared>& shared,
                                                                     Deadline deadline);

  [[nodiscard]] Result<std::unique_ptr<BatchReader>> execute(const Execution& execution) override;
  [[nodiscard]] Result<DatabaseSchema> introspect(std::string_view database, std::string_view table,
                                                  Deadline deadline) override;
  [[nodiscard]] Result<void> probe(Deadline deadline) override;
  [[nodiscard]] Result<ServerInfo> server_info(Deadline deadline) override;
  void cancel() noexcept override { session_->interrupt(); }
  [[nodiscard]] bool broken() const noexcept override;
  [[nodiscard]] std::string_view current_database() const noexcept override { return current_database_; }

 private:
  friend class MysqlReader;
  friend class Write;

  MysqlConnection(std::shared_ptr<Shared> shared, std::unique_ptr<Session> session) noexcept
      : shared_(std::move(shared)), session_(std::move(session)) {}

  // connection.cpp: what is around every statement
  void request_time_limit(Deadline deadline);
  [[nodiscard]] Result<void> finish_time_limit(Deadline deadline);
  void recover() noexcept;
  void abandon() noexcept;
  void kill_and_close() noexcept;
  [[nodiscard]] Error failed(Error error, Deadline deadline) noexcept;
  /// Of our own, outside of a transaction; all in one round trip.
  [[nodiscard]] Result<std::vector<TextRows>> ask(const std::vector<std::string>& queries, Deadline deadline);

  // set_up.cpp
  [[nodiscard]] Result<void> set_up(Deadline deadline);
  void request_clear();
  /// Lets the session write until it is cleared.
  void request_writing();
  [[nodiscard]] Result<void> finish_clear(Deadline deadline);
  void end_clear(Deadline deadline) noexcept;

  // prepare.cpp
  [[nodiscard]] Result<PreparedStatementPtr> prepare(const Execution& execution);
  [[nodiscard]] Result<PreparedStatementPtr> known_statement(const Execution& execution);

  // suggestions.cpp
  [[nodiscard]] Error with_suggestion(Error error, const Execution& execution);

  std::shared_ptr<Shared> shared_;
  std::unique_ptr<Session> session_;
  StatementCache statements_;
  std::string current_database_;  // logical, of the last statement
  std::string used_database_;     // the server's; empty: not known
  bool unclean_ = false;  // foreign code may have run: what it left must go, however the statement ends
  std::optional<std::int64_t> time_limit_;   // milliseconds, in force at the server; nothing: not known
  std::optional<std::int64_t> asked_limit_;  // by the request that is under way
};

/// When to give up waiting for a server that was told to stop at `deadline` by itself.
[[nodiscard]] Deadline with_grace(Deadline deadline) noexcept;

/// Whether the values given fit the statement's parameters. Errors: `invalid_argument`.
[[nodiscard]] Result<void> check_parameters(const PreparedStatement& statement, const Params& params);

}  // namespace penstock::mysql
