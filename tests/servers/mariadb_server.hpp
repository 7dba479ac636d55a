// Private MariaDB servers for tests: real ones in temporary folders on free ports of the loopback.
#pragma once

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

/// One server, made from a template that mariadb-install-db fills once per build, running until destroyed. It
/// is gone with the test, however the test ends (see PostgresqlCluster). As root, the server runs as an
/// unprivileged user. Not durable; user `root` without a password, from here alone.
/// Every method throws std::runtime_error, with the server's last words, when the server does not do as told.
/// Servers are independent and may start in parallel; one is used by one thread at a time.
class MariadbServer {
 public:
  struct Options {
    /// Of mariadbd's command line, over the fixture's own: {"max-connections", "10"}.
    std::map<std::string, std::string> settings;
    /// Files of the server's folder, readable by the server alone: {"server.key", "..."}. In `settings`,
    /// "{folder}" stands for that folder.
    std::map<std::string, std::string> files;
  };
  /// One row of a result, in text form; nothing for NULL.
  using Row = std::vector<std::optional<std::string>>;

  /// Why no server can be started here; empty when one can.
  [[nodiscard]] static std::string missing();

  MariadbServer() : MariadbServer(Options{}) {}
  explicit MariadbServer(Options options);  ///< started, and answering
  MariadbServer(const MariadbServer&) = delete;
  MariadbServer& operator=(const MariadbServer&) = delete;
  ~MariadbServer();

  [[nodiscard]] std::uint16_t port() const noexcept;  ///< the same over restarts
  [[nodiscard]] std::filesystem::path socket() const;
  [[nodiscard]] const std::filesystem::path& folder() const noexcept;

  void start();    ///< after stop() or kill(); returns when the server answers
  void stop();     ///< an orderly shutdown: open sessions are ended
  void restart();  ///< stop() and start()
  void kill();     ///< SIGKILL
  [[nodiscard]] bool running() const;

  /// Runs statements as root, on a connection of their own; the rows of the last one that has any.
  std::vector<Row> run(const std::string& sql, std::string_view database = {}) const;
  /// The one value that `sql` returns; it must not be NULL.
  [[nodiscard]] std::string value(const std::string& sql, std::string_view database = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace penstock::test

/// At the start of a test that needs MariaDB: without a server in this machine, the test is skipped, or fails
/// where the environment has CI set.
#define PENSTOCK_NEEDS_MARIADB()                                                                        \
  do {                                                                                                  \
    if (const std::string penstock_missing = ::penstock::test::MariadbServer::missing();                \
        !penstock_missing.empty()) {                                                                    \
      if (std::getenv("CI") != nullptr) FAIL() << penstock_missing; /* NOLINT(concurrency-mt-unsafe) */ \
      GTEST_SKIP() << penstock_missing;                                                                 \
    }                                                                                                   \
  } while (false)
