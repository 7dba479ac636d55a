#include "comparison/postgresql_bank.hpp"

#include <filesystem>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "comparison/bank.hpp"

namespace comparison {

PostgresqlBank::PostgresqlBank(std::string directory)
    : directory_(std::move(directory)), cluster_({.settings = {{"shared_buffers", "512MB"}}, .hba = {}}) {
  cluster_.run(R"(
    CREATE SCHEMA bench_db;
    CREATE TABLE bench_db.entries (id bigint PRIMARY KEY, account bigint NOT NULL, amount float8 NOT NULL,
                                   name text NOT NULL, note text, balance float8 NOT NULL);
    INSERT INTO bench_db.entries
    SELECT i, i * 7919 % 30011, (i * 104729 % 1000003) / 100.0, 'Customer ' || (i * 31 % 20011),
           CASE WHEN i % 5 = 0 THEN NULL ELSE 'payment of invoice ' || i END, (i * 15485863 % 10000019) / 100.0
    FROM generate_series(1::bigint, 1000000) i;
    CREATE TABLE bench_db.people (id bigint PRIMARY KEY, name text NOT NULL, born date);
    CREATE ROLE reader LOGIN;
    GRANT USAGE ON SCHEMA bench_db TO reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA bench_db TO reader)");
  cluster_.run("VACUUM (FREEZE, ANALYZE) bench_db.entries");
}

std::shared_ptr<penstock::DataSourceManager> PostgresqlBank::open(int connections, std::uint16_t port) const {
  return open_manager(write_postgresql_configuration(directory_, connections, port));
}

std::string write_postgresql_configuration(const std::string& directory, int connections,
                                           std::uint16_t port) {
  std::string folder = fmt::format("{}/postgresql_{}_{}", directory, connections, port);
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/datasources.yaml") << fmt::format(
      "datasources:\n  bench:\n    type: postgresql\n    statement_timeout: 10m\n"
      "    connection: {{host: 127.0.0.1, port: {}, database: postgres, user: reader, "
      "max_pool_size: {}, acquire_timeout: 1m}}\n    databases: [bench_db]\n",
      port, connections);
  return folder;
}

}  // namespace comparison
