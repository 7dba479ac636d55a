// penstock query: results in every format, parameters, limits, files and exit statuses.

#include <gmock/gmock.h>

#include "integration/cli_bank.hpp"

namespace penstock::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* kNames = "SELECT id, name FROM customers ORDER BY id";

using CliQuery = CliTest;

TEST_F(CliQuery, WritesCsvIntoAPipe) {
  const Finished done =
      penstock({"query", "customer_db", "SELECT id, name, email, zip FROM customers ORDER BY id"});
  EXPECT_EQ(done.status, 0);
  EXPECT_EQ(done.out,
            "id,name,email,zip\n"
            "1,Ada Lovelace,ada@example.com,01067\n"
            "2,Grace Hopper,,10115\n"
            "3,Zoë Müller,zoe@example.com,\"\"\n");
  EXPECT_THAT(done.err, IsEmpty());
}

TEST_F(CliQuery, WritesTheOtherFormats) {
  EXPECT_EQ(penstock({"query", "customer_db", kNames, "--format", "jsonl"}).out,
            "{\"id\":1,\"name\":\"Ada Lovelace\"}\n{\"id\":2,\"name\":\"Grace Hopper\"}\n"
            "{\"id\":3,\"name\":\"Zoë Müller\"}\n");
  EXPECT_THAT(penstock({"query", "customer_db", kNames, "--format=tsv"}).out,
              StartsWith("id\tname\n1\tAda Lovelace\n"));
  EXPECT_THAT(penstock({"query", "customer_db", kNames, "--format", "markdown"}).out,
              HasSubstr("Grace Hopper |"));
  EXPECT_THAT(penstock({"query", "customer_db", kNames, "--format", "table"}).out,
              AllOf(HasSubstr("│ Zoë Müller"), HasSubstr("3 rows")));
  EXPECT_THAT(penstock({"query", "customer_db", kNames, "--format", "arrow"}).out,
              StartsWith("\xff\xff\xff\xff"));
  EXPECT_THAT(penstock({"query", "customer_db", kNames, "--format", "json"}).out,
              AllOf(HasSubstr("\"columns\":[\"id\",\"name\"]"),
                    HasSubstr("{\"id\":1,\"name\":\"Ada Lovelace\"}"), HasSubstr("\"success\":true"),
                    HasSubstr("\"row_count\":3"), HasSubstr("\"datasource\":\"bank\"")));
}

TEST_F(CliQuery, TakesOptionsBeforeAndBehindTheCommand) {
  std::filesystem::rename(folder() / "config", folder() / "elsewhere");
  const std::vector<std::vector<std::string>> forms{
      {"--config", "elsewhere", "--format", "tsv", "query", "customer_db", "SELECT 1 AS one"},
      {"query", "--config=elsewhere", "customer_db", "--format", "tsv", "SELECT 1 AS one"},
      {"query", "customer_db", "SELECT 1 AS one", "--format=tsv", "-c", "elsewhere"}};
  for (const auto& arguments : forms)
    EXPECT_EQ(penstock(arguments).out, "one\n1\n");
}

TEST_F(CliQuery, FindsTheConfigurationByTheEnvironment) {
  std::filesystem::rename(folder() / "config", folder() / "elsewhere");
  Surroundings around = surroundings();
  around.environment["PENSTOCK_CONFIG"] = "elsewhere";
  EXPECT_EQ(run_penstock({"query", "customer_db", "SELECT 1 AS one"}, around).out, "one\n1\n");
}

TEST_F(CliQuery, ReadsTheStatementFromInputAndFiles) {
  write_file("count.sql", "\xEF\xBB\xBFSELECT count(*) AS n\nFROM customers;\n");
  const std::string sql = "SELECT count(*) AS n FROM customers";
  EXPECT_EQ(penstock({"query", "customer_db"}, sql).out, "n\n3\n");
  EXPECT_EQ(penstock({"query", "customer_db", "-"}, sql).out, "n\n3\n");
  EXPECT_EQ(penstock({"query", "customer_db", "--file", "-"}, sql).out, "n\n3\n");
  EXPECT_EQ(penstock({"query", "customer_db", "-f", "count.sql"}).out, "n\n3\n");
  EXPECT_EQ(penstock({"query", "customer_db", "--", "--first line\nSELECT 1 AS n"}).out, "n\n1\n");
}

TEST_F(CliQuery, RefusesAStatementThatIsNotThereOrTwice) {
  EXPECT_EQ(penstock({"query", "customer_db", "--file", "none.sql"}).status, 2);
  EXPECT_THAT(penstock({"query", "customer_db", "--file", "none.sql"}).err,
              HasSubstr("cannot read 'none.sql'"));
  EXPECT_EQ(penstock({"query", "customer_db", "SELECT 1", "--file", "none.sql"}).status, 2);
  const Finished empty = penstock({"query", "customer_db"}, "");
  EXPECT_EQ(empty.status, 1);
  EXPECT_THAT(empty.err, StartsWith("penstock: error: "));
}

struct ParameterCase {
  std::string text;
  std::string type_and_value;  ///< as typeof() and quote() of SQLite have them
};

TEST_F(CliQuery, BindsEachParameterAsWhatItSays) {
  const std::vector<ParameterCase> cases{
      {"42", "integer,42"},
      {"-5", "integer,-5"},
      {"9223372036854775807", "integer,9223372036854775807"},
      {"2.5", "real,2.5"},
      {"1e3", "real,1000.0"},
      {"true", "integer,1"},
      {"null", "null,NULL"},
      {"Ada", "text,'Ada'"},
      {"", "text,''"},
      {"007", "text,'007'"},
      {"+1", "text,'+1'"},
      {"-0", "text,'-0'"},
      {"http://example.com", "text,'http://example.com'"},
      {"{}", "text,'{}'"},
      {"[1]", "text,'[1]'"},
      {"--help", "text,'--help'"},
      {"text:42", "text,'42'"},
      {"text:", "text,''"},
      {"text:null", "text,'null'"},
      {"int:7", "integer,7"},
      {"float:7", "real,7.0"},
      {"bool:false", "integer,0"},
      {"date:2025-03-31", "text,'2025-03-31'"},
      {"bytes:00ff", "blob,X'00FF'"},
      {"it's", "text,'it''s'"},
  };
  for (const ParameterCase& each : cases) {
    const Finished done = penstock({"query", "customer_db", "SELECT typeof(?1) || ',' || quote(?1) AS v",
                                    "--param", each.text, "--format", "tsv", "--no-header"});
    EXPECT_EQ(done.out, each.type_and_value + "\n") << each.text << "\n" << done.err;
  }
}

TEST_F(CliQuery, BindsByPositionAndByName) {
  EXPECT_EQ(penstock({"query", "customer_db", "SELECT ? AS a, ? AS b", "-p", "1", "-p", "x"}).out,
            "a,b\n1,x\n");
  EXPECT_EQ(
      penstock({"query", "customer_db", "SELECT :a AS a, :b AS b", "--named", "b=x=y", "--named", "a=1"}).out,
      "a,b\n1,x=y\n");
  EXPECT_EQ(penstock({"query", "customer_db", "SELECT ? AS a", "--param="}).out, "a\n\"\"\n");
}

TEST_F(CliQuery, RefusesWrongParameters) {
  for (const char* text :
       {"int:x", "int:99999999999999999999", "uint:-1", "float:nan", "bool:yes", "date:2025-02-30", "bytes:0",
        "bytes:zz", "uuid:1", "decimal:1.", "timestamptz:2025-01-01T00:00:00"}) {
    const Finished done = penstock({"query", "customer_db", "SELECT ?", "--param", text});
    EXPECT_EQ(done.status, 2) << text;
    EXPECT_THAT(done.err, HasSubstr(text));
  }
  EXPECT_EQ(penstock({"query", "customer_db", "SELECT ?", "--named", "novalue"}).status, 2);
  EXPECT_EQ(penstock({"query", "customer_db", "SELECT :a", "--named", "a=1", "--named", "a=2"}).status, 2);
  EXPECT_EQ(penstock({"query", "customer_db", "SELECT ?", "--named", "a=1", "--param", "1"}).status, 2);
  EXPECT_EQ(penstock({"query", "customer_db", "SELECT ?, ?", "--param", "1"}).status, 1);
}

TEST_F(CliQuery, CutsAtALimitAndSaysSo) {
  const Finished csv = penstock({"query", "customer_db", kNames, "--max-rows", "2"});
  EXPECT_EQ(csv.status, 0);
  EXPECT_EQ(csv.out, "id,name\n1,Ada Lovelace\n2,Grace Hopper\n");
  EXPECT_THAT(csv.err, HasSubstr("cut after 2 rows"));
  const Finished json = penstock({"query", "customer_db", kNames, "--max-rows", "2", "--format", "json"});
  EXPECT_THAT(json.out, HasSubstr("\"truncated\":true"));
  EXPECT_THAT(json.err, IsEmpty());
  EXPECT_THAT(penstock({"query", "customer_db", kNames, "--max-rows", "3"}).err, IsEmpty());
  EXPECT_THAT(penstock({"query", "customer_db", kNames, "--max-bytes", "20B"}).err, HasSubstr("cut after"));
}

TEST_F(CliQuery, RefusesWrongOptionValues) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"--max-rows", "many"}, {"--max-rows", "-1"}, {"--max-bytes", "10 potatoes"},
      {"--timeout", "soon"},  {"--timeout", "0"},   {"--format", "xml"},
      {"--color", "mauve"}};
  for (const auto& [option, value] : wrong) {
    const Finished done = penstock({"query", "customer_db", "SELECT 1", option, value});
    EXPECT_EQ(done.status, 2) << option;
    EXPECT_THAT(done.out, IsEmpty()) << option;
    EXPECT_THAT(done.err, HasSubstr(value)) << option;
  }
}

TEST_F(CliQuery, TellsAFailedQuery) {
  const Finished text = penstock({"query", "customer_db", "SELECT nosuch FROM customers"});
  EXPECT_EQ(text.status, 1);
  EXPECT_THAT(text.out, IsEmpty());
  EXPECT_THAT(text.err, AllOf(StartsWith("penstock: error: "), HasSubstr("nosuch")));
  const Finished json = penstock({"query", "customer_db", "DELETE FROM customers", "--format", "json"});
  EXPECT_EQ(json.status, 1);
  EXPECT_THAT(json.out, AllOf(HasSubstr("\"success\":false"), HasSubstr("\"code\":\"read_only\"")));
  EXPECT_THAT(json.err, StartsWith("penstock: error: "));
}

TEST_F(CliQuery, JoinsWithinADatasourceAndNotAcross) {
  const Finished joined = penstock({"query", "customer_db",
                                    "SELECT c.name, a.iban FROM customers c JOIN accounts_db.accounts a ON "
                                    "a.customer_id = c.id ORDER BY a.id"});
  EXPECT_EQ(joined.out, "name,iban\nAda Lovelace,DE1\nGrace Hopper,DE2\n") << joined.err;
  const Finished across = penstock({"query", "customer_db", "SELECT * FROM customers, rates_db.rates"});
  EXPECT_EQ(across.status, 1);
  EXPECT_THAT(across.err, HasSubstr("Cannot query across different datasources"));
}

TEST_F(CliQuery, KnowsAWrongNameFromADisabledDatasource) {
  const Finished unknown = penstock({"query", "custmer_db", "SELECT 1"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.err, HasSubstr("customer_db"));
  EXPECT_EQ(penstock({"query", "old_db", "SELECT 1"}).status, 3);
}

TEST_F(CliQuery, IsUnreachableWhenTheFileIsGone) {
  std::filesystem::remove(folder() / "rates.sqlite");
  const Finished done = penstock({"query", "rates_db", "SELECT 1", "--format", "json"});
  EXPECT_EQ(done.status, 3);
  EXPECT_THAT(done.out, HasSubstr("\"code\":\"unavailable\""));
}

TEST_F(CliQuery, ListsEveryMistakeOfTheConfiguration) {
  write_file("config/datasources.yaml",
             "datasources:\n  a: {type: sqlit, databases: [x]}\n  b: {typ: sqlite}\n");
  const Finished done = penstock({"query", "x", "SELECT 1"});
  EXPECT_EQ(done.status, 2);
  EXPECT_THAT(done.err, AllOf(HasSubstr("datasources.yaml:2:"), HasSubstr("datasources.yaml:3:")));
  EXPECT_EQ(penstock({"query", "x", "SELECT 1", "--config", "nowhere"}).status, 2);
}

TEST_F(CliQuery, WritesAFileWholeOrNotAtAll) {
  write_file("names.csv", "precious\n");
  EXPECT_EQ(penstock({"query", "customer_db", "SELECT nosuch", "--output", "names.csv"}).status, 1);
  EXPECT_EQ(read_file("names.csv"), "precious\n");
  const Finished done = penstock({"query", "customer_db", kNames, "--output", "names.csv"});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_THAT(done.out, IsEmpty());
  EXPECT_EQ(read_file("names.csv"), "id,name\n1,Ada Lovelace\n2,Grace Hopper\n3,Zoë Müller\n");
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder()))
    ++files;
  EXPECT_EQ(files, 4U) << "bank, config, rates.sqlite and names.csv, and no temporary file";
}

TEST_F(CliQuery, ChoosesTheFormatByTheFilesName) {
  for (const auto& [name, start] : std::vector<std::pair<std::string, std::string>>{{"a.json", "{"},
                                                                                    {"a.jsonl", "{\"id\":1"},
                                                                                    {"a.tsv", "id\tname"},
                                                                                    {"a.md", "| id"},
                                                                                    {"a.dat", "id,name"}}) {
    EXPECT_EQ(penstock({"query", "customer_db", kNames, "-o", name}).status, 0);
    EXPECT_THAT(read_file(name), StartsWith(start)) << name;
  }
}

TEST_F(CliQuery, KeepsTheModeAndTheLinkOfAFile) {
  write_file("real.csv", "");
  std::filesystem::permissions(folder() / "real.csv", std::filesystem::perms(0640));
  std::filesystem::create_symlink("real.csv", folder() / "link.csv");
  EXPECT_EQ(penstock({"query", "customer_db", "SELECT 1 AS one", "-o", "link.csv"}).status, 0);
  EXPECT_EQ(read_file("real.csv"), "one\n1\n");
  EXPECT_TRUE(std::filesystem::is_symlink(folder() / "link.csv"));
  EXPECT_EQ(std::filesystem::status(folder() / "real.csv").permissions(), std::filesystem::perms(0640));
}

TEST_F(CliQuery, SaysWhatKeepsAFileFromBeingWritten) {
  const Finished missing = penstock({"query", "customer_db", "SELECT 1", "-o", "no/such/folder.csv"});
  EXPECT_EQ(missing.status, 2);
  EXPECT_THAT(missing.err, HasSubstr("No such file or directory"));
  EXPECT_EQ(penstock({"query", "customer_db", "SELECT 1", "-o", "bank"}).status, 2);
  const Finished full = penstock({"query", "customer_db", "SELECT 1", "-o", "/dev/full"});
  EXPECT_EQ(full.status, 1);
  EXPECT_THAT(full.err, HasSubstr("No space left on device"));
}

TEST_F(CliQuery, WritesNullAndLineEndsAsAsked) {
  const std::string sql = "SELECT NULL AS a, '' AS b";
  EXPECT_EQ(penstock({"query", "customer_db", sql, "--null", "NULL"}).out, "a,b\nNULL,\n");
  EXPECT_EQ(penstock({"query", "customer_db", sql, "--crlf", "--no-header"}).out, ",\"\"\r\n");
}

TEST_F(CliQuery, WritesWhereTheConfigurationAllowsIt) {
  write_file("config/datasources.yaml",
             "datasources:\n  bank: {type: sqlite, access: read_write, connection: {path: ../bank}, "
             "databases: [customer_db]}\n");
  const Finished table = penstock(
      {"query", "customer_db", "UPDATE customers SET balance = 0 WHERE id < 3", "--format", "table"});
  EXPECT_EQ(table.status, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("2 rows affected"));
  EXPECT_EQ(penstock({"query", "customer_db", "SELECT sum(balance) AS s FROM customers"}).out, "s\n7.0\n");
}

TEST_F(CliQuery, KeepsForeignTextFromTheTerminalsControls) {
  const Finished done = penstock({"query", "customer_db", "SELECT \"\x1b[31mred\" FROM customers"});
  EXPECT_THAT(done.err, Not(HasSubstr("\x1b")));
  EXPECT_THAT(penstock({"query", "evil\x1b]0;title\x07", "SELECT 1"}).err, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace penstock::test
