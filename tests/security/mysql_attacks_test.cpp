// What stands behind the analysis of MySQL's statements: attacks on a real server with the analysis switched
// off, by a user whom no grant stops, and by one with the grants of docs/mysql.md.
#include <array>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "penstock/data_source.hpp"

#include "datasources/mysql/analysis.hpp"
#include "datasources/mysql/functions.hpp"
#include "datasources/mysql/mysql.hpp"
#include "servers/mariadb_server.hpp"

namespace penstock::mysql::test {
namespace {

using penstock::test::MariadbServer;

constexpr std::string_view kSecret = "the-secret-of-somebody-else";

// A bank, a database that is not served, and two users.
class AttackedServer {
 public:
  AttackedServer()
      : server_({.settings = {{"plugin-load-add", "ha_federatedx"}, {"plugin-maturity", "unknown"}},
                 .files = {}}) {
    server_.run(
        "CREATE DATABASE customer_db; CREATE DATABASE hidden; "
        "CREATE TABLE customer_db.people (id INT PRIMARY KEY, name TEXT) ENGINE=InnoDB; "
        "INSERT INTO customer_db.people VALUES (1, 'Ada'), (2, 'Grace'); "
        "CREATE TABLE hidden.secrets (s TEXT); INSERT INTO hidden.secrets VALUES ('" +
        std::string(kSecret) +
        "'); CREATE FUNCTION customer_db.sets_a_variable() RETURNS INT BEGIN SET @left = 1; RETURN 1; END; "
        "CREATE VIEW customer_db.leaving AS SELECT customer_db.sets_a_variable() AS x; "
        "CREATE FUNCTION customer_db.writes() RETURNS INT MODIFIES SQL DATA BEGIN "
        "DELETE FROM customer_db.people; RETURN 1; END; "
        "CREATE VIEW customer_db.writing AS SELECT customer_db.writes() AS x; "
        "GRANT ALL PRIVILEGES ON *.* TO almighty IDENTIFIED BY 'x' WITH GRANT OPTION; "
        "GRANT SELECT, SHOW VIEW ON customer_db.* TO agent IDENTIFIED BY 'x'; "
        "GRANT SELECT ON customer_db.people TO remote IDENTIFIED BY '" +
        std::string(kSecret) +
        "'; CREATE TABLE customer_db.far (id INT, name TEXT) ENGINE=FEDERATED CONNECTION='mysql://remote:" +
        std::string(kSecret) + "@127.0.0.1:" + std::to_string(server_.port()) +
        "/customer_db/people' COMMENT='password \"spider\"'; ALTER TABLE customer_db.people "
        "COMMENT='clients'");
  }
  [[nodiscard]] MariadbServer& server() { return server_; }
  [[nodiscard]] std::string fingerprint() {
    std::string out;
    for (const char* query :
         {"SELECT * FROM customer_db.people ORDER BY 1",
          "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA IN "
          "('customer_db', 'hidden') ORDER BY 1, 2",
          "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA ORDER BY 1",
          "SELECT User, Host, Priv FROM mysql.global_priv ORDER BY 1, 2",
          "SELECT db, name, body FROM mysql.proc WHERE db NOT IN ('mysql', 'sys') ORDER BY 1, 2"}) {
      for (const auto& row : server_.run(query))
        for (const auto& cell : row)
          out += cell.value_or("NULL") + "|";
    }
    return out;
  }

 private:
  MariadbServer server_;
};

AttackedServer& attacked() {
  static AttackedServer one;
  return one;
}

// The driver with one connection. What the manager does besides: refuses databases that are not served.
class Door {
 public:
  Door(std::string user, bool analysis) {
    DataSourceConfig config;
    config.name = "bank";
    config.type = "mysql";
    config.databases = {{"customer_db", "customer_db"}};
    config.connection.set("host", std::string("127.0.0.1"));
    config.connection.set("port", std::int64_t{attacked().server().port()});
    config.connection.set("user", std::move(user));
    config.connection.set("password", Secret("x"));
    source_ = *make_data_source(config, Layers{.analysis = analysis});
  }
  Result<std::string> run(std::string_view sql, std::string_view role = {},
                          std::span<const std::pair<std::string, std::string>> settings = {}) {
    auto analysis = source_->analyze({.sql = sql, .database = "customer_db", .access = Access::read_only});
    if (!analysis) return pass_error(analysis);
    if (!analysis->qualifiers.empty() && analysis->qualifiers.front() != "customer_db")
      return fail(ErrorCode::forbidden, "not served");
    const Deadline deadline = Deadline::after(std::chrono::seconds(20));
    if (connection_ == nullptr || connection_->broken()) {
      connection_.reset();
      auto connected = source_->connect({"primary"}, deadline);
      if (!connected) return pass_error(connected);
      connection_ = std::move(*connected);
    }
    const Params params;
    const Execution execution{.sql = sql,
                              .database = "customer_db",
                              .params = params,
                              .analysis = *analysis,
                              .also_named = {},
                              .deadline = deadline,
                              .stop = {},
                              .trace_parent = {},
                              .role = role,
                              .settings = settings};
    auto reader = connection_->execute(execution);
    if (!reader) return pass_error(reader);
    std::string out;
    for (;;) {
      auto batch = (*reader)->next();
      if (!batch) return pass_error(batch);
      if (!*batch) return out;
      for (std::int64_t i = 0; i < (*batch)->num_rows(); ++i)
        for (std::size_t c = 0; c < (*batch)->num_columns(); ++c)
          out += (*batch)->row(i)[c].to_text() + "|";
    }
  }
  // Of the tables, as whoever asks for the schema is told; behind a statement that opened the connection.
  std::string comments() {
    auto schema = connection_->introspect("customer_db", {}, Deadline::after(std::chrono::seconds(20)));
    std::string out;
    for (const TableInfo& table : schema.value_or(DatabaseSchema{}).tables)
      out += table.name + ":" + table.comment + "|";
    return out;
  }

 private:
  std::unique_ptr<DataSource> source_;
  std::unique_ptr<Connection> connection_;
};

// What the READ ONLY transaction in its READ ONLY session stops.
constexpr std::array kWrites{"INSERT INTO people VALUES (3, 'x')",
                             "UPDATE people SET name = 'x'",
                             "DELETE FROM people",
                             "REPLACE INTO people VALUES (1, 'x')",
                             "/*!50000 DELETE FROM people */",
                             "/*M! DELETE FROM people */",
                             "SELECT * FROM people FOR UPDATE",
                             "SELECT customer_db.writes()",
                             "SELECT * FROM writing",
                             "CREATE TABLE stolen (x INT)",
                             "CREATE TABLE stolen AS SELECT * FROM people",
                             "CREATE TEMPORARY TABLE people (x INT)",
                             "CREATE VIEW stolen AS SELECT 1",
                             "CREATE DATABASE stolen",
                             "CREATE USER evil",
                             "CREATE FUNCTION f() RETURNS INT RETURN 1",
                             "DROP TABLE people",
                             "DROP DATABASE hidden",
                             "DROP USER agent",
                             "TRUNCATE people",
                             "ALTER TABLE people ADD x INT",
                             "RENAME TABLE people TO persons",
                             "GRANT ALL ON *.* TO agent",
                             "REVOKE ALL PRIVILEGES, GRANT OPTION FROM almighty",
                             "EXECUTE IMMEDIATE 'DELETE FROM people'",
                             "BEGIN NOT ATOMIC COMMIT; DELETE FROM people; END",
                             "LOAD DATA INFILE '/etc/hostname' INTO TABLE people",
                             "CALL customer_db.nothing()",
                             "DO customer_db.writes()"};

TEST(MysqlAttacks, TheServerStopsWritesWithoutTheAnalysis) {
  PENSTOCK_NEEDS_MARIADB();
  const std::string before = attacked().fingerprint();
  Door door("almighty", false);
  for (const char* sql : kWrites) {
    EXPECT_FALSE(door.run(sql)) << sql;
    ASSERT_EQ(attacked().fingerprint(), before) << sql;
  }
}

TEST(MysqlAttacks, TheAnalysisStopsThemToo) {
  PENSTOCK_NEEDS_MARIADB();
  const std::string before = attacked().fingerprint();
  Door door("almighty", true);
  for (const char* sql : kWrites) {
    EXPECT_FALSE(door.run(sql)) << sql;
    ASSERT_EQ(attacked().fingerprint(), before) << sql;
  }
}

TEST(MysqlAttacks, WhatIsLeftInASessionGoes) {
  PENSTOCK_NEEDS_MARIADB();
  Door door("almighty", false);
  for (const char* sql :
       {"SET @left = 1", "SET SESSION tx_read_only = 0", "SET sql_mode = 'ANSI_QUOTES'", "SET NAMES gbk",
        "SELECT GET_LOCK('left', 0)", "USE hidden", "SET time_zone = '+09:00'"}) {
    static_cast<void>(door.run(sql));
    EXPECT_EQ(door.run("SELECT @left, @@tx_read_only, @@sql_mode LIKE '%ANSI%', @@character_set_client, "
                       "IS_USED_LOCK('left'), DATABASE(), @@time_zone")
                  .value_or("refused"),
              "NULL|1|0|utf8mb4|NULL|customer_db|+00:00|")
        << sql;
  }
}

TEST(MysqlAttacks, ViewsLeaveNothingBehind) {
  PENSTOCK_NEEDS_MARIADB();
  Door door("almighty", true);
  Door reading("almighty", false);
  EXPECT_EQ(door.run("SELECT * FROM leaving").value_or("refused"), "1|");
  EXPECT_EQ(door.run("SELECT * FROM leaving").value_or("refused"), "1|");
  EXPECT_FALSE(door.run("SELECT @left"));
  EXPECT_EQ(reading.run("SELECT * FROM leaving").value_or("refused"), "1|");
  EXPECT_EQ(reading.run("SELECT @left").value_or("refused"), "NULL|");
}

TEST(MysqlAttacks, GrantsHoldByThemselves) {
  PENSTOCK_NEEDS_MARIADB();
  const std::string before = attacked().fingerprint();
  Door door("agent", false);
  EXPECT_EQ(door.run("SELECT name FROM people ORDER BY 1").value_or("refused"), "Ada|Grace|");
  for (const char* sql : {"SELECT * FROM hidden.secrets", "SELECT * FROM mysql.global_priv",
                          "SELECT 'x' INTO OUTFILE '/tmp/penstock-x'", "SET GLOBAL max_connections = 1",
                          "KILL 1", "SHUTDOWN", "FLUSH TABLES", "INSTALL SONAME 'ha_x'"}) {
    EXPECT_FALSE(door.run(sql)) << sql;
  }
  EXPECT_EQ(door.run("SELECT LOAD_FILE('/etc/passwd')").value_or("refused"), "NULL|");
  EXPECT_EQ(attacked().fingerprint(), before);
}

// No grant does: the server shows the password to whoever may read the table.
TEST(MysqlAttacks, TheDefinitionOfATableElsewhereIsNotShown) {
  PENSTOCK_NEEDS_MARIADB();
  Door open("agent", false);
  EXPECT_NE(open.run("SHOW CREATE TABLE far").value_or("").find(kSecret), std::string::npos);
  Door door("agent", true);
  EXPECT_EQ(door.run("SELECT name FROM far ORDER BY 1").value_or("refused"), "Ada|Grace|");
  for (const char* sql : {"SHOW CREATE TABLE far", "SHOW /* x */ CREATE TABLE `customer_db`.`far`"}) {
    for (int i = 0; i < 2; ++i) {  // what is refused once is so from the cache too
      const auto refused = door.run(sql);
      ASSERT_FALSE(refused) << sql;
      EXPECT_EQ(refused.error().code, ErrorCode::forbidden);
    }
  }
  EXPECT_NE(door.run("SHOW CREATE TABLE people").value_or("").find("PRIMARY KEY"), std::string::npos);
  for (const char* sql : {"SHOW TABLE STATUS", "SELECT * FROM information_schema.TABLES",
                          "SELECT * FROM information_schema.COLUMNS", "SHOW FULL COLUMNS FROM far"}) {
    const auto shown = door.run(sql);
    ASSERT_TRUE(shown) << sql << ": " << shown.error().message;
    EXPECT_EQ(shown->find(kSecret), std::string::npos) << sql;
  }
  // SPIDER, which not every server has, is reached by what its comments say.
  EXPECT_THAT(door.comments(),
              testing::AllOf(testing::HasSubstr("far:|"), testing::HasSubstr("people:clients|")));
}

TEST(MysqlAttacks, NobodyRunsAsSomebodyElse) {
  PENSTOCK_NEEDS_MARIADB();
  Door door("agent", true);
  const std::vector<std::pair<std::string, std::string>> settings{{"app.user", "ada"}};
  for (const auto& refused : {door.run("SELECT 1", "reader"), door.run("SELECT 1", {}, settings)}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
  }
  EXPECT_EQ(door.run("SELECT 1").value_or("refused"), "1|");
}

// What a stored function leaves in the session must go, also when its name is a word of the grammar.
TEST(MysqlFunctions, WordsOfTheGrammarThatNameFunctionsAreNotHarmless) {
  PENSTOCK_NEEDS_MARIADB();
  const MariadbServer& server = attacked().server();
  const Analyzer analyzer({.databases = {{"customer_db", "customer_db"}}, .allow_functions = {}});
  int functions = 0;
  for (const std::string_view word : grammar_words()) {
    const std::string name(word);
    const std::string call = "SELECT " + name + "(1)";
    server.run("CREATE FUNCTION `" + name + "`(x INT) RETURNS INT BEGIN SET @left = 7; RETURN x; END",
               "customer_db");
    std::string left;
    try {
      left = server.value("SET @left = 0; " + call + "; SELECT @left", "customer_db");
    } catch (const std::exception&) {
      // No statement at all.
    }
    server.run("DROP FUNCTION `" + name + "`", "customer_db");
    if (left != "7") continue;
    ++functions;
    const auto analysis = analyzer.analyze({.sql = call, .database = "customer_db"});
    EXPECT_TRUE(!analysis || analysis->may_leave_state) << call;
  }
  EXPECT_GT(functions, 0);
}

TEST(MysqlFunctions, CoverTheServersOwn) {
  PENSTOCK_NEEDS_MARIADB();
  std::size_t seen = 0;
  for (const auto& row : attacked().server().run("SELECT FUNCTION FROM information_schema.SQL_FUNCTIONS")) {
    EXPECT_NE(use_of(*row[0]), WordUse::unknown) << *row[0] << " is in neither table of functions.cpp";
    EXPECT_NE(use_of(*row[0]), WordUse::grammar) << *row[0];
    ++seen;
  }
  EXPECT_GT(seen, 250U);
}

}  // namespace
}  // namespace penstock::mysql::test
