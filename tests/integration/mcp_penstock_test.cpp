// The real penstock mcp, and the real SDKs with it.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mcp_programs.hpp"
#include "sqlite_bank.hpp"

namespace penstock::test {
namespace {

using ::testing::HasSubstr;

class PenstockMcp : public ::testing::Test {
 protected:
  void SetUp() override {
    write_file(folder_ / "datasources.yaml",
               "datasources:\n  bank: {type: sqlite, connection: {path: .}, databases: [customer_db]}\n");
    sqlite::run_sql(folder_.path() / "customer_db.sqlite",
                    "CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, first_name TEXT);"
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)"
                    "INSERT INTO customers SELECT i, 'name ' || i FROM n");
  }
  Finished pipe(const std::string& lines) const {
    Process process({"mcp", "--config", folder_.path().string()},
                    {.directory = folder_.path(), .input = lines, .environment = {}});
    return process.wait();
  }

  TemporaryFolder folder_;
};

constexpr const char* kInitialize =
    R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}})";

TEST_F(PenstockMcp, AnswersWhatWasAskedBeforeItsInputEnded) {
  const Finished finished = pipe(
      std::string(kInitialize) + "\n\n" + "not json\n" +
      R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"execute_query",)"
      R"("arguments":{"database":"customer_db","sql":"SELECT first_name FROM customers WHERE customer_id = 9"}}})"
      "\n");
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr(R"("id":1,"result":{"protocolVersion":"2025-11-25")"));
  EXPECT_THAT(finished.out, HasSubstr(R"("code":-32700)"));
  EXPECT_THAT(finished.out, HasSubstr(R"("rows":[["name 9"]])"));
  EXPECT_EQ(std::count(finished.out.begin(), finished.out.end(), '\n'), 3);
}

TEST_F(PenstockMcp, SpeaksTheRevisionWithoutSessionsToo) {
  const Finished finished = pipe(R"({"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":)"
                                 R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                                 R"("io.modelcontextprotocol/clientCapabilities":{}}}})"
                                 "\n");
  EXPECT_THAT(finished.out, HasSubstr(R"("supportedVersions":["2026-07-28")"));
}

TEST_F(PenstockMcp, SaysOnStandardErrorWhatIsWrongWithTheConfiguration) {
  write_file(folder_ / "datasources.yaml", "datasources: 1\n");
  const Finished finished = pipe("");
  EXPECT_EQ(finished.status, 2);
  EXPECT_EQ(finished.out, "");
  EXPECT_THAT(finished.err, HasSubstr("datasources.yaml:1"));
}

TEST_F(PenstockMcp, EverySdkDrivesItOverHttp) {
  const McpPrograms programs;
  if (const std::string missing = programs.missing(); !missing.empty()) {
    if (std::getenv("CI") != nullptr) FAIL() << missing;
    GTEST_SKIP() << missing;
  }
  Process server({"serve", "--config", folder_.path().string(), "--listen", "127.0.0.1:0"},
                 {.directory = folder_.path(), .input = {}, .environment = {}});
  ASSERT_TRUE(server.wait_for_text("serving on http://"));
  ASSERT_TRUE(server.wait_for_text("\n"));
  const std::string& out = server.output();
  const std::size_t begin = out.find("http://");
  const std::string url = out.substr(begin, out.find_first_of(",\n ", begin) - begin) + "/mcp";
  for (const Finished& finished : {programs.run_client("sdk_client.mjs", {"penstock", url}),
                                   programs.run_client("modern_client.mjs", {"penstock", url}),
                                   programs.run_python({"penstock", url})}) {
    EXPECT_EQ(finished.status, 0) << finished.out << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("ok"));
  }
  server.send_signal(SIGTERM);
  EXPECT_EQ(server.wait().status, 0);
}

TEST_F(PenstockMcp, EverySdkDrivesItOverPipes) {
  const McpPrograms programs;
  if (const std::string missing = programs.missing(); !missing.empty()) {
    if (std::getenv("CI") != nullptr) FAIL() << missing;
    GTEST_SKIP() << missing;
  }
  const std::vector<std::string> arguments{"penstock", "--stdio",  PENSTOCK_COMMAND,
                                           "mcp",      "--config", folder_.path().string()};
  for (const Finished& finished :
       {programs.run_client("sdk_client.mjs", arguments), programs.run_client("modern_client.mjs", arguments),
        programs.run_python(arguments)}) {
    EXPECT_EQ(finished.status, 0) << finished.out << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("ok"));
  }
}

}  // namespace
}  // namespace penstock::test
