// Private PostgreSQL clusters for tests: real servers in temporary folders on free ports of the loopback.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace penstock::test {

/// One cluster, made from a template that initdb fills once per build, running until destroyed. It is gone
/// with the test, however the test ends: a guardian process kills the server when the test's process dies and
/// removes the folder, and each new cluster sweeps away folders that no living process owns. As root, the
/// server runs as `postgres` or, without such a user, `nobody`, since it refuses to be root.
/// Not durable (fsync off), autovacuum off, `trust` authentication, superuser `postgres`, UTF-8, C.UTF-8.
/// Every method throws std::runtime_error, with the server's last words, when the server does not do as told.
/// Clusters are independent and may start in parallel; one cluster is used by one thread at a time.
class PostgresqlCluster {
 public:
  struct Options {
    /// Lines for postgresql.conf, over the fixture's own: {"max_connections", "10"}.
    std::map<std::string, std::string> settings;
    /// The whole of pg_hba.conf; empty: everyone from here, by trust.
    std::string hba;
  };
  /// One row of a result, in PostgreSQL's text form; nothing for NULL.
  using Row = std::vector<std::optional<std::string>>;

  /// Why no cluster can be started here; empty when one can.
  [[nodiscard]] static std::string missing();

  PostgresqlCluster() : PostgresqlCluster(Options{}) {}
  explicit PostgresqlCluster(Options options);  ///< started, and answering
  PostgresqlCluster(const PostgresqlCluster&) = delete;
  PostgresqlCluster& operator=(const PostgresqlCluster&) = delete;
  ~PostgresqlCluster();

  [[nodiscard]] std::uint16_t port() const noexcept;  ///< the same over restarts
  [[nodiscard]] const std::filesystem::path& socket_folder() const noexcept;
  [[nodiscard]] const std::filesystem::path& data_folder() const noexcept;
  /// A libpq connection string for `user` by TCP.
  [[nodiscard]] std::string conninfo(std::string_view database = "postgres",
                                     std::string_view user = "postgres") const;

  void start();    ///< after stop() or kill(); returns when the server answers
  void stop();     ///< a fast shutdown: open sessions are ended
  void restart();  ///< stop() and start()
  void kill();     ///< SIGKILL to the postmaster; its backends follow within moments
  [[nodiscard]] bool running() const;
  [[nodiscard]] pid_t process_id() const noexcept;  ///< of the postmaster; 0 when there is none

  /// Runs statements as the superuser, on a connection of their own; the rows of the last one.
  std::vector<Row> run(const std::string& sql, std::string_view database = "postgres") const;
  /// The one value that `sql` returns; it must not be NULL.
  [[nodiscard]] std::string value(const std::string& sql, std::string_view database = "postgres") const;
  /// Puts a file into the data folder, readable by the server alone; a certificate, say.
  void put_file(std::string_view name, std::string_view content) const;
  /// What the server logged so far.
  [[nodiscard]] std::string log() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace penstock::test

/// At the start of a test that needs PostgreSQL: without a server in this machine, the test is skipped, or
/// fails where the environment has CI set.
#define PENSTOCK_NEEDS_POSTGRESQL()                                                                     \
  do {                                                                                                  \
    if (const std::string penstock_missing = ::penstock::test::PostgresqlCluster::missing();            \
        !penstock_missing.empty()) {                                                                    \
      if (std::getenv("CI") != nullptr) FAIL() << penstock_missing; /* NOLINT(concurrency-mt-unsafe) */ \
      GTEST_SKIP() << penstock_missing;                                                                 \
    }                                                                                                   \
  } while (false)
