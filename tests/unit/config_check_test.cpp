// What a type finds by itself, reported with the file's other mistakes.
#include <gmock/gmock.h>

#include "datasources/sqlite/options.hpp"
#include "unit/config_fixture.hpp"

namespace penstock::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> mistakes_of(std::string_view yaml) {
  const ConfigFolder folder;
  folder.write("datasources.yaml", yaml);
  const std::vector<TypeSpec> types{sqlite::type_spec()};
  const auto loaded = load_configuration(folder.path(), types, Environment{});
  std::vector<std::string> lines;
  if (loaded) return lines;
  for (const Problem& problem : loaded.error())
    lines.push_back(problem.to_string().substr(folder.path().string().size() + 1));
  return lines;
}

TEST(ConfigCheck, ReportsAllMistakesOfATypeWithTheirPlaces) {
  EXPECT_THAT(
      mistakes_of(R"(datasources:
  bank:
    type: sqlite
    connection:
      path: data
      create: true
      bsuy_timeout: 1s
    databases:
      - temp
      - {name: main}
      - {name: d, file: ../../x}
      - name: e
        schema: a/b
)"),
      ElementsAre("datasources.yaml:6:7: `create: true` needs `access: read_write`",
                  "datasources.yaml:7:7: unknown key `bsuy_timeout`; "
                  "did you mean `busy_timeout`?",
                  "datasources.yaml:9:9: a logical database of SQLite cannot be called `temp`: SQLite keeps "
                  "that name for itself",
                  "datasources.yaml:10:9: a logical database of SQLite cannot be called `main` beside "
                  "others: to SQLite, every query's own database is main",
                  "datasources.yaml:11:19: `file: ../../x` of d must be the name of a file in the folder "
                  "`path`, without a slash",
                  "datasources.yaml:13:9: `file: a/b` of e must be the name of a file in the folder "
                  "`path`, without a slash"));
}

TEST(ConfigCheck, IsQuietAboutWhatIsRight) {
  EXPECT_THAT(mistakes_of(R"(datasources:
  bank:
    type: sqlite
    access: read_write
    connection: {path: data.db, create: true}
    databases: [main]
)"),
              IsEmpty());
}

TEST(ConfigCheck, FallsBackToThePlaceThatIsThere) {
  TypeSpec type;
  type.name = "odd";
  type.check = [](const DataSourceConfig& config) {
    return std::vector<SettingProblem>{{{"connection", "nothing"}, "not in the file"},
                                       {{"databases", "gone"}, "no such database"},
                                       {{"databases", config.databases.front().name, "file"}, "a plain name"},
                                       {{}, "of the whole"}};
  };
  const ConfigFolder folder;
  folder.write("datasources.yaml",
               "datasources:\n  o:\n    type: odd\n    connection: {}\n    databases: [a]\n");
  const std::vector<TypeSpec> types{type};
  const auto loaded = load_configuration(folder.path(), types, Environment{});
  ASSERT_FALSE(loaded);
  std::vector<std::string> lines;
  for (const Problem& problem : loaded.error())
    lines.push_back(problem.to_string().substr(folder.path().string().size() + 1));
  EXPECT_THAT(lines,
              ElementsAre("datasources.yaml:2:3: no such database", "datasources.yaml:2:3: of the whole",
                          "datasources.yaml:4:5: not in the file", "datasources.yaml:5:17: a plain name"));
}

}  // namespace
}  // namespace penstock::config
