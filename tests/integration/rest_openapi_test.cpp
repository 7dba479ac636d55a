// The real server against the document that it serves. What is held against what is in check_rest.py.
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "integration/cli_process.hpp"
#include "integration/demo_files.hpp"
#include "temporary_folder.hpp"

namespace penstock::test {
namespace {

std::filesystem::path python() {
  const char* configured = std::getenv("PENSTOCK_TEST_PYTHON");
  if (configured != nullptr && *configured != '\0') return configured;
  return std::filesystem::path(PENSTOCK_TEST_SOURCES) / "build/venv/bin/python";
}

/// `penstock serve` on the demo bank, and an interpreter to talk to it.
class RestOpenApi : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::access(python().c_str(), X_OK) != 0) {
      const std::string missing = "no Python at " + python().string() +
                                  ": run scripts/setup, or name one with jsonschema and schemathesis in "
                                  "PENSTOCK_TEST_PYTHON";
      if (std::getenv("CI") != nullptr) FAIL() << missing;
      GTEST_SKIP() << missing;
    }
    demo_test::write_bank(folder_ / "demo");
    std::filesystem::copy(std::filesystem::path(PENSTOCK_TEST_SOURCES) / "config", folder_ / "config");
    server_ = std::make_unique<Process>(
        std::vector<std::string>{"serve", "--listen", "127.0.0.1:0", "--log-level", "error"},
        Surroundings{folder_.path(), {}, {}});
    ASSERT_TRUE(server_->wait_for_text("penstock: serving on http://127.0.0.1:"));
    ASSERT_TRUE(server_->wait_for_text("\n"));
    const std::string& out = server_->output();
    url_ = out.substr(out.find("http://"), out.find('\n') - out.find("http://"));
  }
  void TearDown() override {
    if (server_ == nullptr) return;
    server_->send_signal(SIGTERM);
    EXPECT_EQ(server_->wait().status, 0);
  }

  // The exit status of check_rest.py.
  [[nodiscard]] int check(std::vector<std::string> arguments) const {
    const std::string program = python();
    arguments.insert(arguments.begin(),
                     {program, std::string(PENSTOCK_TEST_SOURCES) + "/tests/integration/check_rest.py"});
    std::vector<char*> argv;
    for (std::string& argument : arguments)
      argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_t child = 0;
    if (::posix_spawn(&child, program.c_str(), nullptr, nullptr, argv.data(), environ) != 0) return -1;
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  TemporaryFolder folder_;
  std::unique_ptr<Process> server_;
  std::string url_;
};

TEST_F(RestOpenApi, EveryExampleOfTheDocumentIsAnsweredAsItSays) {
  EXPECT_EQ(check({"examples", url_}), 0);
}

TEST_F(RestOpenApi, SchemathesisFindsNoViolation) {
  EXPECT_EQ(check({"fuzz", url_, "25"}), 0);
}

}  // namespace
}  // namespace penstock::test
