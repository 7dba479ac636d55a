// The command at a terminal: what a person sees.

#include <chrono>

#include <gmock/gmock.h>

#include "integration/cli_bank.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CliTerminal : public CliTest {
 protected:
  [[nodiscard]] Finished at_terminal(const std::vector<std::string>& arguments,
                                     std::map<std::string, std::string> environment = {}) const {
    Surroundings around = surroundings();
    around.environment = std::move(environment);
    return Process::terminal(arguments, around).wait();
  }
};

TEST_F(CliTerminal, ShowsATable) {
  const Finished done =
      at_terminal({"query", "customer_db", "SELECT id, name, email FROM customers ORDER BY id"});
  EXPECT_EQ(done.status, 0);
  EXPECT_THAT(done.out, AllOf(HasSubstr("│ Ada Lovelace │"), HasSubstr("┌"), HasSubstr("3 rows")));
}

TEST_F(CliTerminal, CutsATableToTheTerminal) {
  const Finished done = at_terminal({"query", "customer_db", "SELECT hex(zeroblob(500)) AS long"});
  std::string line;
  for (const char c : done.out) {
    if (c == '\n') line.clear();
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) line += c;
    EXPECT_LE(line.size(), 102U);  // 100 columns and the line end
  }
  EXPECT_THAT(done.out, HasSubstr("…"));
}

TEST_F(CliTerminal, ColorsOnlyWhereItIsWanted) {
  const std::vector<std::string> wrong{"query", "nosuch", "SELECT 1"};
  EXPECT_THAT(at_terminal(wrong).out, HasSubstr("\x1b["));
  EXPECT_THAT(at_terminal(wrong, {{"NO_COLOR", "1"}}).out, Not(HasSubstr("\x1b[")));
  EXPECT_THAT(at_terminal(wrong, {{"TERM", "dumb"}}).out, Not(HasSubstr("\x1b[")));
  EXPECT_THAT(at_terminal({"--color", "never", "query", "nosuch", "SELECT 1"}).out, Not(HasSubstr("\x1b[")));
  EXPECT_THAT(penstock(wrong).err, Not(HasSubstr("\x1b[")));
  EXPECT_THAT(penstock({"query", "nosuch", "SELECT 1", "--color=always"}).err, HasSubstr("\x1b["));
}

TEST_F(CliTerminal, DrawsWithAsciiWhereTheLocaleHasNoMore) {
  const Finished done = at_terminal({"query", "customer_db", "SELECT 1 AS one"}, {{"LANG", "C"}});
  EXPECT_THAT(done.out, AllOf(HasSubstr("+-----+"), Not(HasSubstr("┌"))));
}

TEST_F(CliTerminal, KeepsItSafeInEveryTextFormat) {
  for (const char* format : {"table", "csv", "tsv", "json", "jsonl", "markdown"}) {
    const Finished done =
        at_terminal({"query", "customer_db", "SELECT char(27) || ']0;owned' || char(7) AS evil", "--format",
                     format, "--color", "never"});
    EXPECT_EQ(done.status, 0) << format;
    EXPECT_THAT(done.out, AllOf(HasSubstr("owned"), Not(HasSubstr("\x1b")), Not(HasSubstr("\x07"))))
        << format;
  }
  run_sqlite("bank/customer_db.sqlite", "CREATE TABLE \"evil\x1b[2J\" (\"co\x1bl\" TEXT DEFAULT '\x1b[0m')");
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"schema", "customer_db"},
                                             {"schema", "customer_db", "--full"},
                                             {"schema", "customer_db", "--names"}}) {
    std::vector<std::string> plain = arguments;
    plain.insert(plain.end(), {"--color", "never"});
    EXPECT_THAT(at_terminal(plain).out, AllOf(HasSubstr("evil"), Not(HasSubstr("\x1b"))));
  }
}

TEST_F(CliTerminal, RefusesToShowArrow) {
  EXPECT_EQ(at_terminal({"query", "customer_db", "SELECT 1", "--format", "arrow"}).status, 2);
}

TEST_F(CliTerminal, AsksForAStatementInsteadOfWaiting) {
  const Finished done = at_terminal({"query", "customer_db"});
  EXPECT_EQ(done.status, 2);
  EXPECT_THAT(done.out, HasSubstr("no statement given"));
}

TEST_F(CliTerminal, ShowsAndErasesProgress) {
  Process process = Process::terminal({"query", "customer_db", kEndless, "-o", "/dev/null"}, surroundings());
  ASSERT_TRUE(process.wait_for_text(" rows/s, 1 s"));
  process.type("\x03");
  const Finished done = process.wait(20s);
  const std::size_t erased = done.out.rfind("\r\x1b[K");
  ASSERT_NE(erased, std::string::npos);
  EXPECT_THAT(done.out.substr(erased), AllOf(HasSubstr("cancelled"), Not(HasSubstr("rows/s"))));
}

TEST_F(CliTerminal, ShowsNoProgressWhenQuietOrQuick) {
  Process quiet =
      Process::terminal({"query", "customer_db", kRunaway, "--quiet", "--timeout", "1500ms"}, surroundings());
  EXPECT_THAT(quiet.wait().out, Not(HasSubstr("waiting")));
  EXPECT_THAT(at_terminal({"query", "customer_db", "SELECT 1", "--color", "never"}).out,
              Not(HasSubstr("\x1b[K")));
}

TEST_F(CliTerminal, ProgressNeverReachesAPipe) {
  const Finished done = penstock({"query", "customer_db", kRunaway, "--timeout", "1500ms"});
  EXPECT_EQ(done.status, 1);
  EXPECT_THAT(done.err, Not(HasSubstr("waiting")));
}

}  // namespace
}  // namespace penstock::test
