// A private PostgreSQL server with the table that all comparisons read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "penstock/manager.hpp"

#include "servers/postgresql_cluster.hpp"

namespace comparison {

inline constexpr const char* kPostgresqlPointQuery = "SELECT id, name, balance FROM entries WHERE id = $1";

/// The rows of make_bank() in the schema bench_db, on a server of its own that goes with the object.
class PostgresqlBank {
 public:
  /// `directory` takes configuration files.
  explicit PostgresqlBank(std::string directory);

  /// For libpq, as a user who may read.
  [[nodiscard]] std::string conninfo() const { return cluster_.conninfo("postgres", "reader"); }
  [[nodiscard]] std::uint16_t port() const noexcept { return cluster_.port(); }
  [[nodiscard]] pid_t process_id() const noexcept { return cluster_.process_id(); }
  /// A manager with a pool of `connections`; `port` may be that of a proxy.
  [[nodiscard]] std::shared_ptr<penstock::DataSourceManager> open(int connections, std::uint16_t port) const;
  [[nodiscard]] std::shared_ptr<penstock::DataSourceManager> open(int connections) const {
    return open(connections, port());
  }

 private:
  std::string directory_;
  penstock::test::PostgresqlCluster cluster_;
};

/// Writes the configuration of a pool of `connections` to the bank behind `port` into a folder of its own in
/// `directory`; returns that folder.
[[nodiscard]] std::string write_postgresql_configuration(const std::string& directory, int connections,
                                                         std::uint16_t port);

}  // namespace comparison
