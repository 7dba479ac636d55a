// Every mistake of datasources.yaml, with the words that tell what is meant.
#include <gmock/gmock.h>

#include "config/problems.hpp"
#include "unit/config_fixture.hpp"

namespace penstock::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Case {
  std::string text;
  std::vector<std::string> expected;
};

class DatasourceMistakes : public ::testing::TestWithParam<Case> {};

TEST_P(DatasourceMistakes, AreTold) {
  ConfigFolder folder;
  folder.write("datasources.yaml", GetParam().text);
  EXPECT_THAT(mistakes(folder), ::testing::ElementsAreArray(GetParam().expected));
}

// A file with one datasource whose body is given, from line 3 on.
std::string one(std::string_view body) {
  return "datasources:\n  one:\n" + std::string(body);
}

// The same with the settings of its connection, from line 6 on.
std::string settings(std::string_view lines) {
  return one("    type: postgresql\n    databases: [a_db]\n    connection:\n" + std::string(lines));
}

const std::string kFile = "datasources.yaml:";

INSTANTIATE_TEST_SUITE_P(
    Shape, DatasourceMistakes,
    ::testing::Values(
        Case{"",
             {"datasources.yaml: is empty: it holds the key `datasources`; `penstock init` writes one to "
              "start from"}},
        Case{"# only a comment\n",
             {"datasources.yaml: is empty: it holds the key `datasources`; `penstock init` writes one to "
              "start from"}},
        Case{"- a\n",
             {kFile + "1:1: the file must be a map with the key `datasources`, found a list; `penstock init` "
                      "writes one to start from"}},
        Case{"hello\n",
             {kFile + "1:1: the file must be a map with the key `datasources`, found a text; `penstock "
                      "init` writes one to start from"}},
        Case{"datasource: {}\n",
             {kFile + "1:1: unknown key `datasource`; did you mean `datasources`?",
              kFile + "1:1: the key `datasources` is missing"}},
        Case{"datasources:\n",
             {kFile + "1:1: `datasources` must be a map from names to datasources, found nothing"}},
        Case{"datasources: {}\n",
             {kFile + "1:1: `datasources` must be a map from names to datasources, found an empty one"}},
        Case{"datasources: [a]\n",
             {kFile + "1:1: `datasources` must be a map from names to datasources, found a list"}},
        Case{"datasources:\n  one: sqlite\n",
             {kFile + "2:8: the datasource `one` must be a map with the key `type` and "
                      "others, found a text"}},
        Case{"datasources:\n  one:\n",
             {kFile + "2:3: the datasource `one` must be a map with the key `type` and "
                      "others, found nothing"}}));

INSTANTIATE_TEST_SUITE_P(
    Types, DatasourceMistakes,
    ::testing::Values(
        Case{one("    databases: [a_db]\n"),
             {kFile + "2:3: `type` is missing; the types are `postgresql` and `sqlite`"}},
        Case{one("    type: postgressql\n    databases: [a_db]\n"),
             {kFile +
              "3:11: `type` must be one of `postgresql` and `sqlite`, found `postgressql`; did you mean "
              "`postgresql`?"}},
        Case{one("    type: oracle\n    databases: [{name: a_db, file: x}]\n    connection: {any: 1, "
                 "max_pool_size: 0}\n"),
             {kFile + "3:11: `type` must be one of `postgresql` and `sqlite`, found `oracle`",
              kFile + "5:41: `max_pool_size` must be a whole number from 1 to 1000, found `0`"}},
        Case{one("    type:\n    databases: [a_db]\n"),
             {kFile +
              "3:5: `type` has no value: give one of `postgresql` and `sqlite`, or remove the line (an empty "
              "text is written \"\", and a value that begins with `#`, `!` or `&` needs quotes)"}}));

INSTANTIATE_TEST_SUITE_P(
    Keys, DatasourceMistakes,
    ::testing::Values(
        Case{settings("      max_pool: 5\n"),
             {kFile + "6:7: unknown key `max_pool`; did you mean `max_pool_size`?"}},
        Case{settings("      pasword: x\n"),
             {kFile + "6:7: unknown key `pasword`; did you mean `password`?"}},
        Case{settings("      zzz: x\n"),
             {kFile +
              "6:7: unknown key `zzz`; the connection of a `postgresql` datasource has `host`, `port`, "
              "`database`, "
              "`user`, `password`, `password_file`, `sslmode`, `sslrootcert`, `compression`, `fetch_buffer`, "
              "`tcp_user_timeout`, `min_pool_size`, `max_pool_size`, `connect_timeout`, `acquire_timeout`, "
              "`max_waiting`, `idle_timeout`, `max_lifetime`, `keepalive`, `connecting_limit` and "
              "`statement_timeout`"}},
        Case{one("    type: postgresql\n    databases: [a_db]\n    acces: read_write\n"),
             {kFile + "5:5: unknown key `acces`; did you mean `access`?"}},
        Case{one("    type: postgresql\n    databases: [a_db]\n    limits: {max_row: 5}\n"),
             {kFile + "5:14: unknown key `max_row`; did you mean `max_rows`?"}},
        Case{one("    type: postgresql\n    databases: [a_db]\n    limits: 5\n"),
             {kFile + "5:13: `limits` must be a map with `max_rows`, `max_bytes` and `max_value_bytes`, "
                      "found a text"}},
        Case{one("    type: postgresql\n    databases: [a_db]\n    connection: localhost\n"),
             {kFile + "5:17: `connection` must be a map of settings, found a text"}},
        Case{settings("      host: a\n      host: b\n"),
             {kFile + "7:7: `host` is given twice; the first is on line 6"}},
        Case{
            one("    type: postgresql\n    statement_timeout: 1s\n    databases: [a_db]\n"
                "    connection: {statement_timeout: 2s}\n"),
            {kFile + "6:18: `statement_timeout` is given twice for this datasource; the first is on line 4"}},
        Case{one("    type: sqlite\n    databases: [a_db]\n"),
             {kFile + "2:3: `path` is required in the connection of a `sqlite` datasource: a path"}},
        Case{one("    type: sqlite\n    databases: [a_db]\n    connection: {}\n"),
             {kFile + "5:5: `path` is required in the connection of a `sqlite` datasource: a path"}},
        Case{one("    type: sqlite\n    databases: [a_db]\n    connection: {path: ''}\n"),
             {kFile + "5:24: `path` must not be empty, found ``"}}));

constexpr std::string_view kNoValue =
    ", or remove the line (an empty text is written \"\", and a value that begins with `#`, `!` or `&` needs "
    "quotes)";

INSTANTIATE_TEST_SUITE_P(
    Values, DatasourceMistakes,
    ::testing::Values(
        Case{settings("      port: 70000\n"),
             {kFile + "6:13: `port` must be a whole number from 1 to 65535, found `70000`"}},
        Case{settings("      port: abc\n"),
             {kFile + "6:13: `port` must be a whole number from 1 to 65535, found `abc`"}},
        Case{settings("      port: \"${P:abc}\"\n"),
             {kFile + "6:13: `port` must be a whole number from 1 to 65535, found `abc`"}},
        Case{settings("      port: [1]\n"),
             {kFile + "6:13: `port` must be a whole number from 1 to 65535, found a list"}},
        Case{settings("      host:\n"),
             {kFile + "6:7: `host` has no value: give a text" + std::string(kNoValue)}},
        Case{
            settings("      host: \"${DB_HOST}\"\n"),
            {kFile +
             "6:13: `host`: the variable `DB_HOST` is not set: set it in the environment or in .env, or give "
             "a default as in `${DB_HOST:default}`"}},
        Case{settings("      host: \"a\\0b\"\n"),
             {kFile + "6:13: `host` must not contain a NUL character, found `a\\x00b`"}},
        Case{settings("      compression: 1\n"),
             {kFile + "6:20: `compression` must be true or false, found `1`"}},
        Case{
            settings("      sslmode: requires\n"),
            {kFile + "6:16: `sslmode` must be one of `disable`, `prefer`, `require` and `verify-full`, found "
                     "`requires`; did you mean `require`?"}},
        Case{settings("      fetch_buffer: 64k\n"),
             {kFile +
              "6:21: `fetch_buffer` must be a size, such as `512KiB`, `64MiB` or `10MB` (a bare number is "
              "bytes), found `64k`"}},
        Case{
            settings("      connect_timeout: 0\n"),
            {kFile +
             "6:24: `connect_timeout` must be a duration from 1ms to 10m, such as `500ms`, `10s`, `5m`, `2h` "
             "or `1d` (a bare number is seconds), found `0`"}},
        Case{settings("      idle_timeout: -1s\n"),
             {kFile +
              "6:21: `idle_timeout` must be a duration from 0s to 7d, such as `500ms`, `10s`, `5m`, `2h` or "
              "`1d` (a bare number is seconds), found `-1s`"}},
        Case{settings("      max_waiting: 99999999999999999999\n"),
             {kFile +
              "6:20: `max_waiting` must be a whole number from 0 to 100000, found `99999999999999999999`"}},
        Case{one("    type: postgresql\n    databases: [a_db]\n    enabled: perhaps\n    access: write\n"),
             {kFile + "5:14: `enabled` must be true or false, found `perhaps`",
              kFile + "6:13: `access` must be one of `read_only` and `read_write`, found `write`"}},
        Case{one("    type: postgresql\n    databases: [a_db]\n    limits: {max_value_bytes: 2GiB, max_rows: "
                 "0}\n"),
             {kFile + "5:31: `max_value_bytes` must be a size from 1B to 2147483647B, such as `512KiB`, "
                      "`64MiB` or "
                      "`10MB` (a bare number is bytes), found `2GiB`",
              kFile + "5:47: `max_rows` must be a whole number from 1 to 1000000000000, found `0`"}}));

INSTANTIATE_TEST_SUITE_P(
    Pool, DatasourceMistakes,
    ::testing::Values(
        Case{settings("      max_pool_size: 3\n      min_pool_size: 5\n"),
             {kFile + "7:7: `min_pool_size` is 5, more than `max_pool_size`, which is 3"}},
        Case{settings("      min_pool_size: 20\n"),
             {kFile + "6:7: `min_pool_size` is 20, more than `max_pool_size`, which is 10 (its default)"}}));

const std::string kName =
    "must be 1 to 64 letters, digits, `_`, `-` and `.`, beginning with a letter, a digit or `_`";

INSTANTIATE_TEST_SUITE_P(
    Names, DatasourceMistakes,
    ::testing::Values(
        Case{"datasources:\n  my bank: {type: postgresql, databases: [a_db]}\n",
             {kFile + "2:3: the name of a datasource " + kName}},
        Case{"datasources:\n  '': {type: postgresql, databases: [a_db]}\n",
             {kFile + "2:3: the name of a datasource " + kName}},
        Case{"datasources:\n  one: {type: postgresql, databases: [a_db]}\n  One: {type: postgresql, "
             "databases: [b_db]}\n",
             {kFile + "3:3: the datasource `One` differs only by case from `one` on line 2"}},
        Case{"datasources:\n  one: {type: postgresql, databases: [a_db]}\n  one: {type: postgresql, "
             "databases: [b_db]}\n",
             {kFile + "3:3: `one` is given twice; the first is on line 2"}},
        Case{one("    type: postgresql\n    databases: ['a/b', '', '.hidden', \"a\\nb\", {name: 'x y'}]\n"),
             {kFile + "4:17: `a logical database` " + kName + ", found `a/b`",
              kFile + "4:24: `a logical database` " + kName + ", found ``",
              kFile + "4:28: `a logical database` " + kName + ", found `.hidden`",
              kFile + "4:39: `a logical database` " + kName + ", found `a\\nb`",
              kFile + "4:54: `name` " + kName + ", found `x y`"}},
        Case{one("    type: postgresql\n    databases: [" + std::string(65, 'x') + "]\n"),
             {kFile + "4:17: `a logical database` " + kName + ", found `" + std::string(65, 'x') + "`"}}));

INSTANTIATE_TEST_SUITE_P(
    Databases, DatasourceMistakes,
    ::testing::Values(
        Case{one("    type: postgresql\n"),
             {kFile +
              "2:3: the datasource `one` has no `databases`: list the logical databases that it holds"}},
        Case{one("    type: postgresql\n    databases:\n"),
             {kFile +
              "4:5: the datasource `one` has no `databases`: list the logical databases that it holds"}},
        Case{one("    type: postgresql\n    databases: []\n"),
             {kFile + "4:16: `databases` is empty: list the logical databases that the datasource holds"}},
        Case{one("    type: postgresql\n    databases: a_db\n"),
             {kFile + "4:16: `databases` must be a list of logical databases, found a text"}},
        Case{one("    type: postgresql\n    databases: [a_db, b_db, a_db, A_DB]\n"),
             {kFile + "4:29: `a_db` is listed twice; the first is on line 4",
              kFile + "4:35: `A_DB` differs only by case from `a_db` of the datasource `one` on line 4"}},
        Case{
            "datasources:\n  one: {type: postgresql, databases: [a_db]}\n  two: {type: postgresql, "
            "databases: [a_db]}\n",
            {kFile +
             "3:39: `a_db` belongs to the datasource `one` already (line 2); a logical database lives in one "
             "datasource"}},
        Case{one("    type: sqlite\n    connection: {path: x}\n    databases:\n      - {file: x}\n"
                 "      - {name: b_db, file: x, schema: y}\n      - {name: c_db, fil: x}\n      - {name: "
                 "d_db, schema: ''}\n"
                 "      - [e_db]\n"),
             {kFile + "6:9: a logical database needs a `name`",
              kFile + "7:31: `file` and `schema` mean the same: keep one of them",
              kFile + "8:22: unknown key `fil`; did you mean `file`?",
              kFile + "9:30: `schema` must be 1 to 255 bytes long, found ``",
              kFile + "10:9: `a logical database` must be a name, found a list"}}));

TEST(Problems, AreAllToldInOneRunInTheOrderOfFilesAndLines) {
  ConfigFolder folder;
  folder.write(".env", "broken\n");
  folder.write("summary.yaml",
               "data_sources:\n  - {id: b_db, datasource: one}\n  - {id: a_db, datasource: onw}\n");
  folder.write("datasources.yaml", R"(datasources:
  one:
    databases: [a_db, "no/name"]
    connection:
      port: 0
      max_pool: 1
      password: "${NOPE}"
    type: postgresql
    enabled: maybe
)");
  EXPECT_THAT(
      mistakes(folder),
      ElementsAre(
          HasSubstr(".env:1:1: a line must be"),
          HasSubstr("datasources.yaml:3:23: `a logical database` must"),
          HasSubstr("datasources.yaml:5:13: `port` must"), HasSubstr("datasources.yaml:6:7: unknown key"),
          HasSubstr("datasources.yaml:7:17: `password`: the variable `NOPE` is not set"),
          HasSubstr("datasources.yaml:9:14: `enabled` must"),
          HasSubstr("summary.yaml:3:28: `datasource` must be a datasource of datasources.yaml, found `onw`; "
                    "did you mean `one`?")));
}

TEST(Problems, BeyondABoundAreCounted) {
  ConfigFolder folder;
  std::string text = "datasources:\n";
  for (int i = 0; i < 1'000; ++i)
    text += "  d" + std::to_string(i) + ": 1\n";
  folder.write("datasources.yaml", text);
  const auto found = mistakes(folder);
  ASSERT_EQ(found.size(), FileProblems::kMaxShown + 1);
  EXPECT_THAT(found.front(), HasSubstr("datasources.yaml:2:7:"));
  EXPECT_EQ(found.back(), "datasources.yaml: 800 more mistakes are not shown");
}

TEST(Problems, AWrongDefaultOfATypeIsItsAuthors) {
  TypeSpec type;
  type.name = "own";
  type.connection = {setting_spec("size", SettingKind::size, "lots")};
  ConfigFolder folder;
  folder.write("datasources.yaml", "datasources: {one: {type: own, databases: [a_db]}}\n");
  const auto loaded = load_configuration(folder.path(), std::vector{type}, Environment{});
  ASSERT_FALSE(loaded);
  ASSERT_EQ(loaded.error().size(), 1U);
  EXPECT_THAT(loaded.error().front().message, HasSubstr("the type `own` has a wrong default for `size`"));
}

TEST(Problems, AsTextHaveTheirPlaceWhenThereIsOne) {
  EXPECT_EQ((Problem{{"config/datasources.yaml", 12, 7}, "x"}.to_string()),
            "config/datasources.yaml:12:7: x");
  EXPECT_EQ((Problem{{"config/.env"}, "x"}.to_string()), "config/.env: x");
}

}  // namespace
}  // namespace penstock::config
