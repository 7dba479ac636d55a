// Completion: the hidden command that answers, and the bash script through a real bash.

#include <cstdlib>

#include <gmock/gmock.h>

#include "integration/cli_bank.hpp"

namespace penstock::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class CliCompletion : public CliTest {
 protected:
  /// What bash offers behind this line: one candidate a line.
  [[nodiscard]] std::string complete_in_bash(const std::string& line) const {
    // Splits the line at spaces and "=", as readline does by COMP_WORDBREAKS.
    const std::string script = R"(
      PATH=${0%/*}:$PATH
      source <(penstock completion bash)
      compopt() { :; }
      line=$1; spaced=${line//=/ = }
      read -r -a COMP_WORDS <<< "$spaced"
      [[ $line == *' ' || $line == *= ]] && [[ $line != *= ]] && COMP_WORDS+=('')
      COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
      _penstock
      printf '%s\n' "${COMPREPLY[@]}"
    )";
    return Process("bash", {"--norc", "-c", script, PENSTOCK_COMMAND, line}, surroundings()).wait().out;
  }
};

TEST_F(CliCompletion, AnswersWhatStandsAtTheCursor) {
  EXPECT_EQ(penstock({"__complete", "da"}).out,
            "words\ndatabases\tLists the logical databases\n"
            "datasources\tLists the datasources and the databases in each\n");
  EXPECT_EQ(penstock({"__complete", "query", "c"}).out, "words\ncustomer_db\tWho they are\n");
  EXPECT_EQ(penstock({"__complete", "schema", "customer_db", "o"}).out, "words\norders\t\n");
  EXPECT_THAT(penstock({"__complete", "query", "customer_db", "SELECT 1", "--ma"}).out,
              AllOf(HasSubstr("--max-rows\t"), HasSubstr("--max-bytes\t")));
  EXPECT_EQ(penstock({"__complete", "query", "--format", "js"}).out, "words\njson\t\njsonl\t\n");
  EXPECT_EQ(penstock({"__complete", "query", "--format=js"}).out, "words\njson\t\njsonl\t\n");
  EXPECT_EQ(penstock({"__complete", "databases", "--format", ""}).out, "words\ntable\t\njson\t\n");
  EXPECT_EQ(penstock({"__complete", "serve", "--log-level", "w"}).out, "words\nwarning\t\n");
  EXPECT_EQ(penstock({"__complete", "query", "x", "--file", ""}).out, "files\n");
  EXPECT_EQ(penstock({"__complete", "--config", ""}).out, "directories\n");
  EXPECT_EQ(penstock({"__complete", "validate", "customer_db", ""}).out,
            "words\naccounts_db\taccounts_db\nrates_db\trates_db\nold_db\told_db\n");
}

TEST_F(CliCompletion, NeverFails) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"__complete"},
                                             {"__complete", "query", "--config", "nowhere", ""},
                                             {"__complete", "nosuch", ""},
                                             {"__complete", "schema", "nosuch", ""},
                                             {"__complete", "schema", "old_db", ""},
                                             {"__complete", "--x=", ""}}) {
    const Finished done = penstock(words);
    EXPECT_EQ(done.status, 0);
    EXPECT_EQ(done.err, "");
  }
}

TEST_F(CliCompletion, BashCompletes) {
  EXPECT_EQ(complete_in_bash("penstock ch"), "check\n");
  EXPECT_EQ(complete_in_bash("penstock query cus"), "customer_db\n");
  EXPECT_EQ(complete_in_bash("penstock query --config config acc"), "accounts_db\n");
  EXPECT_EQ(complete_in_bash("penstock schema customer_db "), "customers\norders\nrich\n");
  EXPECT_EQ(complete_in_bash("penstock query --format=ma"), "markdown\n");
  EXPECT_EQ(complete_in_bash("penstock --config=config databases --format="), "table\njson\n");
  EXPECT_EQ(complete_in_bash("penstock --config conf"), "config\n");
  EXPECT_EQ(complete_in_bash("penstock query customer_db --file ra"), "rates.sqlite\n");
  EXPECT_EQ(complete_in_bash("penstock query nosuch"), "\n");
}

TEST_F(CliCompletion, BashQuotesWhatItMust) {
  run_sqlite("bank/accounts_db.sqlite", "CREATE TABLE \"two words; rm -rf\" (a)");
  EXPECT_EQ(complete_in_bash("penstock schema accounts_db tw"), "two\\ words\\;\\ rm\\ -rf\n");
}

TEST_F(CliCompletion, ScriptsAreWellFormed) {
  const std::string bash = penstock({"completion", "bash"}).out;
  EXPECT_THAT(bash, StartsWith("# bash completion"));
  EXPECT_EQ(Process("bash", {"-n"}, surroundings(bash)).wait().status, 0);
  const std::string zsh = penstock({"completion", "zsh"}).out;
  EXPECT_THAT(zsh, StartsWith("#compdef penstock\n"));
  if (std::system("command -v zsh > /dev/null") == 0) {
    EXPECT_EQ(Process("zsh", {"-n"}, surroundings(zsh)).wait().status, 0);
  }
  EXPECT_EQ(penstock({"completion", "fish"}).status, 2);
}

}  // namespace
}  // namespace penstock::test
