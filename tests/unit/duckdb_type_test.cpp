// DuckDB as a type of the configuration: what it refuses, and what a build without DuckDB says.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "penstock/manager.hpp"

#include "datasources/duckdb/duckdb.hpp"
#include "datasources/duckdb/options.hpp"
#include "temporary_folder.hpp"

namespace penstock::duckdb {
namespace {

using ::testing::HasSubstr;

void write_configuration(const penstock::test::TemporaryFolder& folder, const std::string& keys) {
  penstock::test::write_file(folder.path() / "datasources.yaml",
                             "datasources:\n  lake:\n    type: duckdb\n    databases: [events_db]\n"
                             "    connection: {path: lake}\n" +
                                 keys);
}

TEST(DuckDbType, RefusesWhatItCannotHonour) {
  const penstock::test::TemporaryFolder folder;
  write_configuration(folder,
                      "    access: read_write\n    roles: {reader: reader}\n    settings: [app.user]\n"
                      "    mask_secret: abcdefghijklmnopqrstuvwxyz123456\n"
                      "    mask:\n      events_db: {events: {name: hash}}\n");
  const auto manager = DataSourceManager::load(folder.path(), {.environment = {}});
  ASSERT_FALSE(manager);
  for (const char* mistake :
       {"is read-only: leave `access` away", "`roles` is not supported", "`settings` is not supported",
        "`mask` is not supported", "`mask_secret` is not supported"}) {
    EXPECT_THAT(manager.error().message, HasSubstr(mistake));
  }

  DataSourceConfig config{.name = "lake", .type = "duckdb"};
  config.connection.set("path", std::filesystem::path("lake"));
  config.databases = {{"events_db", "events_db"}};
  EXPECT_TRUE(read_options(config));
  config.masks = {{"events_db", "events", {{.column = "name"}}}};
  EXPECT_THAT(read_options(config).error().message, HasSubstr("masks are not supported"));
}

// Whatever this build has.
TEST(DuckDbType, WithoutADriverSaysWhatToDo) {
  const penstock::test::TemporaryFolder folder;
  write_configuration(folder, "");
  ManagerOptions options;
  options.environment.emplace();
  options.registry = DataSourceRegistry();
  ASSERT_TRUE(options.registry.add(type_without_driver()));
  const auto manager = DataSourceManager::load(folder.path(), std::move(options));
  ASSERT_TRUE(manager) << manager.error().message;
  const QueryResult result = (*manager)->execute_query("SELECT 1", "events_db");
  EXPECT_EQ(result.code, ErrorCode::unsupported);
  EXPECT_THAT(result.error, HasSubstr("built without DuckDB: run scripts/setup, or set DUCKDB_ROOT"));
  const auto sources = (*manager)->datasources();
  ASSERT_EQ(sources.size(), 1U);
  EXPECT_EQ(sources.front().state, DataSourceState::disabled);
  EXPECT_THAT(sources.front().state_reason, HasSubstr("scripts/setup"));
}

TEST(DuckDbType, LimitsBeyondTheMachineAreTold) {
  Options options;
  options.memory_bytes = 1LL << 30;
  options.threads = 4;
  EXPECT_TRUE(limit_warnings(options, 2, 2LL << 30, 4).empty());
  const auto warnings = limit_warnings(options, 3, 2LL << 30, 2);
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_THAT(warnings[0], HasSubstr("3 x 1024 MiB, and this machine has 2048 MiB"));
  EXPECT_THAT(warnings[1], HasSubstr("4 threads, and this machine has 2 cores"));
}

TEST(DuckDbType, HasADriverWhereItWasBuiltWithOne) {
  const DataSourceType known = type();
  EXPECT_EQ(static_cast<bool>(known.create), known.missing_driver.empty());
}

}  // namespace
}  // namespace penstock::duckdb
