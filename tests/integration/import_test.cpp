// Files of MCP Toolbox and DBHub, imported by the command and served: the same tools, and the same rows.
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "demo/bank.hpp"
#include "demo/postgresql_schema.hpp"
#include "integration/cli_process.hpp"
#include "integration/demo_files.hpp"
#include "integration/tool_servers.hpp"
#include "servers/postgresql_cluster.hpp"
#include "servers/scratch.hpp"
#include "temporary_folder.hpp"

namespace penstock::test {
namespace {

namespace json = boost::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kDbhub = R"toml(
[[sources]]
id = "customers"
description = "Customers of the bank"
dsn = "sqlite://FOLDER_OF_TEST/data/customer_db.sqlite"

[[sources]]
id = "accounts"
type = "sqlite"
database = "data/accounts_db.sqlite"

[[tools]]
name = "execute_sql"
source = "customers"
readonly = true
max_rows = 3

[[tools]]
name = "customers_of_segment"
source = "customers"
description = "The first customers of a segment"
statement = "SELECT customer_id, name FROM customers WHERE segment = ? ORDER BY customer_id LIMIT ?"

[[tools.parameters]]
name = "segment"
type = "string"
description = "Service level"
allowed_values = ["basic", "private"]

[[tools.parameters]]
name = "limit"
type = "integer"
description = "How many"
default = 2

[[tools]]
name = "count_of_segment"
source = "customers"
description = "How many customers of a segment there are"
statement = "SELECT count(*) AS n FROM customers WHERE segment = coalesce(?, segment)"

[[tools.parameters]]
name = "segment"
type = "string"
description = "Service level; all without it"
required = false
)toml";

constexpr std::string_view kToolbox = R"(kind: source
name: bank
type: postgres
host: 127.0.0.1
port: PORT_OF_TEST
database: postgres
user: postgres
password: not-asked-for
queryParams: {search_path: customer_db}
---
kind: tool
name: customers-of-segment
type: postgres-sql
source: bank
description: The first customers of a segment
statement: |
  SELECT customer_id, name FROM customers
  WHERE segment = $1 AND marketing_consent = coalesce($3, marketing_consent)
  ORDER BY customer_id LIMIT $2;
parameters:
  - name: segment
    type: string
    description: Service level
    excludedValues: ["bus.*"]
  - name: limit
    type: integer
    description: How many
    default: 2
    minValue: 1
    maxValue: 5
  - name: consent
    type: boolean
    description: Whether they may be sent advertising
    required: false
---
kind: tool
name: incomes
type: postgres-sql
source: bank
description: How many have an income from this on
statement: SELECT count(*) AS n FROM customers WHERE annual_income >= $1::float8 AND preferences::jsonb @> $2::jsonb
parameters:
  - {name: least, type: float, description: EUR a year, minValue: 0}
  - {name: preferring, type: map, description: Members of their preferences}
---
kind: tool
name: accounts
type: postgres-sql
source: bank
description: Accounts of a customer
statement: SELECT count(*) AS n FROM accounts_db.accounts WHERE customer_id = $1
parameters:
  - {name: customer, type: string, description: Number}
---
kind: tool
name: any_table
type: postgres-sql
source: bank
description: Any table
statement: SELECT * FROM {{.table}}
templateParameters:
  - {name: table, type: string, description: Name}
)";

class ImportedBank : public testing::Test {
 protected:
  [[nodiscard]] Finished penstock(const std::vector<std::string>& arguments) const {
    return run_penstock(arguments, {folder_.path(), {}, {}});
  }
  ScratchFolder folder_{"penstock-import-"};
};

TEST_F(ImportedBank, OfDbhubAnswersTheSameCalls) {
  demo_test::write_bank(folder_.path());
  std::string file(kDbhub);
  file.replace(file.find("FOLDER_OF_TEST"), 14, folder_.path().string());
  write_file(folder_.path() / "dbhub.toml", file);
  const Finished imported = penstock({"import", "dbhub", "dbhub.toml", "--output", "config"});
  EXPECT_EQ(imported.status, 0) << imported.err;
  EXPECT_THAT(imported.err, HasSubstr("tool `execute_sql` replaced by `execute_query`"));
  ServedTools served(folder_.path(), "config");
  if (const auto peer = Peer::dbhub(folder_.path())) {
    for (const auto& [tool, arguments] : std::vector<std::pair<std::string, json::object>>{
             {"customers_of_segment", {{"segment", "private"}}},
             {"customers_of_segment", {{"segment", "basic"}, {"limit", 3}}},
             {"count_of_segment", json::object()},
             {"count_of_segment", {{"segment", "premium"}}}}) {
      EXPECT_EQ(served.rows(tool, arguments), peer->tools().rows(tool, arguments)) << tool;
    }
  }
  const json::value schema = served.schema_of("customers_of_segment");
  ASSERT_TRUE(schema.is_object());
  EXPECT_EQ(json::serialize(schema.at("required")), R"(["segment"])");
  EXPECT_EQ(json::serialize(schema.at("properties").at("segment").at("enum")), R"(["basic","private"])");
  EXPECT_EQ(json::serialize(schema.at("properties").at("limit").at("type")), R"(["integer","null"])");
  EXPECT_EQ(schema.at("properties").at("limit").at("default").to_number<int>(), 2);
  EXPECT_EQ(served.rows("customers_of_segment", {{"segment", "private"}}),
            R"([["CUST-000030","Sophie Wagner"],["CUST-000232","Jakub Kaczmarek"]])");
  EXPECT_EQ(served.rows("customers_of_segment", {{"segment", "private"}, {"limit", 3}}),
            R"([["CUST-000030","Sophie Wagner"],["CUST-000232","Jakub Kaczmarek"],)"
            R"(["CUST-000310","Paweł Nowak"]])");
  EXPECT_THAT(served.rows("customers_of_segment", {{"segment", "premium"}}), HasSubstr(R"("isError":true)"));
  EXPECT_EQ(served.rows("count_of_segment", json::object()), "[[20000]]");
  EXPECT_EQ(served.rows("count_of_segment", {{"segment", "premium"}}), "[[1195]]");
  // The limit of `execute_sql` holds for whatever is asked there.
  EXPECT_EQ(served.rows("execute_query",
                        {{"database", "customers"}, {"sql", "SELECT customer_id FROM customers ORDER BY 1"}}),
            R"([["CUST-000001"],["CUST-000002"],["CUST-000003"]])");
  EXPECT_EQ(served.stop().status, 0);
}

TEST_F(ImportedBank, OfToolboxAnswersTheSameCalls) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const PostgresqlCluster cluster;
  const demo::ServerPtr server = demo::connect_postgresql(cluster.conninfo("postgres"));
  for (const demo::Database& database : demo::bank_databases())
    demo::write_postgresql_schema(database, server.get(), demo::kBankVersion);
  std::string file(kToolbox);
  file.replace(file.find("PORT_OF_TEST"), 12, std::to_string(cluster.port()));
  write_file(folder_.path() / "tools.yaml", file);
  const Finished imported = penstock({"import", "toolbox", "tools.yaml", "--output", "config"});
  EXPECT_EQ(imported.status, 1) << imported.err;
  EXPECT_THAT(imported.err, HasSubstr("tool `any_table` not carried over: a statement here is fixed"));
  EXPECT_THAT(imported.err, Not(HasSubstr("not-asked-for")));
  struct stat secrets{};
  ASSERT_EQ(::stat((folder_.path() / "config/.env").c_str(), &secrets), 0);
  EXPECT_EQ(secrets.st_mode & 0777U, 0600U);
  EXPECT_EQ(read_file(folder_.path() / "config/.env"), "BANK_PASSWORD='not-asked-for'\n");

  ServedTools served(folder_.path(), "config");
  const json::value schema = served.schema_of("customers-of-segment");
  ASSERT_TRUE(schema.is_object());
  EXPECT_EQ(json::serialize(schema.at("required")), R"(["segment"])");
  EXPECT_EQ(schema.at("properties").at("limit").at("maximum").to_number<int>(), 5);
  EXPECT_TRUE(served.schema_of("any_table").is_null());
  EXPECT_EQ(served.rows("customers-of-segment", {{"segment", "private"}}),
            R"([["CUST-000030","Sophie Wagner"],["CUST-000232","Jakub Kaczmarek"]])");
  EXPECT_EQ(served.rows("customers-of-segment", {{"segment", "private"}, {"limit", 1}}),
            R"([["CUST-000030","Sophie Wagner"]])");
  EXPECT_THAT(served.rows("customers-of-segment", {{"segment", "business"}}), HasSubstr(R"("isError":true)"));
  EXPECT_THAT(served.rows("customers-of-segment", {{"segment", "private"}, {"limit", 6}}),
              HasSubstr(R"("isError":true)"));
  const auto count = [&](std::string_view condition) {
    return "[[" +
           cluster.value("SELECT count(*) FROM customer_db.customers WHERE " + std::string(condition)) + "]]";
  };
  EXPECT_EQ(served.rows("incomes", {{"least", 100000}, {"preferring", {{"paperless", true}}}}),
            count(R"(annual_income >= 100000 AND preferences::jsonb @> '{"paperless": true}')"));
  EXPECT_EQ(served.rows("accounts", {{"customer", "CUST-000123"}}),
            "[[" +
                cluster.value("SELECT count(*) FROM accounts_db.accounts WHERE customer_id = 'CUST-000123'") +
                "]]");
  EXPECT_EQ(served.stop().status, 0);
}

constexpr const char* kCabins = R"sql(
DROP TABLE IF EXISTS cabins;
CREATE TABLE cabins (id int PRIMARY KEY, name text, place text, arrival date NOT NULL, departure date NOT NULL, taken bit NOT NULL);
INSERT INTO cabins VALUES (1, 'Pine', 'Lake', '2026-01-02', '2026-01-05', B'1'), (2, 'Spruce', 'Ridge', '2026-02-01', '2026-02-03', B'0'),
  (3, 'Pinewood', 'Lakeside', '2026-03-01', '2026-03-09', B'0');
)sql";

// The calls of the quickstart, and what the table holds behind each that writes.
std::vector<std::string> answers_of(const Tools& tools, const PostgresqlCluster& cluster) {
  cluster.run(kCabins);
  std::vector<std::string> answers;
  const auto read = [&](const char* tool, json::object arguments) {
    answers.push_back(tools.rows(tool, std::move(arguments), 3));
  };
  const auto write = [&](const char* tool, json::object arguments) {
    (void)tools.rows(tool, std::move(arguments));
    answers.push_back(cluster.value(
        "SELECT string_agg(concat_ws(' ', id, arrival, departure, taken), ', ' ORDER BY id) FROM cabins"));
  };
  read("find-cabins-by-name", {{"name", "pine"}});
  read("find-cabins-by-place", {{"place", "ridge"}});
  read("find-cabins-by-place", {{"place", "'; DROP TABLE cabins; --"}});
  write("reserve-cabin", {{"cabin_id", "2"}});
  write("move-stay", {{"cabin_id", "3"}, {"arrival", "2026-04-01"}, {"departure", "2026-04-02"}});
  write("release-cabin", {{"cabin_id", "1"}});
  write("release-cabin", {{"cabin_id", "none"}});
  return answers;
}

TEST_F(ImportedBank, OfToolboxsQuickstartAnswersTheSameCalls) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const PostgresqlCluster cluster;
  std::string file =
      read_file(std::filesystem::path(PENSTOCK_TEST_SOURCES) / "tests/imported/toolbox_quickstart.yaml");
  for (const auto& [theirs, ours] : {std::pair("port: 5432", "port: " + std::to_string(cluster.port())),
                                     std::pair("database: lodgings", std::string("database: postgres")),
                                     std::pair("user: lodgings_user", std::string("user: postgres"))})
    file.replace(file.find(theirs), std::string_view(theirs).size(), ours);
  write_file(folder_.path() / "tools.yaml", file);
  const Finished imported =
      penstock({"import", "toolbox", "tools.yaml", "--output", "config", "--read-write", "lodgings-pg"});
  EXPECT_EQ(imported.status, 1) << imported.err;
  EXPECT_THAT(imported.err,
              AllOf(HasSubstr("toolset `lodging-tools` not carried over"),
                    HasSubstr("agents may write there"), Not(HasSubstr("tool `reserve-cabin`"))));
  const ServedTools served(folder_.path(), "config");
  const auto ours = answers_of(served.tools(), cluster);
  EXPECT_THAT(ours, testing::ElementsAre(
                        R"([[1,"Pine","Lake"],[3,"Pinewood","Lakeside"]])", R"([[2,"Spruce","Ridge"]])", "[]",
                        "1 2026-01-02 2026-01-05 1, 2 2026-02-01 2026-02-03 1, 3 2026-03-01 2026-03-09 0",
                        "1 2026-01-02 2026-01-05 1, 2 2026-02-01 2026-02-03 1, 3 2026-04-01 2026-04-02 0",
                        "1 2026-01-02 2026-01-05 0, 2 2026-02-01 2026-02-03 1, 3 2026-04-01 2026-04-02 0",
                        "1 2026-01-02 2026-01-05 0, 2 2026-02-01 2026-02-03 1, 3 2026-04-01 2026-04-02 0"));
  if (const auto peer = Peer::toolbox(folder_.path())) {
    EXPECT_EQ(answers_of(peer->tools(), cluster), ours);
  }
}

TEST_F(ImportedBank, IsWrittenWholeOrNotAtAll) {
  write_file(folder_.path() / "dbhub.toml",
             "[[sources]]\nid = \"a\"\ntype = \"postgres\"\nhost = \"h\"\ndatabase = \"d\"\nuser = \"u\"\n"
             "password = \"first\"\n");
  const auto names = [&] {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / "config"))
      all.push_back(entry.path().filename());
    return all;
  };
  const Finished shown = penstock({"import", "dbhub", "dbhub.toml", "--output", "config", "--dry-run"});
  EXPECT_EQ(shown.status, 0) << shown.err;
  EXPECT_THAT(shown.out, AllOf(HasSubstr("### datasources.yaml\n"), HasSubstr("${A_PASSWORD}"),
                               HasSubstr("A_PASSWORD='***'"), Not(HasSubstr("first"))));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "config"));

  std::filesystem::create_directory(folder_.path() / "config");
  write_file(folder_.path() / "config/.env", "OTHER=1");
  const Finished refused = penstock({"import", "dbhub", "dbhub.toml", "--output", "config"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("is there already"));
  EXPECT_THAT(names(), testing::ElementsAre(".env"));
  EXPECT_EQ(read_file(folder_.path() / "config/.env"), "OTHER=1");

  // With --force, what an .env has stays.
  EXPECT_EQ(penstock({"import", "dbhub", "dbhub.toml", "--output", "config", "--force"}).status, 0);
  EXPECT_EQ(read_file(folder_.path() / "config/.env"), "OTHER=1\nA_PASSWORD='first'\n");
  EXPECT_THAT(names(), testing::UnorderedElementsAre(".env", ".env.example", "datasources.yaml"));
  EXPECT_EQ(penstock({"import", "dbhub", "dbhub.toml", "--output", "config", "--force"}).status, 0);
  EXPECT_EQ(read_file(folder_.path() / "config/.env"), "OTHER=1\nA_PASSWORD='first'\n");
  write_file(folder_.path() / "config/.env", "A_PASSWORD=changed\n");
  const Finished other = penstock({"import", "dbhub", "dbhub.toml", "--output", "config", "--force"});
  EXPECT_EQ(other.status, 2);
  EXPECT_THAT(other.err, AllOf(HasSubstr("has another value for A_PASSWORD"), Not(HasSubstr("changed"))));

  // A folder in the place of one file keeps the others from changing, too.
  const std::string before = read_file(folder_.path() / "config/datasources.yaml");
  write_file(folder_.path() / "config/.env", "A_PASSWORD=first\n");
  write_file(folder_.path() / "dbhub.toml",
             "[[sources]]\nid = \"b\"\ndsn = \"postgres://u@h/d\"\ndescription = \"B\"\n");
  std::filesystem::create_directory(folder_.path() / "config/summary.yaml");
  EXPECT_EQ(penstock({"import", "dbhub", "dbhub.toml", "--output", "config", "--force"}).status, 2);
  EXPECT_EQ(read_file(folder_.path() / "config/datasources.yaml"), before);
  EXPECT_THAT(names(),
              testing::UnorderedElementsAre(".env", ".env.example", "datasources.yaml", "summary.yaml"));
}

TEST_F(ImportedBank, SaysWhatIsWrongWithACall) {
  EXPECT_EQ(penstock({"import", "toolbox", "missing.yaml"}).status, 2);
  EXPECT_EQ(penstock({"import", "other", "x"}).status, 2);
  write_file(folder_.path() / "tools.yaml", "sources:\n  w: {kind: bigquery}\n");
  const Finished nothing = penstock({"import", "toolbox", "tools.yaml"});
  EXPECT_EQ(nothing.status, 2);
  EXPECT_THAT(nothing.err, AllOf(HasSubstr("tools.yaml:2:3: source `w` not carried over"),
                                 HasSubstr("nothing was written: no source can be carried over")));
  const Finished report =
      penstock({"import", "dbhub", "postgres://u:p@h/d", "--output", "out", "--format", "json"});
  EXPECT_EQ(report.status, 0) << report.err;
  const json::value said = json::parse(report.out);
  EXPECT_TRUE(said.at("success").as_bool());
  EXPECT_EQ(json::serialize(said.at("secrets")), R"(["DEFAULT_PASSWORD"])");
  EXPECT_EQ(said.at("files").as_array().size(), 3U);
}

}  // namespace
}  // namespace penstock::test
