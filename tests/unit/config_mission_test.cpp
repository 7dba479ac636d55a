// The three example files of the mission, letter by letter.
#include <chrono>

#include "unit/config_fixture.hpp"

namespace penstock::config {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kDatasources = R"(datasources:
  demo_bank:
    type: postgresql
    description: Demo bank PostgreSQL database
    enabled: true
    connection:
      host: "${POSTGRES_HOST:localhost}"
      port: "${POSTGRES_PORT:5432}"
      database: "${POSTGRES_DB:demo_bank}"
      user: "${POSTGRES_USER:postgres}"
      password: "${POSTGRES_PASSWORD:postgres}"
      min_pool_size: 2
      max_pool_size: 10
      connect_timeout: 10
    databases:
      - customer_db
      - accounts_db
      - loans_db
      - insurance_db
      - compliance_db
      - employees_db
)";
constexpr std::string_view kSummary = R"(data_sources:
  - id: customer_db
    name: Customer DB
    datasource: demo_bank  # References datasources.yaml
)";
constexpr std::string_view kDotenv = R"(POSTGRES_HOST=localhost
POSTGRES_PORT=5432
POSTGRES_DB=demo_bank
POSTGRES_USER=postgres
POSTGRES_PASSWORD=postgres
)";

TEST(MissionExample, LoadsUnchanged) {
  ConfigFolder folder;
  folder.write("datasources.yaml", kDatasources).write("summary.yaml", kSummary).write(".env", kDotenv);
  const auto loaded = load(folder);
  ASSERT_TRUE(loaded) << loaded.error().front().to_string();
  ASSERT_EQ(loaded->datasources.size(), 1U);
  const DataSourceConfig& bank = loaded->datasources.front();
  EXPECT_EQ(bank.name, "demo_bank");
  EXPECT_EQ(bank.type, "postgresql");
  EXPECT_EQ(bank.description, "Demo bank PostgreSQL database");
  EXPECT_TRUE(bank.enabled);
  EXPECT_EQ(bank.access, Access::read_only);
  EXPECT_EQ(bank.connection.get<std::string>("host"), "localhost");
  EXPECT_EQ(bank.connection.get<std::int64_t>("port"), 5432);
  EXPECT_EQ(bank.connection.get<std::string>("database"), "demo_bank");
  EXPECT_EQ(bank.connection.get<std::string>("user"), "postgres");
  EXPECT_EQ(bank.connection.get<Secret>("password").value_or(Secret()).reveal(), "postgres");
  EXPECT_EQ(bank.pool.min_pool_size, 2);
  EXPECT_EQ(bank.pool.max_pool_size, 10);
  EXPECT_EQ(bank.pool.connect_timeout, 10s);
  EXPECT_EQ(bank.statement_timeout, 30s);
  const std::vector<LogicalDatabase> expected{
      {"customer_db", "customer_db"},   {"accounts_db", "accounts_db"},     {"loans_db", "loans_db"},
      {"insurance_db", "insurance_db"}, {"compliance_db", "compliance_db"}, {"employees_db", "employees_db"}};
  EXPECT_EQ(bank.databases, expected);
  ASSERT_EQ(loaded->summaries.size(), 1U);
  EXPECT_EQ(loaded->summaries.at("customer_db").name, "Customer DB");
}

TEST(MissionExample, DefaultsStandInForAMissingDotenv) {
  ConfigFolder folder;
  folder.write("datasources.yaml", kDatasources);
  const auto loaded = load(folder);
  ASSERT_TRUE(loaded) << loaded.error().front().to_string();
  EXPECT_EQ(loaded->datasources.front().connection.get<std::int64_t>("port"), 5432);
  EXPECT_TRUE(loaded->summaries.empty());
}

TEST(MissionExample, TheProcessEnvironmentWinsOverDotenv) {
  ConfigFolder folder;
  folder.write("datasources.yaml", kDatasources).write(".env", kDotenv);
  const auto loaded = load(folder, {{"POSTGRES_PORT", "6432"}});
  ASSERT_TRUE(loaded) << loaded.error().front().to_string();
  EXPECT_EQ(loaded->datasources.front().connection.get<std::int64_t>("port"), 6432);
  EXPECT_EQ(loaded->datasources.front().connection.get<std::string>("host"), "localhost");
}

}  // namespace
}  // namespace penstock::config
