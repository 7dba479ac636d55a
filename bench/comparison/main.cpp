#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "comparison/bank.hpp"
#include "comparison/comparison.hpp"
#include "comparison/postgresql_bank.hpp"
#include "comparison/psycopg_stack.hpp"

namespace comparison {

namespace {

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double time_of(const Side& side, std::uint64_t& checksum) {
  const auto started = std::chrono::steady_clock::now();
  checksum = side();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
}

std::string duration(double seconds) {
  if (seconds < 1e-6) return fmt::format("{:.0f} ns", seconds * 1e9);
  if (seconds < 1e-3) return fmt::format("{:.2f} us", seconds * 1e6);
  return fmt::format("{:.2f} ms", seconds * 1e3);
}

void print_pair(const Pair& pair, const PairResult& result) {
  fmt::print("| {} | {} | {} a {} | {} | **{:.2f}** ({:.2f} to {:.2f}) | >= {:.2f} | {} |\n", pair.work,
             pair.against, duration(result.bare_seconds / pair.operations), pair.unit,
             duration(result.penstock_seconds / pair.operations), result.ratio, result.lowest, result.highest,
             pair.target, result.ratio >= pair.target ? "met" : "missed");
  std::fflush(stdout);
}

std::string make_folder() {
  std::string directory = (std::filesystem::temp_directory_path() / "penstock-bench-XXXXXX").string();
  if (mkdtemp(directory.data()) == nullptr) give_up("no temporary folder can be made");
  return directory;
}

void print_head(int rounds) {
  fmt::print("| work | against | bare | Penstock | ratio of rates (range over {} rounds) | target | |\n",
             rounds);
  fmt::print("|---|---|---|---|---|---|---|\n");
}

void print_figures(const std::vector<Figure>& figures) {
  fmt::print("\n| work | measured | target | |\n|---|---|---|---|\n");
  for (const Figure& figure : figures) {
    fmt::print("| {} | **{}** | {} | {} |\n", figure.work, figure.value, figure.target,
               figure.met ? "met" : "missed");
  }
}

// An engine whose server, if it has one, lives no longer than its pairs.
struct EngineBench {
  const char* name;
  std::vector<Pair> (*pairs)(const std::string& directory);
  LargeResult (*large_result)(const std::string& directory);
};
constexpr EngineBench kSqlite{"sqlite", &sqlite_pairs,
                              [](const std::string& directory) { return LargeResult{"SQLite", directory}; }};
constexpr EngineBench kDuckDb{
    "duckdb", &duckdb_pairs, [](const std::string& directory) {
      return LargeResult{.engine = "DuckDB", .directory = directory + "/duckdb", .is_embedded = true};
    }};
constexpr EngineBench kMysql{"mysql", &mysql_pairs, [](const std::string& directory) {
                               return LargeResult{"MariaDB", directory + "/mysql"};
                             }};
// Its server answers an aggregation at once and not batch by batch, so that a million is what it can stream.
constexpr EngineBench kMongodb{"mongodb", &mongodb_pairs, [](const std::string& directory) {
                                 return LargeResult{"MongoDB (mongo-java-server)", directory + "/mongodb",
                                                    kFindAll, kRows};
                               }};

// Prints the pairs; what the engine's stream holds goes to `figures`.
void run_engine(const EngineBench& engine, const std::string& directory, const std::string& self, int rounds,
                std::vector<Figure>& figures) {
  const std::vector<Pair> pairs = engine.pairs(directory);
  for (const Pair& pair : pairs)
    print_pair(pair, run_pair(pair, rounds));
  if (!pairs.empty()) figures.push_back(streaming_memory(engine.large_result(directory), self));
}

// While working on one engine; what is published is of one run of all.
int run_alone(const EngineBench& engine, const std::string& self, int rounds) {
  const std::string directory = make_folder();
  std::vector<Figure> figures;
  print_head(rounds);
  run_engine(engine, directory, self, rounds, figures);
  print_figures(figures);
  std::filesystem::remove_all(directory);
  return 0;
}

int run(const std::string& self, int rounds) {
  const std::string directory = make_folder();
  make_bank(directory);
  std::vector<Figure> figures{json_encoding(directory)};
  print_head(rounds);
  run_engine(kSqlite, directory, self, rounds, figures);
  run_engine(kDuckDb, directory, self, rounds, figures);
  const PostgresqlBank bank(directory);
  for (const Pair& pair : postgresql_pairs(bank, std::make_shared<PsycopgStack>(bank, directory)))
    print_pair(pair, run_pair(pair, rounds));
  figures.push_back(
      streaming_memory({"PostgreSQL", write_postgresql_configuration(directory, 1, bank.port())}, self));
  run_engine(kMysql, directory, self, rounds, figures);
  run_engine(kMongodb, directory, self, rounds, figures);
  std::ranges::move(postgresql_figures(bank), std::back_inserter(figures));
  std::ranges::move(routing_figures(directory), std::back_inserter(figures));
  print_figures(figures);
  std::filesystem::remove_all(directory);
  return 0;
}

}  // namespace

PairResult run_pair(const Pair& pair, int rounds) {
  std::vector<double> bare_times;
  std::vector<double> penstock_times;
  std::vector<double> ratios;
  // The first round warms caches up and is not counted.
  for (int round = 0; round <= rounds; ++round) {
    std::uint64_t bare_sum = 0;
    std::uint64_t penstock_sum = 0;
    double bare = 0;
    double penstock = 0;
    if (round % 2 == 0) {
      bare = time_of(pair.bare, bare_sum);
      penstock = time_of(pair.penstock, penstock_sum);
    } else {
      penstock = time_of(pair.penstock, penstock_sum);
      bare = time_of(pair.bare, bare_sum);
    }
    if (bare_sum != penstock_sum) give_up("the two sides read different values: " + pair.work);
    if (round == 0) continue;
    bare_times.push_back(bare);
    penstock_times.push_back(penstock);
    ratios.push_back(bare / penstock);
  }
  const auto [lowest, highest] = std::ranges::minmax(ratios);
  return {median(bare_times), median(penstock_times), median(ratios), lowest, highest};
}

}  // namespace comparison

int main(int argc, char** argv) {
  using namespace comparison;
  if (argc == 5 && std::strcmp(argv[1], "--stream") == 0)
    return stream_to_nowhere(argv[2], argv[3], std::atoll(argv[4]));
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 11;
  if (rounds < 1 || rounds > 1000) {
    fmt::print(stderr, "usage: comparison [ROUNDS [mysql|mongodb|duckdb]], 1 to 1000 rounds\n");
    return 2;
  }
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  for (const EngineBench& engine : {kMysql, kMongodb, kDuckDb}) {
    if (argc == 3 && std::strcmp(argv[2], engine.name) == 0) return run_alone(engine, self, rounds);
  }
  return run(self, rounds);
}
