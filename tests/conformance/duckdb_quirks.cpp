#include "conformance/duckdb_quirks.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <stdexcept>

#include "conformance/duckdb_attacks.hpp"
#include "conformance/duckdb_language.hpp"
#include "temporary_folder.hpp"

namespace penstock::conformance {

namespace {

Quirks quirks() {
  constexpr const char* kEmbedded = "https://duckdb.org/docs/stable/connect/concurrency";
  Quirks quirks = duckdb_common_quirks();
  quirks.qualified_by_physical_names = true;
  for (const Feature feature : {Feature::writes, Feature::constraints}) {
    quirks.without[feature] = {
        "a datasource of DuckDB is read-only: one process alone may write a file, and then nobody else may "
        "read "
        "it",
        kEmbedded};
  }
  quirks.without[Feature::foreign_keys] = {"a foreign key cannot cascade, as the suite's does",
                                           "https://duckdb.org/docs/stable/sql/constraints"};
  quirks.without[Feature::invalid_text] = {"a VARCHAR is UTF-8, which is checked as it is written",
                                           "https://duckdb.org/docs/stable/sql/data_types/text"};
  quirks.without[Feature::permissions] = {
      "who may read the file may read all of it; other schemas than the configured ones stay out of reach",
      "https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview"};
  quirks.attacks = duckdb_attacks();
  quirks.minimum_executed = 340;
  return quirks;
}

#if PENSTOCK_WITH_DUCKDB

// The file is open for writing, and what has no qualifier is in it, as long as this lives.
class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& file) {
    duckdb_writer().run("ATTACH '" + file.string() + "' AS bank");
    duckdb_writer().run("USE bank");
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    duckdb_writer().run("USE memory");
    duckdb_writer().run("DETACH bank");
  }
};

// A file whose schemas are the databases.
class DuckDbDeployment final : public Deployment {
 public:
  explicit DuckDbDeployment(const std::vector<std::string>& databases) {
    std::filesystem::create_directory(data_);
    const OpenFile opened(file_);
    for (const std::string& database : databases)
      duckdb_writer().run("CREATE SCHEMA " + duckdb_language()->quoted(database));
  }

  [[nodiscard]] std::vector<std::pair<std::string, std::string>> connection() const override {
    return {{"path", file_.string()}, {"memory_limit", "256MiB"}};
  }
  void create_table(std::string_view database, const TableSpec& table) override {
    run(database, duckdb_language()->create_table(table));
  }
  void create_view(std::string_view database, std::string_view name, std::string_view table) override {
    run(database,
        {"CREATE VIEW " + duckdb_language()->quoted(name) + " AS " + duckdb_language()->rows(table)});
  }
  void create_numbers(std::string_view database, std::string_view table, std::int64_t rows,
                      int width) override {
    const std::string letters = std::to_string(width);
    run(database, {"CREATE TABLE " + duckdb_language()->quoted(table) +
                   " AS SELECT printf('%08d', i) AS n, left(repeat('xy', " + letters + "), " + letters +
                   ") AS filling FROM range(1, " + std::to_string(rows + 1) + ") AS c(i)"});
  }
  [[nodiscard]] Statement endless_rows(std::string_view) override {
    return {"SELECT i FROM range(9000000000000000000) AS c(i)"};
  }
  [[nodiscard]] Statement endless_silence(std::string_view) override {
    return {"SELECT sum(hash(i)) FROM range(9000000000000000000) AS c(i)"};
  }

  [[nodiscard]] std::string checksum() override {
    std::string out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data_)) {
      out += entry.path().filename().string() + " " +
             std::to_string(std::hash<std::string>{}(test::read_file(entry.path()))) + "\n";
    }
    return out;
  }
  void go_away() override { std::filesystem::rename(data_, away_); }
  void come_back() override { std::filesystem::rename(away_, data_); }

 private:
  void run(std::string_view database, const std::vector<std::string>& statements) const {
    const OpenFile opened(file_);
    duckdb_writer().run("USE bank." + duckdb_language()->quoted(database));
    for (const std::string& statement : statements)
      duckdb_writer().run(statement);
  }

  test::TemporaryFolder folder_;
  std::filesystem::path data_ = std::filesystem::canonical(folder_.path()) / "data";
  std::filesystem::path away_ = std::filesystem::canonical(folder_.path()) / "away";
  std::filesystem::path file_ = data_ / "bank.duckdb";
};

#endif

}  // namespace

Engine duckdb_engine() {
  Engine engine{
      .name = "duckdb", .type = "duckdb", .quirks = quirks(), .language = duckdb_language(), .deploy = {}};
#if PENSTOCK_WITH_DUCKDB
  engine.deploy = [](const std::vector<std::string>& databases) -> std::unique_ptr<Deployment> {
    return std::make_unique<DuckDbDeployment>(databases);
  };
  if (auto library = duckdb::load_library({}); !library) engine.missing = library.error().message;
#else
  engine.missing = "no DuckDB to build the driver with: run scripts/setup";
#endif
  return engine;
}

}  // namespace penstock::conformance
