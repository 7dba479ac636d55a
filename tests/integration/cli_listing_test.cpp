// The commands that describe: databases, datasources, schema, validate, check, init, version, help, and wrong
// usage.

#include <fstream>

#include <gmock/gmock.h>

#include "integration/cli_bank.hpp"

namespace penstock::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using CliListing = CliTest;

TEST_F(CliListing, Databases) {
  const Finished table = penstock({"databases"});
  EXPECT_EQ(table.status, 0);
  EXPECT_THAT(table.out, AllOf(HasSubstr("customer_db"), HasSubstr("Customers"), HasSubstr("bank"),
                               HasSubstr("Who they are"), HasSubstr("read_only"), HasSubstr("available")));
  EXPECT_EQ(penstock({"databases", "--names"}).out, "customer_db\naccounts_db\nrates_db\nold_db\n");
  EXPECT_THAT(
      penstock({"databases", "--format", "json"}).out,
      AllOf(StartsWith("{\"success\":true,\"databases\":[{\"id\":\"customer_db\",\"name\":\"Customers\""),
            HasSubstr("\"extra\":{\"owner\":\"Front Office\"}"), HasSubstr("\"available\":false")));
  EXPECT_EQ(penstock({"databases", "--names", "--format", "json"}).out,
            "{\"success\":true,\"databases\":[\"customer_db\",\"accounts_db\",\"rates_db\",\"old_db\"]}\n");
}

TEST_F(CliListing, Datasources) {
  const Finished table = penstock({"datasources"});
  EXPECT_EQ(table.status, 0);
  EXPECT_THAT(table.out,
              AllOf(HasSubstr("bank"), HasSubstr("customer_db, accounts_db"), HasSubstr("A small bank")));
  EXPECT_EQ(penstock({"datasources", "--names"}).out, "bank\nother\narchive\n");
  EXPECT_THAT(
      penstock({"datasources", "--format", "json"}).out,
      AllOf(HasSubstr("\"databases\":[\"customer_db\",\"accounts_db\"]"), HasSubstr("\"enabled\":false")));
}

TEST_F(CliListing, SchemaOfADatabase) {
  const Finished table = penstock({"schema", "customer_db"});
  EXPECT_EQ(table.status, 0) << table.err;
  EXPECT_THAT(table.out,
              AllOf(HasSubstr("customers"), HasSubstr("orders"), HasSubstr("rich"), HasSubstr("view")));
  EXPECT_EQ(penstock({"schema", "customer_db", "--names"}).out, "customers\norders\nrich\n");
  EXPECT_THAT(
      penstock({"schema", "customer_db", "--format", "json"}).out,
      AllOf(
          HasSubstr("\"database\":\"customer_db\",\"datasource\":\"bank\""),
          HasSubstr(
              "{\"name\":\"customer_id\",\"type\":\"int64\",\"native_type\":\"INTEGER\",\"nullable\":false"),
          HasSubstr("\"referenced_table\":\"customers\""), HasSubstr("\"on_delete\":\"CASCADE\"")));
}

TEST_F(CliListing, SchemaOfATable) {
  const Finished orders = penstock({"schema", "customer_db", "orders"});
  EXPECT_THAT(orders.out, AllOf(StartsWith("orders  table"), HasSubstr("│ customer_id │ INTEGER │ no"),
                                HasSubstr("(customer_id) -> customers (id) on delete CASCADE")));
  const Finished customers = penstock({"schema", "customer_db", "customers"});
  EXPECT_THAT(customers.out, AllOf(HasSubstr("VARCHAR(80)"), HasSubstr("'00000'"), HasSubstr("primary"),
                                   HasSubstr("customers_email (email) unique")));
  EXPECT_THAT(penstock({"schema", "customer_db", "--full"}).out,
              AllOf(HasSubstr("customers  table"), HasSubstr("orders  table"), HasSubstr("rich  view")));
}

TEST_F(CliListing, SchemaThatIsNotThere) {
  const Finished table = penstock({"schema", "customer_db", "custmers"});
  EXPECT_EQ(table.status, 1);
  EXPECT_THAT(table.err, HasSubstr("customers"));
  const Finished database = penstock({"schema", "custmer_db", "--format", "json"});
  EXPECT_EQ(database.status, 2);
  EXPECT_THAT(database.out, HasSubstr("\"code\":\"not_found\""));
  EXPECT_EQ(penstock({"schema", "old_db"}).status, 3);
  EXPECT_EQ(penstock({"schema", "customer_db", "--names", "--full"}).status, 2);
}

TEST_F(CliListing, Validate) {
  const Finished valid = penstock({"validate", "customer_db", "accounts_db"});
  EXPECT_EQ(valid.status, 0);
  EXPECT_THAT(valid.out, HasSubstr("on bank"));
  EXPECT_EQ(penstock({"validate", "customer_db", "accounts_db", "--format", "json"}).out,
            "{\"success\":true,\"valid\":true,\"datasource\":\"bank\",\"database_sources\":"
            "{\"customer_db\":\"bank\",\"accounts_db\":\"bank\"}}\n");
  const Finished across = penstock({"validate", "customer_db", "rates_db"});
  EXPECT_EQ(across.status, 1);
  EXPECT_THAT(across.err, HasSubstr("Cannot query across different datasources"));
  const Finished json = penstock({"validate", "customer_db", "rates_db", "--format", "json"});
  EXPECT_EQ(json.status, 1);
  EXPECT_THAT(json.out, AllOf(HasSubstr("\"valid\":false"), HasSubstr("\"code\":\"cross_datasource\""),
                              HasSubstr("\"rates_db\":\"other\"")));
  EXPECT_EQ(penstock({"validate", "customer_db", "nosuch"}).status, 2);
  EXPECT_EQ(penstock({"validate", "old_db"}).status, 3);
  EXPECT_EQ(penstock({"validate"}).status, 2);
}

TEST_F(CliListing, CheckReportsEveryDatasource) {
  const Finished well = penstock({"check"});
  EXPECT_EQ(well.status, 0) << well.out << well.err;
  EXPECT_THAT(well.out, AllOf(HasSubstr("bank  sqlite, read_only, 2 databases\n  up  SQLite 3."),
                              HasSubstr("answered in"), HasSubstr("archive"), HasSubstr("disabled")));
  std::filesystem::remove(folder() / "rates.sqlite");
  const Finished down = penstock({"check", "--format", "json"});
  EXPECT_EQ(down.status, 3);
  EXPECT_THAT(down.out,
              AllOf(StartsWith("{\"success\":false,"), HasSubstr("\"state\":\"up\",\"latency_ms\":"),
                    HasSubstr("\"state\":\"down\""), HasSubstr("\"code\":\"unavailable\"")));
  EXPECT_EQ(penstock({"check", "--timeout", "never"}).status, 2);
}

TEST_F(CliListing, CheckNamesToolsWhoseStatementCanNeverRun) {
  write_file("config/tools.yaml",
             "tools:\n  - name: erase\n    description: Erases\n    database: customer_db\n"
             "    statement: DELETE FROM customers\n"
             "  - name: look\n    description: Looks\n    database: customer_db\n"
             "    statement: SELECT * FROM customers\n"
             "  - name: two\n    description: Two\n    database: customer_db\n"
             "    statement: SELECT 1; SELECT 2\n"
             "  - name: old\n    description: Of a disabled one\n    database: old_db\n"
             "    statement: SELECT 1\n");
  const Finished refused = penstock({"check"});
  EXPECT_EQ(refused.status, 2) << refused.out;
  EXPECT_THAT(refused.err, HasSubstr("tools.yaml:5:16: the statement of tool `erase` cannot run: "));
  EXPECT_THAT(refused.err, HasSubstr("tools.yaml:13:16: the statement of tool `two` cannot run: "));
  EXPECT_THAT(refused.err, Not(HasSubstr("`look`")));
  EXPECT_THAT(refused.err, Not(HasSubstr("`old`")));
}

TEST_F(CliListing, CheckNamesTheDatabaseThatIsBroken) {
  std::ofstream(folder() / "bank/accounts_db.sqlite") << std::string(5000, 'x');
  const Finished text = penstock({"check"});
  EXPECT_EQ(text.status, 3);
  EXPECT_THAT(text.out, HasSubstr("\n  down  accounts_db: the file of accounts_db is no SQLite database"));
  const Finished json = penstock({"check", "--format", "json"});
  EXPECT_EQ(json.status, 3);
  EXPECT_THAT(json.out,
              AllOf(StartsWith("{\"success\":false,"),
                    HasSubstr("\"databases_down\":[{\"name\":\"accounts_db\",\"error\":\"the file of"),
                    HasSubstr("\"code\":\"invalid_data\"}]")));
}

TEST_F(CliListing, InitThenCheck) {
  const Finished written = penstock({"init", "fresh"});
  EXPECT_EQ(written.status, 0) << written.err;
  EXPECT_EQ(written.out,
            "wrote fresh/datasources.yaml\nwrote fresh/summary.yaml\nwrote fresh/server.yaml\nwrote "
            "fresh/tools.yaml\n"
            "wrote fresh/.env.example\n");
  EXPECT_THAT(written.err, HasSubstr("penstock check --config fresh"));
  EXPECT_EQ(penstock({"databases", "--config", "fresh", "--names"}).out, "example_db\n");
  EXPECT_EQ(penstock({"check", "--config", "fresh"}).status, 3) << "the example's file is not there yet";
  run_sqlite("fresh/example.sqlite", "CREATE TABLE t (a)");
  EXPECT_EQ(penstock({"check", "--config", "fresh"}).status, 0);
  EXPECT_EQ(penstock({"schema", "example_db", "--names", "--config", "fresh"}).out, "t\n");
}

TEST_F(CliListing, CheckReadsTheFilesOfTheServerToo) {
  write_file("config/server.yaml", "server: {max_conections: 5}\n");
  write_file("config/tools.yaml",
             "tools: [{name: t, description: d, database: custmer_db, statement: SELECT 1}]\n");
  const Finished refused = penstock({"check"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("server.yaml:1:10: unknown key `max_conections`; did you mean "
                                           "`max_connections`?"),
                                 HasSubstr("did you mean `customer_db`?")));
  EXPECT_EQ(penstock({"databases", "--names"}).status, 0) << "who only queries does not look at them";
}

TEST_F(CliListing, InitNeverOverwrites) {
  const Finished refused = penstock({"init"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("'config/datasources.yaml' is there already"), HasSubstr("--force")));
  EXPECT_FALSE(std::filesystem::exists(folder() / "config/.env.example"));
  EXPECT_EQ(penstock({"databases", "--names"}).out, "customer_db\naccounts_db\nrates_db\nold_db\n");
  EXPECT_EQ(penstock({"init", "--force"}).status, 0);
  EXPECT_EQ(penstock({"databases", "--names"}).out, "example_db\n");
}

TEST_F(CliListing, Version) {
  const Finished version = penstock({"version"});
  EXPECT_THAT(version.out, testing::MatchesRegex("penstock [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_EQ(penstock({"--version"}).out, version.out);
  EXPECT_THAT(penstock({"version", "--format", "json"}).out,
              HasSubstr("{\"name\":\"sqlite\",\"available\":true}"));
}

TEST_F(CliListing, HelpHasExamplesForEveryCommand) {
  const Finished all = penstock({"--help"});
  EXPECT_EQ(all.status, 0);
  for (const char* command : {"query", "databases", "datasources", "schema", "validate", "serve", "mcp",
                              "check", "init", "completion", "version"}) {
    EXPECT_THAT(all.out, HasSubstr(std::string("\n  ") + command + " "));
    const Finished help = penstock({command, "--help"});
    EXPECT_EQ(help.status, 0);
    EXPECT_THAT(help.out,
                AllOf(HasSubstr(std::string("Usage: penstock ") + command), HasSubstr("Examples:\n"),
                      HasSubstr("Exit status:"), HasSubstr("--config DIR")));
    EXPECT_EQ(penstock({"help", command}).out, help.out);
  }
}

TEST_F(CliListing, WrongUsageNamesWhatIsNear) {
  const Finished command = penstock({"qery", "customer_db"});
  EXPECT_EQ(command.status, 2);
  EXPECT_THAT(command.err, AllOf(HasSubstr("unknown command 'qery'"), HasSubstr("`query`")));
  const Finished option = penstock({"query", "customer_db", "SELECT 1", "--formt=json"});
  EXPECT_EQ(option.status, 2);
  EXPECT_THAT(option.err, AllOf(HasSubstr("unknown option '--formt'"), HasSubstr("`--format`")));
  EXPECT_THAT(penstock({"query"}).err,
              AllOf(HasSubstr("DATABASE is missing"), HasSubstr("penstock query --help")));
  EXPECT_EQ(penstock({"query", "customer_db", "SELECT", "1"}).status, 2);
  EXPECT_THAT(penstock({"query", "customer_db", "SELECT 1", "--timeout"}).err,
              HasSubstr("--timeout wants a value"));
  EXPECT_EQ(penstock({"version", "--format", "json", "--format", "table"}).out, penstock({"version"}).out);
  EXPECT_EQ(penstock({"databases", "--format", "csv"}).status, 2);
  EXPECT_THAT(penstock({"schema", "--format", "json"}).out, HasSubstr("\"code\":\"invalid_argument\""));
  const Finished nothing = penstock({});
  EXPECT_EQ(nothing.status, 2);
  EXPECT_THAT(nothing.out + nothing.err, HasSubstr("Usage: penstock"));
}

TEST_F(CliListing, ADatabaseMayBeCalledLikeACommand) {
  write_file(
      "config/datasources.yaml",
      "datasources:\n  bank: {type: sqlite, connection: {path: ../rates.sqlite}, databases: [schema]}\n");
  std::filesystem::remove(folder() / "config/summary.yaml");
  EXPECT_EQ(penstock({"query", "schema", "SELECT 1 AS one"}).out, "one\n1\n");
  EXPECT_EQ(penstock({"schema", "schema", "--names"}).out, "rates\n");
}

TEST_F(CliListing, OutputThatCannotBeWrittenIsAFailure) {
  const Finished full =
      Process("sh", {"-c", "\"$0\" databases > /dev/full", PENSTOCK_COMMAND}, surroundings()).wait();
  EXPECT_EQ(full.status, 1);
  EXPECT_THAT(full.err, HasSubstr("No space left on device"));
}

}  // namespace
}  // namespace penstock::test
