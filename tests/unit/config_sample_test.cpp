// The configuration that comes with Penstock.
#include <fstream>

#include <gmock/gmock.h>

#include "unit/config_fixture.hpp"

namespace penstock::config {
namespace {

const std::filesystem::path kSample = std::filesystem::path(__FILE__).parent_path() / "../../config";

TEST(SampleConfiguration, LoadsWithEveryDatabaseDescribed) {
  const auto loaded = load_configuration(kSample, test_types(), Environment{});
  ASSERT_TRUE(loaded) << loaded.error().front().to_string();
  std::vector<std::string> names;
  for (const DataSourceConfig& datasource : loaded->datasources) {
    EXPECT_EQ(datasource.type, "sqlite");
    for (const LogicalDatabase& database : datasource.databases)
      names.push_back(database.name);
  }
  EXPECT_THAT(names, ::testing::ElementsAre("customer_db", "accounts_db", "loans_db", "insurance_db",
                                            "compliance_db", "employees_db", "rates_db"));
  for (const std::string& name : names) {
    ASSERT_TRUE(loaded->summaries.contains(name)) << name;
    EXPECT_GT(loaded->summaries.at(name).description.size(), 40U) << name;
  }
  const auto root = std::filesystem::canonical(kSample).parent_path();
  ASSERT_EQ(loaded->datasources.size(), 2U);
  EXPECT_EQ(loaded->datasources[0].connection.get<std::filesystem::path>("path"), root / "demo/data");
  EXPECT_EQ(loaded->datasources[1].connection.get<std::filesystem::path>("path"), root / "demo/market");
}

TEST(SampleConfiguration, FollowsItsVariables) {
  const auto loaded = load_configuration(
      kSample, test_types(), Environment{{"DEMO_BANK_PATH", "/srv/bank"}, {"MARKET_DATA_PATH", "m"}});
  ASSERT_TRUE(loaded) << loaded.error().front().to_string();
  EXPECT_EQ(loaded->datasources[0].connection.get<std::filesystem::path>("path"), "/srv/bank");
  EXPECT_EQ(loaded->datasources[1].connection.get<std::filesystem::path>("path"),
            std::filesystem::canonical(kSample) / "m");
}

// What server.yaml writes down are the defaults.
TEST(SampleConfiguration, HasAServerAndTools) {
  const auto loaded = load_serving_configuration(kSample, test_types(), Environment{});
  ASSERT_TRUE(loaded) << loaded.error().front().to_string();
  EXPECT_EQ(loaded->server, ServerConfig());
  EXPECT_EQ(loaded->tools.size(), 3U);
}

// What `penstock init` writes is in order too.
TEST(SampleConfiguration, TheTemplatesHaveAServerAndNoToolsYet) {
  const auto templates = std::filesystem::path(__FILE__).parent_path() / "../../src/cli/templates";
  const auto loaded = load_serving_configuration(templates, test_types(), Environment{});
  ASSERT_TRUE(loaded) << loaded.error().front().to_string();
  EXPECT_EQ(loaded->server, ServerConfig());
  EXPECT_TRUE(loaded->tools.empty());
}

// Each commented assignment of .env.example, taken alone, is one that .env can hold.
TEST(SampleConfiguration, TheExampleDotenvLoadsWithItsCommentsTakenOff) {
  std::ifstream file(kSample / ".env.example");
  ASSERT_TRUE(file);
  std::string text;
  for (std::string line; std::getline(file, line);) {
    const bool is_assignment = line.starts_with("#") && !line.starts_with("# ") && line.size() > 1;
    text += (is_assignment ? line.substr(1) : line) + "\n";
  }
  ConfigFolder folder;
  folder.write(".env", text);
  folder.write("datasources.yaml",
               "datasources: {one: {type: postgresql, databases: [a_db], connection: {password: "
               "\"${WAREHOUSE_PASSWORD}\", host: \"${WAREHOUSE_HOST}\"}}}\n");
  const auto loaded = load(folder);
  ASSERT_TRUE(loaded) << loaded.error().front().to_string();
  EXPECT_EQ(loaded->datasources[0].connection.get<Secret>("password").value_or(Secret()).reveal(),
            "p@ss:/w#rd%");
}

}  // namespace
}  // namespace penstock::config
