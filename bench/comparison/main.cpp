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

// While working on one engine; what is published is of one run of all.
int run_alone(std::vector<Pair> (*pairs)(const std::string&), int rounds) {
  const std::string directory = make_folder();
  print_head(rounds);
  for (const Pair& pair : pairs(directory))
    print_pair(pair, run_pair(pair, rounds));
  std::filesystem::remove_all(directory);
  return 0;
}

int run(const std::string& self, int rounds) {
  const std::string directory = make_folder();
  make_bank(directory);
  print_head(rounds);
  for (const auto& pairs : {&sqlite_pairs, &duckdb_pairs}) {
    for (const Pair& pair : pairs(directory))
      print_pair(pair, run_pair(pair, rounds));
  }
  const PostgresqlBank bank(directory);
  for (const Pair& pair : postgresql_pairs(bank, std::make_shared<PsycopgStack>(bank, directory)))
    print_pair(pair, run_pair(pair, rounds));
  for (const Pair& pair : mysql_pairs(directory))
    print_pair(pair, run_pair(pair, rounds));
  for (const Pair& pair : mongodb_pairs(directory))
    print_pair(pair, run_pair(pair, rounds));
  fmt::print("\n| work | measured | target | |\n|---|---|---|---|\n");
  std::vector<Figure> figures{
      json_encoding(directory), streaming_memory("SQLite", directory, self),
      streaming_memory("PostgreSQL", write_postgresql_configuration(directory, 1, bank.port()), self)};
  std::ranges::move(postgresql_figures(bank), std::back_inserter(figures));
  std::ranges::move(routing_figures(directory), std::back_inserter(figures));
  for (const Figure& figure : figures) {
    fmt::print("| {} | **{}** | {} | {} |\n", figure.work, figure.value, figure.target,
               figure.met ? "met" : "missed");
  }
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
  if (argc == 3 && std::strcmp(argv[1], "--stream") == 0) return comparison::stream_to_nowhere(argv[2]);
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 11;
  if (rounds < 1 || rounds > 1000) {
    fmt::print(stderr, "usage: comparison [ROUNDS [mysql|mongodb|duckdb]], 1 to 1000 rounds\n");
    return 2;
  }
  if (argc == 3 && std::strcmp(argv[2], "mysql") == 0)
    return comparison::run_alone(&comparison::mysql_pairs, rounds);
  if (argc == 3 && std::strcmp(argv[2], "mongodb") == 0)
    return comparison::run_alone(&comparison::mongodb_pairs, rounds);
  if (argc == 3 && std::strcmp(argv[2], "duckdb") == 0)
    return comparison::run_alone(&comparison::duckdb_pairs, rounds);
  return comparison::run(std::filesystem::read_symlink("/proc/self/exe").string(), rounds);
}
