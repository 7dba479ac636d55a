// The files of the folder: which are read, in which order, and what keeps one from being read.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/dotenv.hpp"
#include "config/problems.hpp"
#include "config/sources.hpp"
#include "unit/config_fixture.hpp"

namespace penstock::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kMinimal = "datasources: {one: {type: postgresql, databases: [a_db]}}\n";
constexpr std::string_view kWithHost =
    "datasources: {one: {type: postgresql, databases: [a_db], connection: {host: "
    "\"${PENSTOCK_TEST_HOST:none}\"}}}\n";

// The working directory, or the process environment, changed for one test.
class WorkingDirectory {
 public:
  explicit WorkingDirectory(const std::filesystem::path& path) : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(path);
  }
  WorkingDirectory(const WorkingDirectory&) = delete;
  WorkingDirectory& operator=(const WorkingDirectory&) = delete;
  ~WorkingDirectory() { std::filesystem::current_path(before_); }

 private:
  std::filesystem::path before_;
};

class ProcessVariable {
 public:
  ProcessVariable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ProcessVariable(const ProcessVariable&) = delete;
  ProcessVariable& operator=(const ProcessVariable&) = delete;
  ~ProcessVariable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

std::optional<std::string> host(const std::filesystem::path& folder,
                                const std::optional<Environment>& environment = std::nullopt) {
  const auto loaded = load_configuration(folder, test_types(), environment);
  if (!loaded) {
    ADD_FAILURE() << loaded.error().front().to_string();
    return std::nullopt;
  }
  return loaded->datasources.front().connection.get<std::string>("host");
}

TEST(ConfigFiles, VariablesComeFromTheProcessThenTheFolderThenTheWorkingDirectory) {
  ConfigFolder folder;
  ConfigFolder elsewhere;
  folder.write("datasources.yaml", kWithHost);
  const WorkingDirectory moved(elsewhere.path());
  EXPECT_EQ(host(folder.path()), "none");
  elsewhere.write(".env", "PENSTOCK_TEST_HOST=working\n");
  EXPECT_EQ(host(folder.path()), "working");
  folder.write(".env", "PENSTOCK_TEST_HOST=folder\n");
  EXPECT_EQ(host(folder.path()), "folder");
  const ProcessVariable variable("PENSTOCK_TEST_HOST", "process");
  EXPECT_EQ(host(folder.path()), "process");
}

TEST(ConfigFiles, AGivenEnvironmentStandsInForProcessAndWorkingDirectory) {
  ConfigFolder folder;
  ConfigFolder elsewhere;
  folder.write("datasources.yaml", kWithHost);
  elsewhere.write(".env", "PENSTOCK_TEST_HOST=working\n");
  const WorkingDirectory moved(elsewhere.path());
  const ProcessVariable variable("PENSTOCK_TEST_HOST", "process");
  EXPECT_EQ(host(folder.path(), Environment{}), "none");
  EXPECT_EQ(host(folder.path(), Environment{{"PENSTOCK_TEST_HOST", "given"}}), "given");
  folder.write(".env", "PENSTOCK_TEST_HOST=folder\n");
  EXPECT_EQ(host(folder.path(), Environment{}), "folder");
}

TEST(ConfigFiles, OneDotenvIsReadOnceWhenTheFolderIsTheWorkingDirectory) {
  ConfigFolder folder;
  folder.write("datasources.yaml", kMinimal).write(".env", "broken\n");
  const WorkingDirectory moved(folder.path());
  const auto loaded = load_configuration(".", test_types());
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().size(), 1U);
}

TEST(ConfigFiles, AMistakeInDotenvIsNotToldAgainByTheVariableItLost) {
  ConfigFolder folder;
  folder
      .write("datasources.yaml",
             "datasources:\n  here:\n    type: postgresql\n    connection:\n      host: ${PENSTOCK_LOST}\n"
             "    databases: [a_db]\n    typo: 1\n")
      .write(".env", "PENSTOCK_LOST='never closed\n");
  const auto loaded = load_configuration(folder.path(), test_types(), Environment{});
  ASSERT_FALSE(loaded);
  ASSERT_EQ(loaded.error().size(), 2U) << "the .env, and what else is wrong";
  EXPECT_EQ(loaded.error().front().where.file, folder.path() / ".env");
  EXPECT_THAT(loaded.error().back().to_string(), ::testing::HasSubstr("typo"));
  folder.write(".env", "");
  const auto unset = load_configuration(folder.path(), test_types(), Environment{});
  ASSERT_FALSE(unset);
  EXPECT_THAT(unset.error().front().to_string(), ::testing::HasSubstr("`PENSTOCK_LOST` is not set"));
}

TEST(ConfigFiles, KeepTheFolderAsItWasNamed) {
  ConfigFolder folder;
  folder.write("datasources.yaml", kMinimal);
  const WorkingDirectory moved(folder.path().parent_path());
  const auto name = folder.path().filename();
  const auto loaded = load_configuration(name, test_types(), Environment{});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->directory, name);
  folder.write("datasources.yaml", "x: 1\n");
  const auto failed = load_configuration(name, test_types(), Environment{});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().front().where.file, name / "datasources.yaml");
}

TEST(ConfigFiles, AMissingFolderSaysHowToBegin) {
  ConfigFolder folder;
  const auto missing = load_configuration(folder.path() / "none", test_types(), Environment{});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().front().to_string(),
            (folder.path() / "none").string() +
                ": there is no such folder; `penstock init` writes one to start from");
  folder.write("file", "");
  const auto file = load_configuration(folder.path() / "file", test_types(), Environment{});
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().front().message, "is not a folder; name the folder that holds datasources.yaml");
}

TEST(ConfigFiles, OnlyDatasourcesIsRequired) {
  ConfigFolder folder;
  EXPECT_THAT(mistakes(folder),
              ElementsAre("datasources.yaml: does not exist; `penstock init` writes one to start from"));
  EXPECT_THAT(mistakes(folder.write("datasources.yaml", kMinimal)), IsEmpty());
}

TEST(ConfigFiles, AFolderOrPipeInPlaceOfAFileIsTold) {
  ConfigFolder folder;
  std::filesystem::create_directory(folder.path() / "datasources.yaml");
  std::filesystem::create_directory(folder.path() / ".env");
  ASSERT_EQ(::mkfifo((folder.path() / "summary.yaml").c_str(), 0600), 0);
  EXPECT_THAT(mistakes(folder),
              ElementsAre(".env: is a folder, not a file", "datasources.yaml: is a folder, not a file",
                          "summary.yaml: is not a regular file"));
}

TEST(ConfigFiles, AnUnreadableFileIsTold) {
  ConfigFolder folder;
  folder.write("datasources.yaml", kMinimal);
  std::filesystem::create_symlink("summary.yaml",
                                  folder.path() / "summary.yaml");  // permissions would not stop root
  EXPECT_THAT(mistakes(folder),
              ElementsAre("summary.yaml: cannot be read: Too many levels of symbolic links"));
}

TEST(ConfigFiles, AHugeFileIsNotRead) {
  ConfigFolder folder;
  folder.write("datasources.yaml", kMinimal).write("summary.yaml", "");
  std::filesystem::resize_file(folder.path() / "summary.yaml", kMaxFileBytes + 1);
  EXPECT_THAT(mistakes(folder),
              ElementsAre("summary.yaml: is larger than 16777216 bytes, the most that is read"));
}

TEST(ConfigFiles, OfOtherEncodingsAreToldWithTheirPlace) {
  ConfigFolder folder;
  folder.write("datasources.yaml", "# caf\xe9\n")
      .write("summary.yaml", std::string("data\0", 5))
      .write(".env", std::string("A=1\nB\0=2\n", 9));
  EXPECT_THAT(
      mistakes(folder),
      ElementsAre(".env:2:2: a NUL byte stands here: remove it, or save the file as UTF-8 if it is in UTF-16",
                  "datasources.yaml:1:6: the file is not UTF-8: save it in that encoding",
                  HasSubstr("summary.yaml:1:5: a control character stands here")));
}

TEST(ConfigFiles, APasswordInDotenvMayHoldAnyByteButNul) {
  std::string password;
  for (int byte = 1; byte < 256; ++byte) {
    if (byte != '\'' && byte != '\r') password += static_cast<char>(byte);
  }
  ConfigFolder folder;
  folder.write("datasources.yaml", kMinimal).write(".env", "PW='" + password + "'\n");
  EXPECT_THAT(mistakes(folder), ElementsAre());
  FileProblems problems(".env");
  EXPECT_EQ(parse_dotenv("PW='" + password + "'\n", problems).values.at("PW"), password);
}

TEST(ConfigFiles, ACharacterThatYamlWouldEndAtDoesNotHideTheRest) {
  ConfigFolder folder;
  folder.write("datasources.yaml", std::string(kMinimal) + "\x04\nnonsense: [\n");
  EXPECT_THAT(mistakes(folder), ElementsAre(HasSubstr("datasources.yaml:2:1: a control character")));
}

}  // namespace
}  // namespace penstock::config
