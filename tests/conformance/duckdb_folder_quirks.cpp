#include "conformance/duckdb_folder_quirks.hpp"

#include <filesystem>
#include <functional>
#include <stdexcept>

#include "conformance/duckdb_attacks.hpp"
#include "conformance/duckdb_language.hpp"
#include "temporary_folder.hpp"

namespace penstock::conformance {

namespace {

Quirks quirks() {
  constexpr const char* kOurs = "docs/duckdb.md";
  constexpr const char* kParquet = "https://duckdb.org/docs/stable/data/parquet/overview";
  Quirks quirks = duckdb_common_quirks();
  quirks.qualified_by_physical_names = false;  // a folder is called by its logical name
  quirks.scan_bytes = 16 << 20;                // a row group's columns, which count against memory_limit
  for (const Feature feature : {Feature::writes, Feature::constraints})
    quirks.without[feature] = {"files are only read", kOurs};
  for (const Feature feature :
       {Feature::primary_keys, Feature::foreign_keys, Feature::indexes, Feature::column_defaults,
        Feature::not_null, Feature::comments, Feature::views}) {
    quirks.without[feature] = {"a file of data has columns with types, and no more", kParquet};
  }
  quirks.without[Feature::invalid_text] = {"a VARCHAR is UTF-8, which is checked as it is read",
                                           "https://duckdb.org/docs/stable/sql/data_types/text"};
  quirks.without[Feature::permissions] = {"who may read a file may read all of it", kOurs};
  quirks.without_values["interval_mixed"] = {"no part of an interval is negative", kParquet};
  quirks.attacks = duckdb_folder_attacks();
  quirks.minimum_executed = 268;
  return quirks;
}

#if PENSTOCK_WITH_DUCKDB

// A folder whose sub-folders are the databases, and in them a Parquet file for each table.
class DuckDbFolderDeployment final : public Deployment {
 public:
  explicit DuckDbFolderDeployment(const std::vector<std::string>& databases) {
    for (const std::string& database : databases)
      std::filesystem::create_directories(lake_ / database);
  }

  [[nodiscard]] std::vector<std::pair<std::string, std::string>> connection() const override {
    return {{"path", lake_.string()}, {"memory_limit", "256MiB"}};
  }
  void create_table(std::string_view database, const TableSpec& table) override {
    for (const std::string& statement : duckdb_language()->create_table(table))
      duckdb_writer().run(statement);
    const std::string name = duckdb_language()->quoted(table.name);
    write(database, table.name, "FROM " + name);
    duckdb_writer().run("DROP TABLE " + name);
  }
  void create_numbers(std::string_view database, std::string_view table, std::int64_t rows,
                      int width) override {
    const std::string letters = std::to_string(width);
    write(database, table,
          "SELECT printf('%08d', i) AS n, left(repeat('xy', " + letters + "), " + letters +
              ") AS filling FROM range(1, " + std::to_string(rows + 1) + ") AS c(i)");
  }
  [[nodiscard]] Statement endless_rows(std::string_view) override {
    return {"SELECT i FROM range(9000000000000000000) AS c(i)"};
  }
  [[nodiscard]] Statement endless_silence(std::string_view) override {
    return {"SELECT sum(hash(i)) FROM range(9000000000000000000) AS c(i)"};
  }

  [[nodiscard]] std::string checksum() override {
    std::string out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(lake_)) {
      out += entry.path().string() + " ";
      if (entry.is_regular_file()) out += std::to_string(std::hash<std::string>{}(test::read_file(entry)));
      out += "\n";
    }
    return out;
  }
  void go_away() override { std::filesystem::rename(lake_, away_); }
  void come_back() override { std::filesystem::rename(away_, lake_); }

 private:
  void write(std::string_view database, std::string_view table, const std::string& query) const {
    const std::filesystem::path file = lake_ / database / (std::string(table) + ".parquet");
    duckdb_writer().run("COPY (" + query + ") TO '" + file.string() + "'");
  }

  test::TemporaryFolder folder_;
  std::filesystem::path lake_ = std::filesystem::canonical(folder_.path()) / "lake";
  std::filesystem::path away_ = std::filesystem::canonical(folder_.path()) / "away";
};

#endif

}  // namespace

Engine duckdb_folder_engine() {
  Engine engine{.name = "duckdb_folder",
                .type = "duckdb",
                .variant = "of a folder",
                .quirks = quirks(),
                .language = duckdb_language(),
                .deploy = {}};
#if PENSTOCK_WITH_DUCKDB
  engine.deploy = [](const std::vector<std::string>& databases) -> std::unique_ptr<Deployment> {
    return std::make_unique<DuckDbFolderDeployment>(databases);
  };
  if (auto library = duckdb::load_library({}); !library) engine.missing = library.error().message;
#else
  engine.missing = "no DuckDB to build the driver with: run scripts/setup";
#endif
  return engine;
}

}  // namespace penstock::conformance
