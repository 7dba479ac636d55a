// Files of the shape that the projects' own documentation shows: all of it is carried over or listed.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "unit/import_fixture.hpp"

namespace penstock::importers {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ImportDocumented : public ImportTest {
 protected:
  static std::string text_of_file(const std::string& name) {
    const std::ifstream file(std::filesystem::path(__FILE__).parent_path() / "../imported" / name);
    if (!file) throw std::runtime_error("cannot read tests/imported/" + name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  void expect_no_secret() const {
    for (const NewFile& file : imported_.files) {
      EXPECT_THAT(file.text, Not(HasSubstr("-secret"))) << file.name;
      EXPECT_THAT(file.text, Not(HasSubstr("in-the-clear"))) << file.name;
    }
  }
};

TEST_F(ImportDocumented, ToolboxsQuickstartInBothForms) {
  std::string tools_of_maps;
  for (const char* name : {"toolbox_quickstart.yaml", "toolbox_documents.yaml"}) {
    toolbox(text_of_file(name));
    EXPECT_THAT(imported_.sources, ElementsAre("lodgings-pg"));
    EXPECT_THAT(imported_.tools, ElementsAre("find-cabins-by-name", "find-cabins-by-place"));
    EXPECT_THAT(
        lost(),
        ElementsAre(
            AllOf(HasSubstr("tool `reserve-cabin`: its statement may write, and the datasource is read-only"),
                  HasSubstr("import again with `--read-write lodgings-pg`")),
            HasSubstr("tool `move-stay`: its statement may write"),
            HasSubstr("tool `release-cabin`: its statement may write"),
            HasSubstr("toolset `lodging-tools`: every caller is offered all tools")));
    EXPECT_THAT(
        changed(),
        ElementsAre(HasSubstr("what agents may ask of `lodgings-pg`: the file has tools of its own")));
    expect_no_secret();
    EXPECT_EQ(load().tools.size(), 2U);
    if (tools_of_maps.empty()) tools_of_maps = text_of("tools.yaml");
    EXPECT_EQ(text_of("tools.yaml").substr(text_of("tools.yaml").find("tools:")),
              tools_of_maps.substr(tools_of_maps.find("tools:")));
  }
}

TEST_F(ImportDocumented, ToolboxsToolsThatWriteWhereWhoeverImportsSaysSo) {
  const auto text = text_of_file("toolbox_quickstart.yaml");
  const auto registry = DataSourceRegistry::with_builtin_types();
  take(import_toolbox(text, "there/tools.yaml", registry, {.writable = {"lodgings-pg"}}));
  EXPECT_THAT(lost(), ElementsAre(HasSubstr("toolset `lodging-tools`")));
  EXPECT_THAT(changed(),
              ElementsAre(HasSubstr("source `lodgings-pg`: agents may write there, by `execute_query` too"),
                          HasSubstr("what agents may ask of `lodgings-pg`")));
  const auto loaded = load();
  ASSERT_EQ(loaded.tools.size(), 5U);
  EXPECT_EQ(loaded.tools[2].statement, "UPDATE cabins SET taken = B'1' WHERE id = $1;");
  EXPECT_EQ(loaded.tools[3].parameters.size(), 3U);
  EXPECT_EQ(loaded.datasources.datasources[0].access, Access::read_write);
  const auto refused = import_toolbox(text, "there/tools.yaml", registry, {.writable = {"nowhere"}});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().front().message, HasSubstr("there is no source `nowhere`"));
}

TEST_F(ImportDocumented, ToolboxsReference) {
  toolbox(text_of_file("toolbox_reference.yaml"));
  expect_no_secret();
  EXPECT_THAT(imported_.sources,
              ElementsAre("local-pg", "tuned-pg", "local-mysql", "tied-mysql", "file", "columns", "papers"));
  EXPECT_THAT(imported_.tools,
              ElementsAre("flights-of-airline", "with-context", "old-flights", "by-month", "in-columns"));
  EXPECT_THAT(
      lost(),
      ElementsAre(HasSubstr("`plan_cache_mode` of source `tuned-pg`"),
                  HasSubstr("`queryExecMode` of source `tuned-pg`"),
                  HasSubstr("`charset` of source `tied-mysql`"), HasSubstr("source `in-memory`"),
                  HasSubstr("source `columns-in-memory`: a database in memory"),
                  HasSubstr("source `lake`: there is no datasource of the type `bigquery`"),
                  HasSubstr("source `lake-of-the-caller`"),
                  AllOf(HasSubstr("source `hosted`"), HasSubstr("write it as `postgres`")),
                  AllOf(HasSubstr("source `alloy`"), HasSubstr("write it as `postgres`")),
                  HasSubstr("source `cache`"), HasSubstr("source `web`"), HasSubstr("authservice `staff`"),
                  HasSubstr("tool `flights-of-carriers`"), HasSubstr("tool `with-scores`"),
                  HasSubstr("tool `flights-of-user`"),
                  HasSubstr("tool `columns-of-table`: a statement here is fixed"),
                  HasSubstr("tool `flights-of-staff`: it is for some callers alone"),
                  HasSubstr("tool `busy`"), HasSubstr("tool `of-lake`"), HasSubstr("tool `papers-of`"),
                  HasSubstr("tool `pause`"), HasSubstr("toolset `first`"), HasSubstr("prompt `review`")));
  EXPECT_THAT(replaced(), ElementsAre(HasSubstr("tool `run-sql`: `execute_query`"),
                                      HasSubstr("tool `tables`: `search_schema`")));
  EXPECT_THAT(changed(),
              ::testing::Contains(AllOf(HasSubstr("tool `run-sql`: agents could write there with it"),
                                        HasSubstr("--read-write local-pg"))));
  const auto loaded = load({{"AIR_USER", "ada"}, {"AIR_PASSWORD", "x"}});
  const auto& sources = loaded.datasources.datasources;
  ASSERT_EQ(sources.size(), 7U);
  EXPECT_EQ(sources[1].statement_timeout, std::chrono::seconds(5));
  EXPECT_EQ(sources[1].pool.max_pool_size, 20);
  EXPECT_EQ(sources[2].connection.get<std::string>("ssl_mode"), "preferred");
  EXPECT_EQ(sources[2].statement_timeout, std::chrono::seconds(30));
  EXPECT_EQ(sources[3].connection.get<std::string>("ssl_mode"), "verify_identity");
  EXPECT_EQ(sources[5].type, "duckdb");
  EXPECT_EQ(sources[5].connection.get<std::int64_t>("threads"), 4);
}

TEST_F(ImportDocumented, DbhubsExample) {
  const auto text = text_of_file("dbhub_example.toml");
  dbhub(text);
  expect_no_secret();
  EXPECT_THAT(imported_.sources,
              ElementsAre("near_pg", "near_pg_parts", "near_pg_schema", "shared_pg", "cloud_pg", "checked_pg",
                          "far_pg", "near_mysql", "near_mariadb", "file"));
  EXPECT_THAT(imported_.tools, ElementsAre("heads_of_crews", "wages_between"));
  EXPECT_THAT(
      lost(),
      ElementsAre(
          HasSubstr("`search_path` of source `near_pg_schema`"),
          HasSubstr("`aws_iam_auth` of source `cloud_pg`"), HasSubstr("`ssh_host` of source `far_pg`"),
          HasSubstr("`timezone` of source `near_mysql`"), HasSubstr("`charset` of source `near_mysql`"),
          HasSubstr("`collation` of source `near_mysql`"), HasSubstr("source `near_sqlserver`"),
          HasSubstr("source `corp_sqlserver`"), HasSubstr("source `in_memory`"),
          AllOf(HasSubstr("tool `forget_wages`: its statement may write"), HasSubstr("--read-write near_pg")),
          HasSubstr("tool `move_worker`: its statement may write"),
          HasSubstr("tool `crews_at_sqlserver`: its source `near_sqlserver` was not carried over")));
  EXPECT_THAT(replaced(), ElementsAre(HasSubstr("`execute_query`"), HasSubstr("`search_schema`"),
                                      HasSubstr("`explain_query`"), HasSubstr("penstock check")));
  EXPECT_THAT(changed(),
              ElementsAre(AllOf(HasSubstr("access to `near_pg_parts`, `near_pg_schema`"),
                                HasSubstr("agents could write there, as nothing says `readonly`"))));
  const auto loaded = load();
  EXPECT_EQ(loaded.datasources.datasources[0].limits.max_rows, 1000);
  EXPECT_FALSE(loaded.datasources.datasources[4].enabled);
  EXPECT_EQ(loaded.tools[0].max_rows, 100);

  take(import_dbhub(text, "there/dbhub.toml", DataSourceRegistry::with_builtin_types(),
                    {.writable = {"near_pg"}}));
  EXPECT_THAT(imported_.tools, ElementsAre("heads_of_crews", "wages_between", "forget_wages", "move_worker"));
  EXPECT_EQ(load().datasources.datasources[0].access, Access::read_write);
}

TEST_F(ImportDocumented, DbhubsWordsForWriting) {
  dbhub(R"toml([[sources]]
id = "earlier"
type = "sqlite"
database = "/srv/a.db"
readonly = false
max_rows = 7
[[sources]]
id = "narrow"
type = "sqlite"
database = "/srv/b.db"
[[tools]]
name = "add"
source = "earlier"
description = "Adds"
statement = "INSERT INTO t VALUES (1)"
[[tools]]
name = "must_not"
source = "earlier"
description = "Adds"
readonly = true
statement = "INSERT INTO t VALUES (2)"
[[tools]]
name = "unknown"
source = "earlier"
description = "Whatever"
readonly = true
statement = "SELECT * FROM ${TABLE}"
[[tools]]
name = "may"
source = "narrow"
description = "Adds"
readonly = false
statement = "INSERT INTO t VALUES (3)"
)toml");
  EXPECT_THAT(imported_.tools, ElementsAre("add"));
  EXPECT_THAT(
      lost(),
      ElementsAre(HasSubstr("tool `must_not`: its statement may write, which its `readonly = true` forbids"),
                  HasSubstr("tool `unknown`: what its statement does is not known here"),
                  AllOf(HasSubstr("tool `may`"), HasSubstr("--read-write narrow"))));
  EXPECT_THAT(changed(), ElementsAre(StartsWith("1 what agents may ask of `earlier`, `narrow`"),
                                     HasSubstr("`readonly` of source `earlier`: agents may write there")));
  const auto loaded = load();
  EXPECT_EQ(loaded.datasources.datasources[0].access, Access::read_write);
  EXPECT_EQ(loaded.datasources.datasources[0].limits.max_rows, 7);
  EXPECT_EQ(loaded.datasources.datasources[1].access, Access::read_only);
  // What reads already is to be changed by nobody.
  const std::string reading =
      "[[sources]]\nid = \"a\"\ntype = \"sqlite\"\ndatabase = \"/srv/a.db\"\nreadonly = true\n";
  dbhub(reading);
  EXPECT_THAT(changed(), ::testing::IsEmpty());
  dbhub(reading + "[[tools]]\nname = \"execute_sql\"\nsource = \"a\"\n");
  EXPECT_THAT(changed(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace penstock::importers
