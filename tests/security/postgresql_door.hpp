// A PostgreSQL server as an adversary finds it: a bank with a read-only door, and what must not change.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/data_source.hpp"

#include "datasources/postgresql/postgresql.hpp"
#include "servers/postgresql_cluster.hpp"
#include "servers/scratch.hpp"

namespace penstock::postgresql::test {

/// Where reads must not get: in tables of no logical database, and in other people's rows.
inline constexpr std::string_view kSecret = "the-secret-of-somebody-else";

/// A server with the logical databases customer_db and accounts_db, a schema `hidden` that is none, a schema
/// `extensions`, large objects and sequences; a role `agent` with the grants of docs/security.md; and a
/// folder that the server may write to.
class AttackedServer {
 public:
  AttackedServer();

  [[nodiscard]] const penstock::test::PostgresqlCluster& cluster() const noexcept { return cluster_; }
  /// A file that is not there and must not be made.
  [[nodiscard]] std::string forbidden_file() const { return (folder_.path() / "made").string(); }
  /// What must be the same after an attack, as text: the rows of all tables, large objects, sequences,
  /// definitions, settings, advisory locks, sessions but those of the door, files.
  [[nodiscard]] std::string fingerprint() const;
  /// The fingerprint as soon as it is `expected`, or as it is after some seconds: the server takes a moment
  /// to end a session that was cancelled and closed.
  [[nodiscard]] std::string wait_for(std::string_view expected) const;

 private:
  penstock::test::ScratchFolder folder_;
  penstock::test::PostgresqlCluster cluster_;
};

/// The driver on the attacked server, with one connection.
class Door {
 public:
  struct Options {
    std::string user = "agent";  ///< `postgres` is whom no grant stops
    bool analysis = true;
    Access access = Access::read_only;
    std::vector<MappedRole> roles{};
    std::string role{};  ///< that statements run under
    std::vector<std::pair<std::string, std::string>> settings{};
    std::vector<TableMask> masks{};
    std::string mask_secret{};
  };
  Door(const AttackedServer& server, Options options);

  /// The rows of a statement as text, values joined by '|' and rows by line ends. Does what the manager does
  /// besides: refuses schemas that belong to no logical database.
  [[nodiscard]] Result<std::string> run(std::string_view sql);
  /// The same, but gives the reader up after its first rows, as a caller who has enough.
  [[nodiscard]] Result<std::string> run_and_drop(std::string_view sql);
  void become(std::string role) { options_.role = std::move(role); }
  void set_time_limit(std::chrono::milliseconds limit) noexcept { time_limit_ = limit; }
  /// What the next statement finds of the session: settings, roles, prepared statements, cursors, channels.
  [[nodiscard]] std::string session();
  /// Loads what a session loads at its first use, and with it the settings of that; empty, or an error.
  [[nodiscard]] std::string load_languages();
  [[nodiscard]] Result<ServerInfo> info() { return connection_->server_info(Deadline::after(time_limit_)); }
  [[nodiscard]] Result<DatabaseSchema> schema(std::string_view table) {
    return connection_->introspect("customer_db", table, Deadline::after(time_limit_));
  }
  /// The server's process of the session.
  [[nodiscard]] std::string process();

 private:
  [[nodiscard]] Result<std::string> enter(std::string_view sql, bool to_the_end);
  [[nodiscard]] Result<std::string> execute(std::string_view sql, const Analysis& analysis,
                                            bool to_the_end = true);
  [[nodiscard]] std::string look(std::string_view sql);
  void connect();

  Options options_;
  std::chrono::milliseconds time_limit_ = std::chrono::seconds(20);
  std::unique_ptr<DataSource> source_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace penstock::postgresql::test
