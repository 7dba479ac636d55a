// What a datasource of MySQL or MariaDB takes of its configuration, and what it refuses.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "penstock/manager.hpp"

#include "datasources/mysql/mysql.hpp"
#include "temporary_folder.hpp"

namespace penstock::mysql::test {
namespace {

using ::testing::HasSubstr;

DataSourceConfig config() {
  DataSourceConfig out;
  out.name = "bank";
  out.type = "mysql";
  out.databases = {{"customer_db", "customer_db"}};
  out.connection.set("user", std::string("agent"));
  return out;
}

std::string problem_of(const DataSourceConfig& config) {
  const auto made = make_data_source(config, Layers{});
  return made ? "none" : made.error().message;
}

TEST(MysqlOptions, RefusesWhatItCannotHonour) {
  EXPECT_EQ(problem_of(config()), "none");
  DataSourceConfig masked = config();
  masked.masks = {{"customer_db", "customers", {{.column = "name"}}}};
  EXPECT_THAT(problem_of(masked), HasSubstr("masks are not supported"));
  DataSourceConfig with_roles = config();
  with_roles.roles = {{"reader", "reader"}};
  EXPECT_THAT(problem_of(with_roles), HasSubstr("roles, settings"));
  DataSourceConfig with_settings = config();
  with_settings.query_settings = {"app.user"};
  EXPECT_THAT(problem_of(with_settings), HasSubstr("settings"));
  DataSourceConfig systems = config();
  systems.databases = {{"users", "MySQL"}};
  EXPECT_THAT(problem_of(systems), HasSubstr("the server's own database"));
}

TEST(MysqlOptions, RefusesThemInFilesToo) {
  const penstock::test::TemporaryFolder folder;
  penstock::test::write_file(folder.path() / "datasources.yaml",
                             "datasources:\n  bank:\n    type: mariadb\n    databases: [customer_db]\n"
                             "    connection: {user: agent}\n    roles: {reader: reader}\n"
                             "    settings: [app.user]\n    mask_secret: abcdefghijklmnopqrstuvwxyz123456\n"
                             "    mask:\n      customer_db.customers: {name: hash}\n");
  const auto manager = DataSourceManager::load(folder.path(), {.environment = {}});
  ASSERT_FALSE(manager);
  for (const char* key : {"`roles` is not supported", "`settings` is not supported",
                          "`mask` is not supported", "`mask_secret` is not supported"}) {
    EXPECT_THAT(manager.error().message, HasSubstr(key));
  }
}

}  // namespace
}  // namespace penstock::mysql::test
