// Secrets arrive byte by byte, and are never shown.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "unit/config_fixture.hpp"

namespace penstock::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string with_connection(std::string_view connection) {
  return "datasources:\n  one:\n    type: postgresql\n    databases: [a_db]\n    connection:\n" +
         std::string(connection);
}

std::optional<std::string> password(const ConfigFolder& folder, const Environment& variables = {}) {
  const auto loaded = load(folder, variables);
  if (!loaded) {
    for (const Problem& problem : loaded.error())
      ADD_FAILURE() << problem.to_string();
    return std::nullopt;
  }
  const auto secret = loaded->datasources.front().connection.get<Secret>("password");
  return secret ? std::optional(secret->reveal()) : std::nullopt;
}

class AnyPassword : public ::testing::TestWithParam<std::string> {};

TEST_P(AnyPassword, ComesThroughTheEnvironmentUnchanged) {
  ConfigFolder folder;
  folder.write("datasources.yaml", with_connection("      password: \"${PW:other}\"\n"));
  EXPECT_EQ(password(folder, {{"PW", GetParam()}}), GetParam());
}

TEST_P(AnyPassword, ComesThroughAFileUnchanged) {
  ConfigFolder folder;
  folder.write("datasources.yaml", with_connection("      password_file: pw\n"))
      .write("pw", GetParam() + "\n");
  EXPECT_EQ(password(folder), GetParam());
}

INSTANTIATE_TEST_SUITE_P(All, AnyPassword,
                         ::testing::Values("p@ss:/w#rd%", "with spaces ", " 'single' \"double\"",
                                           "back\\slash\\n", "${PW} $$ $x ${", "line\nbreak", "# no comment",
                                           "*alias &anchor !tag", "{a: b}", "[1]", "- x", "null", "~", "true",
                                           "5", "\xff\xfe latin \xe9", "\xc3\xa9\xe2\x82\xac", "\t", ": ",
                                           "|", "p%40ss", "\x01\x1b"));

TEST(Passwords, CanBeWrittenInYaml) {
  const std::vector<std::pair<std::string, std::string>> cases{{"plain", "plain"},
                                                               {"5432", "5432"},
                                                               {"true", "true"},
                                                               {"'p@ss:/w#rd%'", "p@ss:/w#rd%"},
                                                               {"p@ss:/w#rd%", "p@ss:/w#rd%"},
                                                               {"'it''s'", "it's"},
                                                               {R"("q\"b\\s")", "q\"b\\s"},
                                                               {"'cost$$5'", "cost$5"},
                                                               {"'cost$5'", "cost$5"},
                                                               {"'~'", "~"},
                                                               {"''", ""}};
  for (const auto& [written, meant] : cases) {
    ConfigFolder folder;
    folder.write("datasources.yaml", with_connection("      password: " + written + "\n"));
    EXPECT_EQ(password(folder), meant) << written;
  }
}

TEST(Passwords, ComeFromDotenvInAnyQuotes) {
  ConfigFolder folder;
  folder.write("datasources.yaml", with_connection("      password: \"${PW}\"\n"));
  folder.write(".env", "PW='p@ss:/w#rd% \"$x\" \\n'\n");
  EXPECT_EQ(password(folder), "p@ss:/w#rd% \"$x\" \\n");
}

TEST(PasswordFile, LosesOneNewlineAtItsEnd) {
  ConfigFolder folder;
  folder.write("datasources.yaml", with_connection("      password_file: pw\n"));
  EXPECT_EQ(password(folder.write("pw", "x")), "x");
  EXPECT_EQ(password(folder.write("pw", "x\n")), "x");
  EXPECT_EQ(password(folder.write("pw", "x\r\n")), "x");
  EXPECT_EQ(password(folder.write("pw", "x\n\n")), "x\n");
  EXPECT_EQ(password(folder.write("pw", "x\r")), "x\r");
  EXPECT_EQ(password(folder.write("pw", " x ")), " x ");
}

TEST(PasswordFile, MayBeReadableByAllAndNamedByAVariable) {
  ConfigFolder folder;
  ConfigFolder secrets;
  folder.write("datasources.yaml", with_connection("      password_file: \"${SECRETS}/pw\"\n"));
  secrets.write("pw", "x\n");
  std::filesystem::permissions(secrets.path() / "pw", std::filesystem::perms(0644));
  EXPECT_EQ(password(folder, {{"SECRETS", secrets.path().string()}}), "x");
}

struct FileMistake {
  std::string connection;
  std::string expected;
};

class PasswordFileMistakes : public ::testing::TestWithParam<FileMistake> {};

TEST_P(PasswordFileMistakes, AreProblems) {
  ConfigFolder folder;
  folder.write("datasources.yaml", with_connection(GetParam().connection));
  folder.write("empty", "").write("newline", "\n").write("nul", std::string("a\0b", 3));
  folder.write("huge", std::string((64 << 10) + 1, 'x'));
  ASSERT_EQ(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(mistakes(folder), ElementsAre(GetParam().expected));
}

constexpr std::string_view kHere = " (a relative path begins at the configuration's folder)";

INSTANTIATE_TEST_SUITE_P(
    All, PasswordFileMistakes,
    ::testing::Values(
        FileMistake{"      password: hunter2\n      password_file: pw\n",
                    "datasources.yaml:7:7: `password` and `password_file` are both given: keep one of them"},
        FileMistake{"      password_file: hunter2\n",
                    "datasources.yaml:6:22: `password_file`: the file does not exist" + std::string(kHere)},
        FileMistake{
            "      password_file: .\n",
            "datasources.yaml:6:22: `password_file`: the file is a folder, not a file" + std::string(kHere)},
        FileMistake{
            "      password_file: pipe\n",
            "datasources.yaml:6:22: `password_file`: the file is not a regular file" + std::string(kHere)},
        FileMistake{"      password_file: empty\n",
                    "datasources.yaml:6:22: `password_file`: the file is empty" + std::string(kHere)},
        FileMistake{"      password_file: newline\n",
                    "datasources.yaml:6:22: `password_file`: the file is empty" + std::string(kHere)},
        FileMistake{
            "      password_file: nul\n",
            "datasources.yaml:6:22: `password_file`: the file contains a NUL character" + std::string(kHere)},
        FileMistake{"      password_file: huge\n",
                    "datasources.yaml:6:22: `password_file`: the file is larger than "
                    "65536 bytes, the most that is read" +
                        std::string(kHere)},
        FileMistake{"      password_file: ''\n",
                    "datasources.yaml:6:22: `password_file` must not be empty, found ``"},
        FileMistake{"      host_file: x\n",
                    "datasources.yaml:6:7: unknown key `host_file`; did you mean `host`?"}));

class Leaks : public ::testing::TestWithParam<std::string_view> {};

TEST_P(Leaks, NoProblemShowsTheSecret) {
  ConfigFolder folder;
  folder.write("datasources.yaml", with_connection(GetParam()));
  const Environment variables{{"PW", "hunter2"}, {"HALF", "hunter"}};
  const auto found = mistakes(folder, variables);
  ASSERT_FALSE(found.empty());
  for (const std::string& line : found)
    EXPECT_THAT(line, Not(HasSubstr("hunter"))) << line;
}

INSTANTIATE_TEST_SUITE_P(
    All, Leaks,
    ::testing::Values(
        "      password: [hunter2]\n", "      password: {hunter2: hunter2}\n", "      password: !hunter2\n",
        "      password: &hunter2\n", "      password: *hunter2\n", "      password: #hunter2\n",
        "      password: @hunter2\n", "      password: %hunter2\n", "      password: `hunter2\n",
        "      password: \"hunter2\n", "      password: \"\\hunter2\"\n", "      password: \"a\"hunter2\n",
        "      password: hunter2: x\n", "      password: hunter2${\n", "      password: \"hunter2${A-B}\"\n",
        "      password: \"hunter2${NOPE}\"\n", "      password: \"hunter2\\0\"\n",
        "      password: hunter2\n    x\n", "      password: hunter2\n      password: hunter3\n",
        "      port: \"${PW}\"\n",  // a secret in the wrong place
        "      port: \"a${HALF}2\"\n", "      sslmode: \"${PW}\"\n",
        "      connect_timeout: \"${NOPE:${PW}}\"\n", "      password_file: \"${PW}\"\n",
        "      password_file: hunter2\n", "      password_file: [hunter2]\n"));

TEST(Leaks, NeitherDoNamesThatComeFromVariables) {
  ConfigFolder folder;
  folder.write("datasources.yaml", R"(datasources:
  one: {type: "${PW}", databases: ["${PW}!", {name: a_db, schema: "${PW}"}], connection: {}}
)");
  folder.write("summary.yaml", R"(data_sources:
  - {id: "${PW}", datasource: "${PW}"}
  - {id: "${PW}", datasource: "${PW}"}
)");
  for (const std::string& line : mistakes(folder, {{"PW", "hunter2"}})) {
    EXPECT_THAT(line, AllOf(Not(HasSubstr("hunter2")), Not(HasSubstr("did you mean")))) << line;
  }
}

}  // namespace
}  // namespace penstock::config
