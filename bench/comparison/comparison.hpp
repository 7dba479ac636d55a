// Side-by-side measurements: the same work done bare and through Penstock, in turn, in one run.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "penstock/format.hpp"
#include "penstock/fwd.hpp"

#include "comparison/bank.hpp"

namespace comparison {

/// One side of a pair: does the work once and returns a checksum of what it read.
using Side = std::function<std::uint64_t()>;

struct Pair {
  std::string work;
  std::string against;
  std::string unit;   ///< what one operation is called in the table: "query", "million rows"
  double operations;  ///< that one call of a side performs
  double target;      ///< the least acceptable ratio of rates
  Side bare;
  Side penstock;
};

struct PairResult {
  double bare_seconds = 0;      ///< median of one call
  double penstock_seconds = 0;  ///< median of one call
  double ratio = 0;             ///< median of the rounds' ratios of rates: 1 means as fast as bare
  double lowest = 0;
  double highest = 0;
};

/// Runs both sides in turn, the first side changing with each round. Ends the program when their checksums
/// differ: a ratio of different work means nothing.
[[nodiscard]] PairResult run_pair(const Pair& pair, int rounds);

/// A measured figure with its bound.
struct Figure {
  std::string work;
  std::string value;
  std::string target;
  bool met = false;
};

/// So many point queries by a manager, one after the other.
[[nodiscard]] Side penstock_point_queries(std::shared_ptr<penstock::DataSourceManager> manager,
                                          std::string sql, int count);
/// Every value of the rows, kAllRows or another query for the same, batch by batch.
[[nodiscard]] Side penstock_all_rows(std::shared_ptr<penstock::DataSourceManager> manager,
                                     std::string query = kAllRows);
/// Streams the rows of `sql` into `sink`; how many they were.
std::int64_t write_rows(penstock::DataSourceManager& manager, const char* sql, penstock::Format format,
                        penstock::ByteSink& sink);

class PostgresqlBank;
class PsycopgStack;

[[nodiscard]] std::vector<Pair> sqlite_pairs(const std::string& directory);
/// On a private MariaDB server, which goes with the pairs.
[[nodiscard]] std::vector<Pair> mysql_pairs(const std::string& directory);
/// On a private mongo-java-server, which goes with the pairs.
[[nodiscard]] std::vector<Pair> mongodb_pairs(const std::string& directory);
/// None in a build without DuckDB.
[[nodiscard]] std::vector<Pair> duckdb_pairs(const std::string& directory);
[[nodiscard]] std::vector<Pair> postgresql_pairs(const PostgresqlBank& bank,
                                                 const std::shared_ptr<PsycopgStack>& psycopg);
/// So many point queries by libpq alone; the same checksum as of penstock_point_queries().
[[nodiscard]] Side bare_libpq_point_queries(const PostgresqlBank& bank, int count);
[[nodiscard]] std::vector<Figure> postgresql_figures(const PostgresqlBank& bank);
inline constexpr const char* kTenMillionRows =
    "WITH ten(n) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) "
    "SELECT entries.* FROM ten CROSS JOIN entries";

/// A large result of an engine: `rows` of `query`, which has no apostrophes, from the `bench_db` of the
/// configuration in `directory`.
struct LargeResult {
  std::string engine;
  std::string directory;
  std::string query = kTenMillionRows;
  std::int64_t rows = 10 * kRows;
  /// The engine is a large library in our process, and what it takes for one row is not counted.
  bool is_embedded = false;
};
/// Streams it to CSV in a process of its own, and says what that held at most.
[[nodiscard]] Figure streaming_memory(const LargeResult& result, const std::string& self);
/// What that process runs; returns its exit status.
[[nodiscard]] int stream_to_nowhere(const std::string& directory, const std::string& query,
                                    std::int64_t rows);
[[nodiscard]] Figure json_encoding(const std::string& directory);
/// What the manager takes before a datasource is asked anything. Writes another datasources.yaml there.
[[nodiscard]] std::vector<Figure> routing_figures(const std::string& directory);

}  // namespace comparison
