// DBHub's dbhub.toml and connection strings as our configuration.
#include <cstdlib>

#include "importers/dsn.hpp"
#include "unit/import_fixture.hpp"

namespace penstock::importers {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

class ImportDbhub : public ImportTest {};

constexpr std::string_view kShop = R"(
[[sources]]
id = "prod"
description = "Customers and orders"
dsn = "postgres://app:p%40ss@db.example:6432/shop?sslmode=require"
connection_timeout = 60
query_timeout = 45
search_path = "sales"
lazy = true

[[sources]]
id = "local"
type = "sqlite"
database = "/srv/local.db"

[[tools]]
name = "execute_sql"
source = "prod"
readonly = true
max_rows = 20000

[[tools]]
name = "search_objects"
source = "prod"

[[tools]]
name = "by_state"
description = "Orders in a state"
source = "prod"
max_rows = 50
statement = """
SELECT id FROM orders
WHERE ($1::text IS NULL OR state = $1) LIMIT $2"""

[[tools.parameters]]
name = "state"
type = "string"
description = "The state"
required = false
allowed_values = ["open", "paid"]

[[tools.parameters]]
name = "limit"
type = "integer"
description = "How many"
default = 10

[[tools]]
name = "one"
description = "One of the local ones"
source = "local"
statement = "SELECT ? AS x"
[[tools.parameters]]
name = "x"
type = "float"
description = "X"
)";

TEST_F(ImportDbhub, WeakensNoEncryptionThatMysqlWasAskedFor) {
  dbhub(R"(
[[sources]]
id = "shop"
type = "mysql"
host = "db.example"
database = "shop"
user = "app"
sslmode = "require"

[[sources]]
id = "old"
dsn = "mariadb://app:secret@db.example:3306/old?sslmode=disable"
)");
  EXPECT_THAT(lost(), IsEmpty());
  const auto loaded = load();
  ASSERT_EQ(loaded.datasources.datasources.size(), 2U);
  EXPECT_EQ(loaded.datasources.datasources[0].connection.get<std::string>("ssl_mode"), "required");
  EXPECT_EQ(loaded.datasources.datasources[1].connection.get<std::string>("ssl_mode"), "disabled");
}

TEST_F(ImportDbhub, CarriesSourcesLimitsAndTools) {
  dbhub(kShop);
  EXPECT_THAT(lost(), IsEmpty());
  EXPECT_THAT(replaced(), ElementsAre(StartsWith("16 tool `execute_sql`: `execute_query`"),
                                      HasSubstr("tool `search_objects`: `search_schema`")));
  EXPECT_THAT(imported_.secrets, ElementsAre(Pair("PROD_PASSWORD", "p@ss")));
  const auto loaded = load();
  ASSERT_EQ(loaded.datasources.datasources.size(), 2U);
  const DataSourceConfig& prod = loaded.datasources.datasources[0];
  EXPECT_EQ(prod.connection.get<std::string>("host"), "db.example");
  EXPECT_EQ(prod.connection.get<std::int64_t>("port"), 6432);
  EXPECT_EQ(prod.connection.get<std::string>("database"), "shop");
  EXPECT_EQ(prod.connection.get<std::string>("user"), "app");
  EXPECT_EQ(prod.connection.get<Secret>("password")->reveal(), "p@ss");
  EXPECT_EQ(prod.connection.get<std::string>("sslmode"), "require");
  EXPECT_EQ(prod.pool.connect_timeout, std::chrono::seconds(60));
  EXPECT_EQ(prod.statement_timeout, std::chrono::seconds(45));
  EXPECT_EQ(prod.limits.max_rows, 20000);
  EXPECT_EQ(prod.access, Access::read_only);
  EXPECT_THAT(prod.databases, ElementsAre(LogicalDatabase{"prod", "sales"}));
  EXPECT_EQ(loaded.datasources.summaries.at("prod").description, "Customers and orders");
  // The server's own limits would have been narrower.
  EXPECT_EQ(loaded.server.max_rows, 20000);
  EXPECT_EQ(loaded.server.timeout, std::chrono::seconds(45));
  ASSERT_EQ(loaded.tools.size(), 2U);
  EXPECT_EQ(loaded.tools[0].max_rows, 50);
  EXPECT_EQ(loaded.tools[0].statement,
            "SELECT id FROM orders\nWHERE ($1::text IS NULL OR state = $1) LIMIT $2");
  EXPECT_FALSE(loaded.tools[0].parameters[0].required);
  EXPECT_EQ(loaded.tools[0].parameters[1].default_value, Value(std::int64_t{10}));
  EXPECT_EQ(loaded.tools[1].parameters[0].type, TypeId::float64);
}

TEST_F(ImportDbhub, KeepsVariablesInConnectionStrings) {
  dbhub(
      "[[sources]]\nid = \"a\"\n"
      "dsn = \"postgres://${DB_USER}:${DB_PASSWORD}@${DB_HOST}:5432/${DB_NAME}\"\n");
  EXPECT_THAT(imported_.variables, ElementsAre("DB_HOST", "DB_NAME", "DB_PASSWORD", "DB_USER"));
  EXPECT_THAT(imported_.secrets, IsEmpty());
  const auto loaded = load({{"DB_USER", "u"}, {"DB_PASSWORD", "p"}, {"DB_HOST", "h"}, {"DB_NAME", "d"}});
  ASSERT_EQ(loaded.datasources.datasources.size(), 1U);
  EXPECT_EQ(loaded.datasources.datasources[0].connection.get<std::string>("database"), "d");
}

TEST_F(ImportDbhub, SaysWhatIsLostAndDisablesWhatCannotBeReached) {
  dbhub(R"([[sources]]
id = "behind"
dsn = "postgres://u:${P}@10.0.0.1:5432/d"
ssh_host = "bastion.example"
ssh_user = "deploy"
ssh_password = "tunnel-secret"

[[sources]]
id = "iam"
type = "postgres"
host = "h"
database = "d"
user = "u"
aws_iam_auth = true
aws_region = "eu-west-1"

[[sources]]
id = "ms"
dsn = "sqlserver://sa:secret-of-ms@localhost:1433/x"

[[sources]]
id = "opaque"
dsn = "${DATABASE_URL}"

[[sources]]
id = "memory"
dsn = "sqlite:///:memory:"

[[sources]]
id = "two"
type = "postgres"
host = "h"
database = "d"
user = "u"
search_path = "a,b"

[[tools]]
name = "arrays"
description = "D"
source = "two"
statement = "SELECT $1"
parameters = [{name = "p", type = "array", description = "P"}]
)");
  EXPECT_THAT(lost(),
              ElementsAre(AllOf(StartsWith("4 `ssh_host` of source `behind`: Penstock opens no SSH tunnel"),
                                HasSubstr("then set `enabled: true`")),
                          StartsWith("14 `aws_iam_auth` of source `iam`"),
                          StartsWith("17 source `ms`: there is no datasource of the type `sqlserver` here"),
                          AllOf(StartsWith("21 source `opaque`"), HasSubstr("give type, host, port")),
                          StartsWith("25 source `memory`: a database in memory"),
                          StartsWith("35 `search_path` of source `two`"), HasSubstr("tool `arrays`")));
  for (const NewFile& file : imported_.files)
    EXPECT_THAT(file.text, Not(HasSubstr("secret"))) << file.name;
  const auto loaded = load({{"P", "x"}});
  ASSERT_EQ(loaded.datasources.datasources.size(), 3U);
  EXPECT_FALSE(loaded.datasources.datasources[0].enabled);
  EXPECT_FALSE(loaded.datasources.datasources[1].enabled);
  EXPECT_TRUE(loaded.datasources.datasources[2].enabled);
}

TEST_F(ImportDbhub, LetsAgentsWriteOnlyWhereTheFileSaysSo) {
  dbhub(R"toml([[sources]]
id = "said"
type = "sqlite"
database = "/srv/a.db"
[[sources]]
id = "unsaid"
type = "sqlite"
database = "/srv/b.db"
[[tools]]
name = "execute_sql"
source = "said"
readonly = false
[[tools]]
name = "execute_sql"
source = "unsaid"
[[tools]]
name = "add"
source = "said"
description = "Adds"
statement = "INSERT INTO t VALUES (?)"
parameters = [{name = "v", type = "integer", description = "V"}]
[[tools]]
name = "add_there"
source = "unsaid"
description = "Adds"
statement = "INSERT INTO t VALUES (1)"
)toml");
  const auto loaded = load();
  ASSERT_EQ(loaded.datasources.datasources.size(), 2U);
  EXPECT_EQ(loaded.datasources.datasources[0].access, Access::read_write);
  EXPECT_EQ(loaded.datasources.datasources[1].access, Access::read_only);
  EXPECT_THAT(imported_.tools, ElementsAre("add"));
  EXPECT_THAT(changed(), ElementsAre(HasSubstr("agents may write to the datasource `said`"),
                                     HasSubstr("the datasource `unsaid` is read-only")));
  EXPECT_THAT(lost(), ElementsAre(HasSubstr("tool `add_there`")));
}

TEST_F(ImportDbhub, TakesAConnectionStringAlone) {
  take(import_dsn("postgresql://u:p@[::1]:5433/d", DataSourceRegistry::with_builtin_types()));
  const auto loaded = load();
  ASSERT_EQ(loaded.datasources.datasources.size(), 1U);
  EXPECT_EQ(loaded.datasources.datasources[0].name, "default");
  EXPECT_EQ(loaded.datasources.datasources[0].connection.get<std::string>("host"), "::1");
  EXPECT_THAT(imported_.secrets, ElementsAre(Pair("DEFAULT_PASSWORD", "p")));
}

TEST(ImportDbhubFile, ThatIsNoneIsAMistakeWithItsPlace) {
  const auto mistake_of = [](std::string_view text) {
    const auto outcome = import_dbhub(text, "f.toml", DataSourceRegistry::with_builtin_types());
    return outcome ? std::string("none") : outcome.error().front().to_string();
  };
  EXPECT_THAT(mistake_of(""), HasSubstr("it has no `[[sources]]`"));
  EXPECT_THAT(mistake_of("a = \n"), HasSubstr("f.toml:1:"));
  EXPECT_THAT(mistake_of("\n[sources]\nid = 1\n"), HasSubstr("f.toml:2:"));
}

TEST(Dsn, IsTakenApart) {
  const auto dsn = parse_dsn("Postgres://us%20er:p@:/?ss@host/db%2Fx?sslmode=require&a=b%26c");
  ASSERT_TRUE(dsn);
  EXPECT_EQ(dsn->scheme, "postgres");
  const auto plain = parse_dsn("mysql://u:p@w:d@h:3306/d?x=1&&y");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->user, "u");
  EXPECT_EQ(plain->password, "p@w:d");
  EXPECT_EQ(plain->host, "h");
  EXPECT_EQ(plain->port, "3306");
  EXPECT_EQ(plain->database, "d");
  EXPECT_THAT(plain->query, ElementsAre(Pair("x", "1"), Pair("y", "")));
  const auto file_of = [](std::string_view text) { return parse_dsn(text)->database; };
  EXPECT_EQ(file_of("sqlite:///srv/x.db"), "/srv/x.db");
  EXPECT_EQ(file_of("sqlite:///./x.db"), "./x.db");
  EXPECT_EQ(file_of("sqlite:///~/x.db"), "~/x.db");
  EXPECT_FALSE(parse_dsn("no string"));
  EXPECT_FALSE(parse_dsn("${URL}"));
  EXPECT_FALSE(parse_dsn("://x"));
}

}  // namespace
}  // namespace penstock::importers
