#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datasources/postgresql/functions.hpp"
#include "datasources/postgresql/policy.hpp"
#include "unit/postgresql_analysis_fixture.hpp"

namespace penstock::postgresql::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(PostgresqlPolicy, SplitsNamesAsPostgresqlReadsThem) {
  EXPECT_THAT(split_name("a"), ElementsAre("a"));
  EXPECT_THAT(split_name("Schema.Name"), ElementsAre("schema", "name"));
  EXPECT_THAT(split_name("\"Schema\".\"a.b\""), ElementsAre("Schema", "a.b"));
  EXPECT_THAT(split_name("\"say \"\"hi\"\"\""), ElementsAre("say \"hi\""));
  EXPECT_THAT(split_name("größe_1$"), ElementsAre("größe_1$"));
  for (const char* text :
       {"", ".", "a.", ".a", "a..b", "\"", "\"a", "\"\"", "a b", "1a", "a.1", "a;b", "a\"b\""}) {
    EXPECT_THAT(split_name(text), IsEmpty()) << text;
  }
}

TEST(PostgresqlPolicy, KnowsWhatASchemaIsFor) {
  using enum SchemaMeaning::Kind;
  const NameRules rules(bank_policy());
  for (const auto& [name, kind] : {std::pair{"", path},
                                   {"pg_catalog", catalogue},
                                   {"information_schema", information},
                                   {"customers_v2", mapped},
                                   {"accounts_db", mapped},
                                   {"Odd", mapped},
                                   {"extensions", extensions},
                                   {"pg_temp", hidden},
                                   {"pg_temp_7", hidden},
                                   {"pg_toast", hidden},
                                   {"customer_db", mistaken},
                                   {"CUSTOMER_DB", mistaken},
                                   {"Accounts_db", mistaken},
                                   {"public", unmapped},
                                   {"odd", unmapped},
                                   {"PG_CATALOG", unmapped}}) {
    EXPECT_EQ(rules.schema(name).kind, kind) << name;
  }
  EXPECT_EQ(rules.schema("customers_v2").logical, "customer_db");
  EXPECT_EQ(rules.schema("customer_db").physical, "customers_v2");
  EXPECT_EQ(rules.physical("customer_db"), "customers_v2");
  EXPECT_EQ(rules.physical("nobody"), "nobody");
}

TEST(PostgresqlPolicy, ASchemaMayHoldTablesAndExtensions) {
  Policy policy = bank_policy();
  policy.extension_schemas = {"accounts_db"};
  const NameRules rules(policy);
  EXPECT_EQ(rules.schema("accounts_db").kind, SchemaMeaning::Kind::mapped);
  EXPECT_TRUE(rules.holds_extensions("accounts_db"));
  const Analyzer analyzer(policy);
  EXPECT_TRUE(
      analyzer.analyze({"SELECT accounts_db.st_x(g) FROM accounts_db.spatial_ref_sys", "accounts_db"}));
  EXPECT_FALSE(analyzer.analyze({"SELECT accounts_db.dblink('x')", "accounts_db"}));
}

TEST(PostgresqlPolicy, ShowsOnlySettingsWithoutSecrets) {
  for (const char* name : {"server_version", "TimeZone", "SEARCH_PATH"})
    EXPECT_TRUE(setting_allowed(name)) << name;
  for (const char* name :
       {"data_directory", "hba_file", "primary_conninfo", "ssl_key_file", "all", "app.secret", ""}) {
    EXPECT_FALSE(setting_allowed(name)) << name;
  }
}

TEST(PostgresqlPolicy, EveryFunctionHasOneVerdict) {
  EXPECT_EQ(builtin_function("lower").verdict, FunctionVerdict::allowed);
  EXPECT_EQ(builtin_function("nextval").verdict, FunctionVerdict::writes);
  EXPECT_EQ(builtin_function("current_setting").verdict, FunctionVerdict::setting);
  EXPECT_EQ(builtin_function("pg_read_file").verdict, FunctionVerdict::refused);
  EXPECT_FALSE(builtin_function("pg_read_file").reason.empty());
  EXPECT_EQ(builtin_function("LOWER").verdict, FunctionVerdict::unknown);
  EXPECT_EQ(builtin_function("").verdict, FunctionVerdict::unknown);
  EXPECT_EQ(extension_function("st_area").extension, "postgis");
  EXPECT_EQ(extension_function("dblink_exec").verdict, FunctionVerdict::refused);
  EXPECT_THAT(allowed_functions(false), Contains("upper"));
  EXPECT_THAT(allowed_functions(false), Not(Contains("st_area")));
  EXPECT_THAT(allowed_functions(true), Contains("st_area"));
  EXPECT_THAT(allowed_functions(true), Not(Contains("pg_read_file")));
  EXPECT_THAT(known_extensions(), Contains("postgis"));
  EXPECT_THAT(known_extensions(), Not(Contains("dblink")));
}

}  // namespace
}  // namespace penstock::postgresql::test
