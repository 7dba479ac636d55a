// Timeouts, Ctrl-C, broken pipes and memory: queries that would go on for ever.

#include <chrono>
#include <csignal>

#include <gmock/gmock.h>

#include "integration/cli_bank.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

using CliSignal = CliTest;

/// Sends the signal and waits for the end, which `took` so long.
Finished interrupt(Process& process, int signal, std::chrono::steady_clock::duration& took) {
  const auto start = std::chrono::steady_clock::now();
  process.send_signal(signal);
  Finished finished = process.wait(20s);
  took = std::chrono::steady_clock::now() - start;
  return finished;
}

TEST_F(CliSignal, TimeoutStopsARunawayQuery) {
  const auto start = std::chrono::steady_clock::now();
  const Finished done =
      penstock({"query", "customer_db", kRunaway, "--timeout", "200ms", "--format", "json"});
  EXPECT_EQ(done.status, 1);
  EXPECT_THAT(done.out, HasSubstr("\"code\":\"timeout\""));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

TEST_F(CliSignal, CtrlCEndsARunningQueryBySignal) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    // The first rows show that the query runs, and that the signal finds it in its middle.
    Process process({"query", "customer_db", kEndless, "--format", "jsonl"}, surroundings());
    ASSERT_TRUE(process.wait_for_text("row 1000"));
    std::chrono::steady_clock::duration took{};
    const Finished done = interrupt(process, signal, took);
    EXPECT_EQ(done.status, 128 + signal);
    EXPECT_LT(took, 5s);
    EXPECT_THAT(done.err, HasSubstr("cancelled"));
    EXPECT_THAT(done.out, HasSubstr("\"code\":\"cancelled\""));
  }
}

TEST_F(CliSignal, CtrlCEndsAQueryThatReturnsNoRow) {
  Process process = Process::terminal({"query", "customer_db", kRunaway}, surroundings());
  ASSERT_TRUE(process.wait_for_text("waiting for the first row"));
  process.type("\x03");
  const Finished done = process.wait(20s);
  EXPECT_EQ(done.status, 130);
  EXPECT_THAT(done.out, HasSubstr("cancelled"));
}

TEST_F(CliSignal, ASecondSignalLeavesAtOnce) {
  // Nobody reads the pipe, so the command is stuck in a write that the first signal cannot end.
  Process process({"query", "customer_db", kEndless}, surroundings());
  ASSERT_TRUE(process.wait_for_full_pipe());
  process.send_signal(SIGINT);
  process.send_signal(SIGTERM);
  EXPECT_EQ(process.wait_unread(20s).status, 128 + SIGTERM);
}

TEST_F(CliSignal, AReaderThatLeavesEndsItQuietly) {
  Process process({"query", "customer_db", kEndless}, surroundings());
  ASSERT_TRUE(process.wait_for_text("row 1000"));
  process.close_output();
  const Finished done = process.wait(20s);
  EXPECT_EQ(done.status, 128 + SIGPIPE);
  EXPECT_THAT(done.err, IsEmpty());
}

TEST_F(CliSignal, AnIgnoredSignalStaysIgnored) {
  Process process("sh",
                  {"-c", "trap '' INT; exec \"$0\" query customer_db \"$1\"", PENSTOCK_COMMAND, kEndless},
                  surroundings());
  ASSERT_TRUE(process.wait_for_text("row 1000"));
  process.send_signal(SIGINT);
  EXPECT_TRUE(process.wait_for_text("row 1000000"));
}

TEST_F(CliSignal, AFileIsNotLeftBehindByAnInterruptedQuery) {
  Process process =
      Process::terminal({"query", "customer_db", kEndless, "--output", "rows.csv"}, surroundings());
  ASSERT_TRUE(process.wait_for_text("rows/s"));
  process.type("\x03");
  EXPECT_EQ(process.wait(20s).status, 130);
  EXPECT_FALSE(std::filesystem::exists(folder() / "rows.csv"));
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    EXPECT_FALSE(entry.path().filename().string().starts_with(".rows.csv"));
  }
}

// A sanitizer's own memory would be measured.
#ifndef PENSTOCK_SANITIZED
TEST_F(CliSignal, LargeResultsStreamInBoundedMemory) {
  const std::string sql =
      std::string(kEndless).substr(0, std::string(kEndless).find("LIMIT")) + "LIMIT 2000000";
  for (const char* format : {"csv", "json", "jsonl", "table", "markdown", "arrow"}) {
    const Finished done = penstock(
        {"query", "customer_db", sql, "--format", format, "--output", "/dev/null", "--timeout", "5m"});
    EXPECT_EQ(done.status, 0) << format << done.err;
    EXPECT_LT(done.max_resident_kib, 64 * 1024) << format;
  }
}
#endif

}  // namespace
}  // namespace penstock::test
