// What datasources.yaml says, as the drivers receive it.
#include <chrono>

#include <gmock/gmock.h>

#include "config/datasource_keys.hpp"
#include "config/value_reader.hpp"
#include "unit/config_fixture.hpp"

namespace penstock::config {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

// The datasources of a file that must load.
std::vector<DataSourceConfig> datasources(const ConfigFolder& folder, const Environment& variables = {}) {
  auto loaded = load(folder, variables);
  if (loaded) return std::move(loaded->datasources);
  for (const Problem& problem : loaded.error())
    ADD_FAILURE() << problem.to_string();
  return {};
}

// The first of them, of a file with this body under `datasources:\n  one:\n`.
DataSourceConfig datasource(std::string_view body, const Environment& variables = {}) {
  ConfigFolder folder;
  folder.write("datasources.yaml", "datasources:\n  one:\n" + std::string(body));
  const auto all = datasources(folder, variables);
  return all.empty() ? DataSourceConfig{} : all.front();
}

TEST(Datasources, HaveTheDocumentedDefaults) {
  const DataSourceConfig one = datasource("    type: postgresql\n    databases: [a_db]\n");
  DataSourceConfig expected;
  expected.name = "one";
  expected.type = "postgresql";
  expected.databases = {{"a_db", "a_db"}};
  expected.connection.set("host", std::string("localhost"));
  expected.connection.set("port", std::int64_t{5432});
  expected.connection.set("sslmode", std::string("prefer"));
  expected.connection.set("fetch_buffer", std::int64_t{65536});
  EXPECT_EQ(one, expected);
}

TEST(Datasources, DefaultsInTheTablesAreThoseOfTheFields) {
  for (const auto& keys : {plain_keys(), session_keys(), limit_keys()}) {
    for (const DatasourceKey& key : keys) {
      if (key.spec.default_text.empty()) continue;
      const auto value = convert(key.spec, key.spec.default_text, "/");
      ASSERT_TRUE(value) << key.spec.name << " " << value.error();
      DataSourceConfig config;
      key.assign(config, *value);
      EXPECT_EQ(config, DataSourceConfig{}) << key.spec.name;
    }
  }
}

TEST(Datasources, EveryKeyReachesItsField) {
  const DataSourceConfig one = datasource(R"(
    type: postgresql
    description: "first"
    enabled: yes
    access: read_write
    statement_timeout: 1m
    limits: {max_rows: 7, max_bytes: 3MB, max_value_bytes: 1KiB}
    connection:
      sslmode: verify-full
      sslrootcert: certs/../ca.pem
      compression: off
      fetch_buffer: 2KiB
      tcp_user_timeout: 250ms
      password: secret
      min_pool_size: 3
      max_pool_size: 4
      connect_timeout: 1500ms
      acquire_timeout: 2
      max_waiting: 0
      idle_timeout: 0
      max_lifetime: 1h
      keepalive: 0s
      connecting_limit: 1
    databases: [a_db]
)");
  EXPECT_EQ(one.description, "first");
  EXPECT_TRUE(one.enabled);
  EXPECT_EQ(one.access, Access::read_write);
  EXPECT_EQ(one.statement_timeout, 1min);
  EXPECT_EQ(one.limits, (Limits{7, 3'000'000, 1'024}));
  EXPECT_EQ(one.pool, (PoolOptions{3, 4, 1500ms, 2s, 0, 0s, 1h, 0s, 1}));
  EXPECT_EQ(one.connection.get<std::string>("sslmode"), "verify-full");
  EXPECT_EQ(one.connection.get<bool>("compression"), false);
  EXPECT_EQ(one.connection.get<std::int64_t>("fetch_buffer"), 2'048);
  EXPECT_EQ(one.connection.get<std::chrono::milliseconds>("tcp_user_timeout"), 250ms);
  EXPECT_FALSE(one.connection.has("max_waiting")) << "the pool's keys are not the driver's";
}

TEST(Datasources, SessionKeysMayStandOutsideTheConnection) {
  const DataSourceConfig one = datasource(R"(
    type: postgresql
    max_pool_size: 42
    connection: {statement_timeout: 0}
    databases: [a_db]
)");
  EXPECT_EQ(one.pool.max_pool_size, 42);
  EXPECT_EQ(one.statement_timeout, 0s);
}

TEST(Datasources, KeepTheOrderOfTheFile) {
  ConfigFolder folder;
  folder.write("datasources.yaml", R"(datasources:
  zeta: {type: postgresql, databases: [z_db]}
  alpha: {type: PG, databases: [a_db]}
  mid: {type: PostgreSQL, databases: [m_db]}
)");
  const auto all = datasources(folder);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].name, "zeta");
  EXPECT_EQ(all[1].name, "alpha");
  EXPECT_EQ(all[1].type, "postgresql") << "an alias, and any case, is the type's own name";
  EXPECT_EQ(all[2].type, "postgresql");
}

TEST(Datasources, PathsBeginAtTheFolder) {
  ConfigFolder folder;
  folder.write("datasources.yaml", R"(datasources:
  one: {type: sqlite, connection: {path: ../data}, databases: [a_db]}
  two: {type: sqlite, connection: {path: /srv/data}, databases: [b_db]}
)");
  const auto all = datasources(folder);
  ASSERT_EQ(all.size(), 2U);
  const auto base = std::filesystem::canonical(folder.path());
  EXPECT_EQ(all[0].connection.get<std::filesystem::path>("path"), base.parent_path() / "data");
  EXPECT_EQ(all[1].connection.get<std::filesystem::path>("path"), "/srv/data");
}

TEST(Datasources, ALinkedFolderIsFollowedBeforeItsParentIsTaken) {
  ConfigFolder real;
  ConfigFolder elsewhere;
  real.write("datasources.yaml",
             "datasources: {one: {type: sqlite, connection: {path: ../data}, databases: [a_db]}}\n");
  std::filesystem::create_directory_symlink(real.path(), elsewhere.path() / "config");
  const auto loaded = load_configuration(elsewhere.path() / "config", test_types(), Environment{});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->datasources.front().connection.get<std::filesystem::path>("path"),
            std::filesystem::canonical(real.path()).parent_path() / "data");
}

TEST(Datasources, PhysicalNamesHaveTheTypesWordOrSchema) {
  ConfigFolder folder;
  folder.write("datasources.yaml", R"(datasources:
  one:
    type: sqlite
    connection: {path: data}
    databases:
      - plain_db
      - {name: file_db, file: 2024/customers.sqlite}
      - name: schema_db
        schema: "${PHYSICAL:customers v2}"
      - name: same_db
)");
  const auto all = datasources(folder);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_THAT(all[0].databases, ElementsAre(LogicalDatabase{"plain_db", "plain_db"},
                                            LogicalDatabase{"file_db", "2024/customers.sqlite"},
                                            LogicalDatabase{"schema_db", "customers v2"},
                                            LogicalDatabase{"same_db", "same_db"}));
}

TEST(Datasources, EveryKindConvertsFromAVariable) {
  const DataSourceConfig one = datasource(R"(
    type: "${TYPE}"
    enabled: "${ENABLED:true}"
    access: "${ACCESS}"
    description: "on ${HOST}, $$5"
    limits: {max_bytes: "${SIZE}"}
    connection: {host: "${HOST}", port: "${PORT:5432}", connect_timeout: "${TIMEOUT}", max_pool_size: "${N:3}${N:0}"}
    databases: ["${PREFIX}_db"]
)",
                                          {{"TYPE", "postgres"},
                                           {"ENABLED", "false"},
                                           {"ACCESS", "read_write"},
                                           {"HOST", "db"},
                                           {"SIZE", "1MiB"},
                                           {"TIMEOUT", "500ms"},
                                           {"PREFIX", "x"}});
  EXPECT_EQ(one.type, "postgresql");
  EXPECT_FALSE(one.enabled);
  EXPECT_EQ(one.access, Access::read_write);
  EXPECT_EQ(one.description, "on db, $5");
  EXPECT_EQ(one.limits.max_bytes, 1 << 20);
  EXPECT_EQ(one.connection.get<std::int64_t>("port"), 5432);
  EXPECT_EQ(one.pool.connect_timeout, 500ms);
  EXPECT_EQ(one.pool.max_pool_size, 30);
  EXPECT_THAT(one.databases, ElementsAre(LogicalDatabase{"x_db", "x_db"}));
}

TEST(Datasources, ADisabledOneMayLackItsVariablesAndSecretFiles) {
  const DataSourceConfig one = datasource(R"(
    type: postgresql
    enabled: false
    connection: {host: "${HOST}", password_file: /nonexistent/password, connect_timeout: "${TIMEOUT}"}
    databases: [a_db]
)");
  EXPECT_FALSE(one.enabled);
  EXPECT_FALSE(one.connection.has("host"));
  EXPECT_FALSE(one.connection.has("password"));
  EXPECT_EQ(one.pool.connect_timeout, 10s);
}

TEST(Datasources, AnchorsAndMergeKeysShareSettings) {
  ConfigFolder folder;
  folder.write("datasources.yaml", R"(
x-server: &server {host: db.example, port: 6432, max_pool_size: 5}
datasources:
  one: {type: postgresql, connection: *server, databases: [a_db]}
  two: {type: postgresql, connection: {<<: *server, port: 7432}, databases: [b_db]}
)");
  const auto all = datasources(folder);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].connection.get<std::int64_t>("port"), 6432);
  EXPECT_EQ(all[1].connection.get<std::string>("host"), "db.example");
  EXPECT_EQ(all[1].connection.get<std::int64_t>("port"), 7432);
  EXPECT_EQ(all[1].pool.max_pool_size, 5);
}

TEST(Datasources, ABomAndCrlfDoNotMatter) {
  ConfigFolder folder;
  folder.write(
      "datasources.yaml",
      "\xEF\xBB\xBF"
      "datasources:\r\n  one:\r\n    type: sqlite\r\n    connection: {path: x}\r\n    databases: [a_db]\r\n");
  folder.write(".env",
               "\xEF\xBB\xBF"
               "A=1\r\n");
  EXPECT_EQ(datasources(folder).size(), 1U);
}

}  // namespace
}  // namespace penstock::config
