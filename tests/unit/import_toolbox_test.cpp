// MCP Toolbox's file, in both forms, as our configuration.
#include "unit/import_fixture.hpp"

namespace penstock::importers {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

class ImportToolbox : public ImportTest {};

constexpr std::string_view kSqlite = "kind: source\nname: files\ntype: sqlite\ndatabase: /srv/bank.sqlite\n";

/// A tool of the source `files` with these lines behind its own.
std::string tool(std::string_view name, std::string_view statement, std::string_view more) {
  return "---\nkind: tool\nname: " + std::string(name) +
         "\ntype: sqlite-sql\nsource: files\ndescription: Something\nstatement: " + std::string(statement) +
         "\n" + std::string(more);
}

TEST_F(ImportToolbox, CarriesSourcesAndToolsOfTheMapForm) {
  toolbox(R"(sources:
  shop-pg:
    kind: postgres
    host: ${SHOP_HOST:127.0.0.1}
    port: 5433
    database: shop
    user: ${SHOP_USER}
    password: ${SHOP_PASSWORD}
    queryParams:
      sslmode: require
      pool_max_conns: "7"
      search_path: sales
tools:
  find-orders:
    kind: postgres-sql
    source: shop-pg
    description: |
      Finds orders.
      By state.
    statement: |
      SELECT id, total FROM orders
      WHERE state = $1 AND total >= $2 LIMIT $3;
    parameters:
      - {name: state, type: string, description: The state, allowedValues: [open, paid]}
      - {name: least, type: float, description: At least, minValue: 0, default: 2.5}
      - {name: many, type: integer, description: How many, default: 10, minValue: 1, maxValue: 100}
)");
  EXPECT_THAT(lost(), IsEmpty());
  EXPECT_THAT(imported_.variables, ElementsAre("SHOP_PASSWORD", "SHOP_USER"));
  EXPECT_THAT(imported_.secrets, IsEmpty());
  const auto loaded = load({{"SHOP_USER", "ada"}, {"SHOP_PASSWORD", "$x"}});
  ASSERT_EQ(loaded.datasources.datasources.size(), 1U);
  const DataSourceConfig& source = loaded.datasources.datasources.front();
  EXPECT_EQ(source.type, "postgresql");
  EXPECT_EQ(source.access, Access::read_only);
  EXPECT_EQ(source.pool.max_pool_size, 7);
  EXPECT_EQ(source.connection.get<std::string>("host"), "127.0.0.1");
  EXPECT_EQ(source.connection.get<std::int64_t>("port"), 5433);
  EXPECT_EQ(source.connection.get<std::string>("sslmode"), "require");
  EXPECT_EQ(source.connection.get<Secret>("password")->reveal(), "$x");
  EXPECT_THAT(source.databases, ElementsAre(LogicalDatabase{"shop-pg", "sales"}));
  ASSERT_EQ(loaded.tools.size(), 1U);
  const config::ToolConfig& found = loaded.tools.front();
  EXPECT_EQ(found.name, "find-orders");
  EXPECT_EQ(found.database, "shop-pg");
  EXPECT_EQ(found.description, "Finds orders.\nBy state.\n");
  EXPECT_EQ(found.statement, "SELECT id, total FROM orders\nWHERE state = $1 AND total >= $2 LIMIT $3;\n");
  ASSERT_EQ(found.parameters.size(), 3U);
  EXPECT_THAT(found.parameters[0].allowed_values, ElementsAre(Value("open"), Value("paid")));
  EXPECT_TRUE(found.parameters[0].required);
  EXPECT_EQ(found.parameters[1].type, TypeId::float64);
  EXPECT_EQ(found.parameters[1].default_value, Value(2.5));
  EXPECT_EQ(found.parameters[2].maximum, Value(std::int64_t{100}));
}

TEST_F(ImportToolbox, CarriesTheSameFromDocuments) {
  toolbox(R"(# a comment before the first document
kind: source
name: my-pg
type: postgres
host: db.example
port: 5432
database: shop
user: ada
password: ${PW}
---
kind: tools
name: names
type: postgres-sql
source: my-pg
description: Names
statement: SELECT name FROM people WHERE active = $1
parameters:
  - name: active
    type: boolean
    description: Whether
    required: false
---
kind: toolset
name: all
tools: [names]
)");
  EXPECT_THAT(lost(), ElementsAre(StartsWith("23 toolset `all`: every caller is offered all tools")));
  const auto loaded = load({{"PW", "x"}});
  ASSERT_EQ(loaded.tools.size(), 1U);
  EXPECT_EQ(loaded.tools[0].parameters[0].type, TypeId::boolean);
  EXPECT_FALSE(loaded.tools[0].parameters[0].required);
}

TEST_F(ImportToolbox, PutsPasswordsIntoVariablesOfTheirOwn) {
  toolbox(R"(sources:
  a.b:
    kind: postgres
    host: h
    database: d
    user: u
    password: "it's $ecret\n\"${"
  c:
    kind: postgres
    host: ${A_B_PASSWORD}
    database: d
    user: u
    password: ${C_PW:fallback}
)");
  EXPECT_THAT(lost(), IsEmpty());
  for (const NewFile& file : imported_.files) {
    EXPECT_THAT(file.text, Not(HasSubstr("ecret"))) << file.name;
    EXPECT_THAT(file.text, Not(HasSubstr("fallback"))) << file.name;
  }
  // The name that comes first is one that the file uses for something else.
  EXPECT_THAT(imported_.secrets,
              ElementsAre(std::pair("A_B_PASSWORD_2", "it's $ecret\n\"${"), std::pair("C_PW", "fallback")));
  EXPECT_THAT(text_of(".env.example"), AllOf(HasSubstr("#A_B_PASSWORD_2=\n"), HasSubstr("#A_B_PASSWORD=\n")));
  const auto loaded = load({{"A_B_PASSWORD", "a-host"}});
  ASSERT_EQ(loaded.datasources.datasources.size(), 2U);
  EXPECT_EQ(loaded.datasources.datasources[0].connection.get<Secret>("password")->reveal(),
            "it's $ecret\n\"${");
  EXPECT_EQ(loaded.datasources.datasources[1].connection.get<std::string>("host"), "a-host");
  EXPECT_EQ(loaded.datasources.datasources[1].connection.get<Secret>("password")->reveal(), "fallback");
}

TEST_F(ImportToolbox, KeepsASecretThatMixesBothOutOfTheFiles) {
  toolbox("sources:\n  c: {kind: postgres, host: h, database: d, user: u, password: 'abc${X}'}\n");
  EXPECT_THAT(lost(), ElementsAre(HasSubstr("it mixes a variable with text in the clear")));
  EXPECT_THAT(text_of("datasources.yaml"), Not(HasSubstr("abc")));
}

TEST_F(ImportToolbox, CarriesDollarsAndDefaultsAsTheyAreMeant) {
  toolbox(std::string(kSqlite) +
          tool("dollars", R"("SELECT '$$ ${1} ${ $x$' AS a, '${NAME:-5}' AS b, '${OTHER:}' AS c")", ""));
  EXPECT_THAT(lost(), IsEmpty());
  const auto loaded = load();
  ASSERT_EQ(loaded.tools.size(), 1U);
  EXPECT_EQ(loaded.tools[0].statement, "SELECT '$$ ${1} ${ $x$' AS a, '-5' AS b, '' AS c");
}

TEST_F(ImportToolbox, SaysWhichParametersCannotBe) {
  const auto with = [](std::string_view name, std::string_view lines) {
    return tool(name, "SELECT ? AS x", "parameters:\n  - name: p\n    description: P\n" + std::string(lines));
  };
  toolbox(
      std::string(kSqlite) + with("list", "    type: array\n    items: {name: i, type: string}\n") +
      with("claim", "    type: string\n    authServices: [{name: google, field: sub}]\n") +
      with("secure", "    type: string\n    secure: true\n") +
      with("escaped", "    type: string\n    escape: double-quotes\n") +
      with("typed_map", "    type: map\n    valueType: integer\n") +
      with("vector", "    type: string\n    embeddedBy: gemini\n") +
      with("copied", "    type: string\n    valueFromParam: q\n") +
      with("numbers", "    type: integer\n    excludedValues: [3]\n") + with("plain", "    type: string\n") +
      tool("names", "SELECT ? AS x", "parameters:\n  - name: a-b\n    type: string\n    description: P\n"));
  EXPECT_THAT(
      lost(),
      ElementsAre(AllOf(HasSubstr("tool `list`: parameter `p`: parameters here are single values"),
                        HasSubstr("string_to_array")),
                  HasSubstr("tool `claim`: parameter `p`: its value comes from the caller's token"),
                  HasSubstr("tool `secure`: parameter `p`: its value comes from the application"),
                  HasSubstr("tool `escaped`: parameter `p`: it quotes the value as a name"),
                  HasSubstr("tool `typed_map`: parameter `p`: the values within a map"),
                  HasSubstr("tool `vector`: parameter `p`: nothing here turns texts into vectors"),
                  HasSubstr("tool `copied`: parameter `p`: a parameter here has a value of its own"),
                  HasSubstr("tool `numbers`: parameter `p`: excluded values can be kept out of strings"),
                  HasSubstr("tool `names`: parameter `a-b`: its name must be letters, digits and `_`")));
  EXPECT_THAT(imported_.tools, ElementsAre("plain"));
  EXPECT_EQ(load().tools.size(), 1U);
}

TEST_F(ImportToolbox, AMapIsJson) {
  toolbox(
      "kind: source\nname: pg\ntype: postgres\nhost: h\ndatabase: d\nuser: u\npassword: ${P}\n---\n"
      "kind: tool\nname: m\ntype: postgres-sql\nsource: pg\ndescription: M\nstatement: SELECT $1::jsonb AS "
      "x\n"
      "parameters: [{name: p, type: map, description: P}]\n");
  EXPECT_THAT(lost(), IsEmpty());
  const auto loaded = load({{"P", "x"}});
  ASSERT_EQ(loaded.tools.size(), 1U);
  EXPECT_EQ(loaded.tools[0].parameters[0].type, TypeId::json);
}

TEST_F(ImportToolbox, LetsNoValueThroughThatWasKeptOutBefore) {
  toolbox(
      std::string(kSqlite) +
      tool("t", "SELECT ?, ?, ?",
           "parameters:\n"
           "  - {name: a, type: string, description: A, excludedValues: [admin, 'root[0-9]+']}\n"
           "  - {name: b, type: string, description: B, allowedValues: ['a+b', exact]}\n"
           "  - {name: c, type: string, description: C, allowedValues: ['x.*'], excludedValues: ['$5']}\n"));
  EXPECT_THAT(lost(), IsEmpty());
  const auto loaded = load();
  ASSERT_EQ(loaded.tools.size(), 1U);
  const auto& parameters = loaded.tools[0].parameters;
  EXPECT_TRUE(parameters[0].pattern->matches("ada\nlovelace"));
  for (const char* excluded : {"admin", "an admin here", "root7", "x\nroot12\ny"})
    EXPECT_FALSE(parameters[0].pattern->matches(excluded)) << excluded;
  for (const char* allowed : {"aab", "xaaby", "exact"})
    EXPECT_TRUE(parameters[1].pattern->matches(allowed)) << allowed;
  for (const char* other : {"b", "exactly", ""})
    EXPECT_FALSE(parameters[1].pattern->matches(other)) << other;
  EXPECT_TRUE(parameters[2].pattern->matches("x1"));
  EXPECT_FALSE(parameters[2].pattern->matches("1"));
}

TEST_F(ImportToolbox, NamesToolsThatPenstockHasItself) {
  const auto named = [](std::string_view name, std::string_view type) {
    return "---\nkind: tool\nname: " + std::string(name) + "\ntype: " + std::string(type) +
           "\nsource: pg\ndescription: D\n";
  };
  toolbox("kind: source\nname: pg\ntype: postgres\nhost: h\ndatabase: d\nuser: u\npassword: ${P}\n" +
          named("execute_sql", "postgres-execute-sql") + named("list_tables", "postgres-list-tables") +
          named("locks", "postgres-list-locks") + named("overview", "postgres-database-overview"));
  EXPECT_THAT(
      replaced(),
      ElementsAre(HasSubstr(R"(tool `execute_sql`: `execute_query`, with the argument `"database": "pg"`)"),
                  HasSubstr("tool `list_tables`: `search_schema`")));
  EXPECT_THAT(lost(), ElementsAre(HasSubstr("tool `locks`: it shows what the server knows"),
                                  HasSubstr("tool `overview`: it shows what the server knows")));
}

TEST_F(ImportToolbox, RefusesStatementsThatPenstockWouldRefuse) {
  toolbox(std::string(kSqlite) + tool("erase", "DELETE FROM t WHERE id = 1", "") +
          tool("broken", "SELEC 1", "") + tool("two", "SELECT 1; SELECT 2", "") +
          tool("templated", "'SELECT * FROM {{.t}}'",
               "templateParameters:\n  - {name: t, type: string, description: T}\n") +
          tool("guarded", "SELECT 1", "authRequired: [google]\n") +
          tool("empty_auth", "SELECT 1", "authRequired: []\n") +
          tool("unused", "SELECT 1", "parameters:\n  - {name: p, type: string, description: P}\n") +
          tool("execute_query", "SELECT 1", ""));
  EXPECT_THAT(imported_.tools, ElementsAre("empty_auth"));
  EXPECT_THAT(
      lost(),
      ElementsAre(AllOf(HasSubstr("tool `erase`"), HasSubstr("import again with `--read-write files`")),
                  HasSubstr("tool `broken`"), HasSubstr("tool `two`"),
                  HasSubstr("tool `templated`: a statement here is fixed"),
                  HasSubstr("tool `guarded`: it is for some callers alone"), HasSubstr("tool `unused`"),
                  AllOf(HasSubstr("tool `execute_query`"),
                        HasSubstr("must not be that of a tool that Penstock has"))));
}

TEST_F(ImportToolbox, SchemasThatToolsNameBecomeDatabases) {
  toolbox(
      "sources:\n  pg: {kind: postgres, host: h, database: d, user: u, password: '${P}'}\n"
      "tools:\n  t: {kind: postgres-sql, source: pg, description: D, statement: "
      "'SELECT * FROM public.a JOIN reporting.b USING (id)'}\n");
  EXPECT_THAT(lost(), IsEmpty());
  EXPECT_THAT(changed(),
              ElementsAre(HasSubstr("its schema `reporting`"), HasSubstr("what agents may ask of `pg`")));
  EXPECT_THAT(load({{"P", "x"}}).datasources.datasources[0].databases,
              ElementsAre(LogicalDatabase{"pg", "public"}, LogicalDatabase{"reporting", "reporting"}));
}

TEST_F(ImportToolbox, SaysWhichSourcesCannotBe) {
  toolbox(R"(sources:
  ok: {kind: sqlite, database: rel/bank.sqlite}
  memory: {kind: sqlite, database: ":memory:"}
  warehouse: {kind: bigquery, project: p}
  cloud: {kind: cloud-sql-postgres, project: p, instance: i}
  "bad name": {kind: sqlite, database: /x}
  odd-port: {kind: postgres, host: h, port: many, database: d, user: u}
tools:
  asked: {kind: bigquery-sql, source: warehouse, description: D, statement: SELECT 1}
  waits: {kind: wait, timeout: 1s, description: D}
prompts:
  hello: {description: D}
authServices:
  google: {kind: google, clientId: x}
)");
  EXPECT_THAT(imported_.sources, ElementsAre("ok"));
  EXPECT_THAT(lost(),
              UnorderedElementsAre(
                  HasSubstr("3 source `memory`: a database in memory"),
                  HasSubstr("4 source `warehouse`: there is no datasource of the type `bigquery` here"),
                  AllOf(HasSubstr("5 source `cloud`"), HasSubstr("write it as `postgres` there")),
                  HasSubstr("6 source `bad name`: its name must be"),
                  AllOf(HasSubstr("7 source `odd-port`"), HasSubstr("`port` must be")),
                  HasSubstr("9 tool `asked`: its source `warehouse` was not carried over"),
                  HasSubstr("10 tool `waits`"), HasSubstr("12 prompt `hello`"),
                  HasSubstr("14 authservice `google`")));
  EXPECT_THAT(changed(), ElementsAre(HasSubstr("what agents may ask of `ok`"),
                                     HasSubstr("a relative path, taken from the folder of the file")));
  EXPECT_THAT(load().datasources.datasources[0].connection.get<std::filesystem::path>("path")->string(),
              AllOf(StartsWith("/"), HasSubstr("/there/rel/bank.sqlite")));
}

TEST_F(ImportToolbox, LetsNobodyWriteWhereATypeOnlyReads) {
  constexpr std::string_view kText = R"(sources:
  lake: {kind: duckdb, dbFilePath: /srv/lake.duckdb}
  gone: {kind: duckdb, dbFilePath: ":memory:"}
  documents: {kind: mongodb, uri: "mongodb://h/d"}
  shop: {kind: sqlite, database: /srv/shop.db}
tools:
  fish: {kind: duckdb-sql, source: lake, description: Fishes, statement: DELETE FROM fish}
)";
  const auto refused = import_toolbox(kText, "f.yaml", DataSourceRegistry::with_builtin_types(),
                                      {.writable = {"lake", "documents", "shop", "nowhere"}});
  ASSERT_FALSE(refused);
  std::vector<std::string> problems;
  for (const config::Problem& problem : refused.error())
    problems.push_back(problem.message);
  EXPECT_THAT(problems, UnorderedElementsAre(HasSubstr("the source `lake` can only be read"),
                                             AllOf(HasSubstr("`documents`"), HasSubstr("`mongodb`")),
                                             HasSubstr("there is no source `nowhere`")));
  toolbox(kText);
  EXPECT_THAT(imported_.sources, ElementsAre("lake", "documents", "shop"));
  EXPECT_THAT(lost(), ElementsAre(HasSubstr("3 source `gone`: a database in memory"),
                                  AllOf(HasSubstr("tool `fish`"), Not(HasSubstr("--read-write")))));
}

TEST(ImportToolboxFile, ThatIsNoneIsAMistakeWithItsPlace) {
  const auto mistake_of = [](std::string_view text) {
    const auto outcome = import_toolbox(text, "f.yaml", DataSourceRegistry::with_builtin_types());
    return outcome ? std::string("none") : outcome.error().front().to_string();
  };
  EXPECT_THAT(mistake_of(""), HasSubstr("it has neither sources nor tools"));
  EXPECT_THAT(mistake_of("- 1\n"), HasSubstr("f.yaml:1:1: a document must be a map"));
  EXPECT_THAT(mistake_of("kind: source\nname: a\n---\nx: [\n"), HasSubstr("f.yaml:"));
  EXPECT_THAT(mistake_of("sources:\n  a: 1\n"), HasSubstr("f.yaml:2:3: source `a` must be a map"));
  EXPECT_THAT(mistake_of("kind: source\nname: a\n---\nkind: source\nname: a\n"),
              HasSubstr("f.yaml:4:1: source `a` is there twice"));
}

}  // namespace
}  // namespace penstock::importers
