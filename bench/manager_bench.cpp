// What the manager itself costs, without a datasource.
#include <cstdlib>
#include <fstream>

#include <benchmark/benchmark.h>

#include "penstock/manager.hpp"

namespace {

// A hundred datasources with ten databases each, none of them ever contacted.
class Configuration {
 public:
  Configuration() {
    std::string name = (std::filesystem::temp_directory_path() / "penstock-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
    std::ofstream file(path_ / "datasources.yaml");
    file << "datasources:\n";
    for (int source = 0; source < 100; ++source) {
      file << "  source_" << source
           << ":\n    type: sqlite\n    connection: {path: nowhere}\n    databases: [";
      for (int database = 0; database < 10; ++database) {
        file << (database == 0 ? "" : ", ") << "db_" << source << '_' << database;
      }
      file << "]\n";
    }
    file.close();
    auto loaded = penstock::DataSourceManager::load(path_);
    if (!loaded) std::abort();
    manager_ = std::move(*loaded);
  }
  Configuration(const Configuration&) = delete;
  Configuration& operator=(const Configuration&) = delete;
  ~Configuration() { std::filesystem::remove_all(path_); }
  [[nodiscard]] penstock::DataSourceManager& manager() const { return *manager_; }

 private:
  std::filesystem::path path_;
  std::unique_ptr<penstock::DataSourceManager> manager_;
};

void validate_two_databases(benchmark::State& state) {
  const Configuration configuration;
  for (auto _ : state) {
    const auto validation = configuration.manager().validate_databases({"db_42_3", "db_42_7"});
    if (!validation.valid) state.SkipWithError("should be valid");
  }
}
BENCHMARK(validate_two_databases);

void route_one_database(benchmark::State& state) {
  const Configuration configuration;
  for (auto _ : state) {
    const auto validation = configuration.manager().validate_databases({"db_99_9"});
    if (validation.datasource != "source_99") state.SkipWithError("should be source_99");
  }
}
BENCHMARK(route_one_database);

}  // namespace
