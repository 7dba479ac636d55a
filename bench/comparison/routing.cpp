#include <algorithm>
#include <chrono>
#include <fstream>

#include <fmt/format.h>

#include "comparison/bank.hpp"
#include "comparison/comparison.hpp"

namespace comparison {

namespace {

constexpr int kCalls = 100'000;
constexpr int kRepeats = 7;

// A hundred datasources with ten databases each, none of them ever contacted.
void write_a_thousand_databases(const std::string& directory) {
  std::ofstream file(directory + "/datasources.yaml");
  file << "datasources:\n";
  for (int source = 0; source < 100; ++source) {
    file << "  source_" << source << ":\n    type: sqlite\n    connection: {path: nowhere}\n    databases: [";
    for (int database = 0; database < 10; ++database)
      file << (database == 0 ? "" : ", ") << "db_" << source << '_' << database;
    file << "]\n";
  }
}

Figure timed(const char* work, const penstock::DataSourceManager& manager,
             std::initializer_list<std::string_view> databases) {
  double best = 1;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    const auto started = std::chrono::steady_clock::now();
    for (int i = 0; i < kCalls; ++i) {
      const auto validation = manager.validate_databases(databases);
      if (!validation.valid || validation.datasource != "source_42")
        give_up("these databases should be valid");
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
    best = std::min(best, taken.count() / kCalls);
  }
  return {work, fmt::format("{:.0f} ns", best * 1e9), "< 1 us", best < 1e-6};
}

}  // namespace

std::vector<Figure> routing_figures(const std::string& directory) {
  write_a_thousand_databases(directory);
  const auto manager = open_manager(directory);
  return {
      timed("`validate_databases` of two among 1,000 databases in 100 datasources, best of 7", *manager,
            {"db_42_3", "db_42_7"}),
      timed("routing one of them to its datasource, best of 7", *manager, {"db_42_9"}),
  };
}

}  // namespace comparison
