// The demo bank in a file of DuckDB: the same answers to the twenty questions as on SQLite.
#if PENSTOCK_WITH_DUCKDB

#include "demo/bank.hpp"
#include "demo/duckdb_file.hpp"
#include "duckdb_lake.hpp"
#include "integration/demo_answers.hpp"
#include "integration/demo_files.hpp"

namespace penstock {
namespace {

TEST(DemoOnDuckDb, GivesTheAnswersThatSqliteGives) {
  const test::TemporaryFolder folder;
  demo_test::write_bank(folder.path());
  const std::filesystem::path file = folder / "bank.duckdb";
  demo::write_duckdb_file(demo::bank_databases(), file, demo::kBankVersion, [](const auto&, const auto&) {});
  EXPECT_TRUE(demo::has_duckdb_version(file, demo::kBankVersion));
  EXPECT_FALSE(demo::has_duckdb_version(file, demo::kBankVersion + 1));
  demo::write_parquet_folder(demo::rates_db(), folder / "lake/rates_db");

  const auto sqlite = demo_test::load("config", {{"DEMO_BANK_PATH", (folder / "data").string()},
                                                 {"MARKET_DATA_PATH", (folder / "market").string()}});
  const auto duckdb = demo_test::load(
      "demo/duckdb", {{"DEMO_BANK_FILE", file.string()}, {"MARKET_DATA_PATH", (folder / "lake").string()}});
  demo_test::expect_answers_of_sqlite(*sqlite, *duckdb);
  const std::string counts = "SELECT count(*) FROM exchange_rates";
  EXPECT_EQ(demo_test::ask(*duckdb, "rates_db", counts), demo_test::ask(*sqlite, "rates_db", counts));
  const auto schema = duckdb->schema("loans_db", "repayments");
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_NE(schema->tables.at(0).comment.find("Instalments that fell due"), std::string::npos);
}

}  // namespace
}  // namespace penstock

#endif
