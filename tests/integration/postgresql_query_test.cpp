// Statements on a real PostgreSQL: parameters, errors, plans that go stale, and what a session keeps.
#include <algorithm>
#include <map>
#include <utility>

#include "datasources/postgresql/own_statements.hpp"
#include "integration/postgresql_site.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

class PostgresqlQuery : public PostgresqlTest {};

TEST_F(PostgresqlQuery, ParametersTakeTheTypeThatTheStatementNeeds) {
  EXPECT_EQ(answer("SELECT name FROM people WHERE id = $1", {2}), "Grace");
  EXPECT_EQ(answer("SELECT name FROM people WHERE id = $1", {"2"}), "Grace");
  EXPECT_EQ(answer("SELECT count(*) FROM people WHERE id = ANY ($1)", {Value::List{1, 3, 9}}), "2");
  EXPECT_EQ(answer("SELECT $1::numeric + 1", {Decimal{"0.10"}}), "1.10");
  EXPECT_EQ(answer("SELECT $1::text IS NULL, $2::int[]", {nullptr, Value::List{}}).substr(0, 5), "true|");
  EXPECT_EQ(answer("SELECT $1::text[]", {Value::List{"a,b", "c\"d", "\\", nullptr, "NULL", ""}}),
            answer("SELECT ARRAY['a,b', 'c\"d', E'\\\\', NULL, 'NULL', '']"));
  EXPECT_EQ(answer("SELECT $1::bytea", {Bytes{{std::byte{0}, std::byte{255}}}}), "\\x00ff");
  EXPECT_EQ(answer("SELECT $1::jsonb -> 'a'", {Json{"{\"a\": [1]}"}}), "[1]");
  EXPECT_EQ(answer("SELECT $1::float8", {1e300}), "1e+300");
}

TEST_F(PostgresqlQuery, ParametersThatDoNotFitAreRefused) {
  for (const auto& [sql, params] :
       {std::pair{"SELECT name FROM people WHERE id = $1", Params{}},
        {"SELECT name FROM people WHERE id = $1", Params{1, 2}},
        {"SELECT name FROM people WHERE id = $1", Params{"one"}},
        {"SELECT name FROM people WHERE name = $1", Params{Value::List{"Ada"}}},
        {"SELECT name FROM people WHERE name = $1", Params{Bytes{{std::byte{65}}}}},
        {"SELECT name FROM people WHERE name = $1", Params{std::string("a\0b", 3)}},
        {"SELECT name FROM people WHERE id = $1", Params::named({{"id", 1}})}}) {
    const QueryResult result = query(sql, params);
    EXPECT_EQ(result.code, ErrorCode::invalid_argument) << sql << ": " << as_text(result);
    EXPECT_EQ(answer("SELECT 1"), "1");
  }
  EXPECT_EQ(connects(), 1U) << "an error of the caller costs no session";
}

TEST_F(PostgresqlQuery, TenThousandParametersAndAMegabyteOfTextPass) {
  std::string sql = "SELECT count(*) FROM people WHERE id IN (";
  std::vector<Value> values;
  for (int i = 1; i <= 10'000; ++i) {
    sql += (i == 1 ? "$" : ", $") + std::to_string(i);
    values.emplace_back(i);
  }
  EXPECT_EQ(answer(sql + ")", Params(values)), "3");
  const std::string megabyte(1'000'000, 'x');
  EXPECT_EQ(answer("SELECT length('" + megabyte + "')"), "1000000");
  EXPECT_EQ(answer("SELECT length($1::text)", {megabyte + megabyte}), "2000000");
  EXPECT_EQ(query("SELECT 1", Params(std::vector<Value>(65'536, Value(1)))).code, ErrorCode::limit_exceeded);
}

struct Failure {
  const char* sql;
  ErrorCode code;
  const char* sqlstate;
};

TEST_F(PostgresqlQuery, ErrorsHaveTheCodeOfTheirSqlstate) {
  site().run(
      "CREATE TABLE secrets (v text); INSERT INTO secrets VALUES ('hunter2'); "
      "CREATE FUNCTION raise() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE 'no: %', (SELECT v FROM "
      "customer_db.secrets); END $$; CREATE VIEW raising AS SELECT raise() AS r");
  for (const Failure& failure : {
           Failure{"SELECT 1 / 0", ErrorCode::invalid_argument, "22012"},
           {"SELECT 'abc'::text::int", ErrorCode::invalid_argument, "22P02"},
           {"SELECT v::int FROM secrets", ErrorCode::invalid_argument, "22P02"},
           {"SELECT 2147483647 + 1", ErrorCode::invalid_argument, "22003"},
           {"SELECT DATE '2024-02-30'", ErrorCode::invalid_argument, "22008"},
           {"SELECT (SELECT id FROM people)", ErrorCode::invalid_argument, "21000"},
           {"SELECT nothing FROM people", ErrorCode::not_found, "42703"},
           {"SELECT * FROM nowhere", ErrorCode::not_found, "42P01"},
           {"SELECT length(1, 2)", ErrorCode::not_found, "42883"},
           {"SELECT id, count(*) FROM people", ErrorCode::syntax_error, "42803"},
           {"SELECT * FROM raising", ErrorCode::invalid_argument, "P0001"},
           {"SELECT repeat('x', 2000000000)", ErrorCode::limit_exceeded, "54000"},
       }) {
    SCOPED_TRACE(failure.sql);
    const QueryResult result = query(failure.sql);
    EXPECT_EQ(result.code, failure.code) << as_text(result);
    EXPECT_EQ(result.sqlstate, failure.sqlstate) << as_text(result);
    EXPECT_FALSE(result.retryable);
    EXPECT_EQ((result.error + result.hint).find("hunter2"), std::string::npos)
        << "a value of a table: " << result.error;
    EXPECT_EQ(answer("SELECT 1"), "1");
  }
  EXPECT_EQ(connects(), 1U);
}

TEST_F(PostgresqlQuery, AMissingTableNamesWhatMayBeMeant) {
  site().run("CREATE TABLE accounts_db.savings (id int)");
  EXPECT_NE(query("SELECT * FROM peple").hint.find("people"), std::string::npos);
  const QueryResult elsewhere = query("SELECT 1 -- \u00E9\n FROM savings");
  EXPECT_EQ(elsewhere.code, ErrorCode::not_found);
  EXPECT_NE(elsewhere.hint.find("accounts_db.savings"), std::string::npos) << elsewhere.hint;
  site().cluster().run("DROP SCHEMA customer_db CASCADE");
  const QueryResult gone = query("SELECT * FROM people");
  EXPECT_EQ(gone.code, ErrorCode::not_found);
  EXPECT_NE(gone.error.find("schema 'customer_db'"), std::string::npos) << gone.error;
}

TEST_F(PostgresqlQuery, APlanThatGoesStaleIsMadeAnew) {
  EXPECT_EQ(answer("SELECT * FROM people WHERE id = 1"), "1|Ada");
  site().run("ALTER TABLE people ADD city text DEFAULT 'London'");
  EXPECT_EQ(answer("SELECT * FROM people WHERE id = 1"), "1|Ada|London");
  site().run("ALTER TABLE people ALTER id TYPE text, DROP city");
  EXPECT_EQ(answer("SELECT * FROM people WHERE name = 'Ada'"), "1|Ada");
  EXPECT_EQ(query("SELECT id FROM people LIMIT 1").schema->field(0).type.id, TypeId::string);
  site().run("DROP TABLE people");
  EXPECT_EQ(query("SELECT * FROM people WHERE name = 'Ada'").code, ErrorCode::not_found);
  site().run("CREATE TABLE people (n int); INSERT INTO people VALUES (7)");
  EXPECT_EQ(answer("SELECT * FROM people"), "7");
  EXPECT_EQ(connects(), 1U);
}

TEST_F(PostgresqlQuery, StatementsThatFellOutOfTheCacheAreForgottenByTheServer) {
  for (int i = 0; i < 300; ++i)
    ASSERT_EQ(answer("SELECT " + std::to_string(i)), std::to_string(i));
  EXPECT_EQ(answer("SELECT 0"), "0");
  // Ours around every query, and at most 256 of users, one of them just fallen out.
  site().run("CREATE VIEW prepared AS SELECT count(*) AS n FROM pg_prepared_statements");
  const int count = std::stoi(answer("SELECT n FROM prepared"));
  EXPECT_LE(count, std::ssize(postgresql::kOwnStatements) + 257);
  EXPECT_GE(count, 256);
}

TEST_F(PostgresqlQuery, TheSearchPathIsTheDatabasesAlone) {
  site().run("CREATE TABLE accounts_db.people (id int); CREATE TABLE public.strays (id int)");
  EXPECT_EQ(answer("SELECT count(*) FROM people"), "3");
  EXPECT_EQ(as_text(manager().execute_query("SELECT count(*) FROM people", "accounts_db")), "0");
  EXPECT_EQ(answer("SELECT count(*) FROM people"), "3");
  EXPECT_EQ(answer("SELECT count(*) FROM accounts_db.people"), "0");
  EXPECT_EQ(query("SELECT * FROM strays").code, ErrorCode::not_found);
  EXPECT_EQ(query("SELECT * FROM public.strays").code, ErrorCode::forbidden);
}

TEST_F(PostgresqlQuery, ADatabaseWhoseSchemaIsGoneSaysSo) {
  EXPECT_EQ(answer("SELECT count(*) FROM people"), "3");
  site().cluster().run("ALTER SCHEMA customer_db RENAME TO gone");
  const QueryResult result = query("SELECT count(*) FROM people");
  EXPECT_EQ(result.code, ErrorCode::not_found) << as_text(result);
  EXPECT_NE((result.error + result.hint).find("has no schema 'customer_db'"), std::string::npos)
      << as_text(result);
  EXPECT_EQ(as_text(manager().execute_query("SELECT 1", "accounts_db")), "1");
  site().cluster().run("ALTER SCHEMA gone RENAME TO customer_db");
  EXPECT_EQ(answer("SELECT count(*) FROM people"), "3");
}

TEST_F(PostgresqlQuery, WhatAViewDoesToItsSessionIsGoneWithIt) {
  site().run(R"(CREATE FUNCTION meddle() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
                  PERFORM set_config('TimeZone', 'Asia/Tokyo', false);
                  PERFORM pg_advisory_lock(7);
                  EXECUTE 'DEALLOCATE penstock_begin_read';
                  EXECUTE 'PREPARE penstock_begin_read AS SELECT 1';
                  RETURN 1; END $$;
                CREATE VIEW meddling AS SELECT customer_db.meddle() AS m)");
  const std::string zone = answer("SHOW TimeZone");
  EXPECT_EQ(answer("SELECT * FROM meddling"), "1");
  EXPECT_EQ(answer("SHOW TimeZone"), zone);
  EXPECT_EQ(site().cluster().value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
  EXPECT_EQ(answer("SELECT count(*) FROM people"), "3");
  EXPECT_EQ(connects(), 1U);
}

TEST_F(PostgresqlQuery, AViewThatWritesIsStoppedByTheTransaction) {
  site().run(
      "CREATE FUNCTION write_it() RETURNS int LANGUAGE sql AS "
      "$$ INSERT INTO customer_db.people VALUES (9, 'x') RETURNING id $$; "
      "CREATE FUNCTION unlock_it() RETURNS text LANGUAGE sql AS "
      "$$ SELECT set_config('transaction_read_only', 'off', true) $$; "
      "CREATE VIEW writing AS SELECT customer_db.write_it() AS w; "
      "CREATE VIEW unlocking AS SELECT customer_db.unlock_it() AS u");
  EXPECT_EQ(query("SELECT * FROM writing").code, ErrorCode::read_only);
  EXPECT_FALSE(query("SELECT u, w FROM unlocking, writing").success);
  EXPECT_EQ(answer("SELECT count(*) FROM people"), "3");
}

TEST_F(PostgresqlQuery, CancelReachesTheServer) {
  std::stop_source stop;
  std::jthread canceller([&] {
    EXPECT_TRUE(wait_until([&] {
      return site().cluster().value(
                 "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'penstock' "
                 "AND state = 'active'") == "1";
    }));
    stop.request_stop();
  });
  const QueryResult result = query("SELECT count(*) FROM (SELECT generate_series(1, 9223372036854775807)) s",
                                   {}, {.stop = stop.get_token()});
  EXPECT_EQ(result.code, ErrorCode::cancelled) << as_text(result);
  EXPECT_TRUE(wait_until([&] {
    return site().cluster().value(
               "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'penstock' "
               "AND state = 'active'") == "0";
  }));
  EXPECT_EQ(answer("SELECT 1"), "1");
}

TEST_F(PostgresqlQuery, TheServerStopsAtTheDeadlineByItself) {
  const QueryResult result = query("SELECT count(*) FROM (SELECT generate_series(1, 9223372036854775807)) s",
                                   {}, {.timeout = 150ms});
  EXPECT_EQ(result.code, ErrorCode::timeout) << as_text(result);
  EXPECT_EQ(answer("SELECT 1"), "1");
  EXPECT_LE(connects(), 2U);
}

TEST_F(PostgresqlQuery, TheRolesOwnTimeoutHolds) {
  site().cluster().run("ALTER ROLE postgres SET statement_timeout = '200ms'");
  configure({});
  const QueryResult result = query("SELECT count(*) FROM (SELECT generate_series(1, 9223372036854775807)) s");
  EXPECT_EQ(result.sqlstate, "57014") << as_text(result);
}

TEST_F(PostgresqlQuery, SettingsThatTheAnalysisRestsOnArePinned) {
  site().cluster().run(
      "ALTER ROLE postgres SET standard_conforming_strings = off; "
      "ALTER ROLE postgres SET client_encoding = 'LATIN1'; ALTER ROLE postgres SET datestyle = 'German'; "
      "ALTER ROLE postgres SET search_path = accounts_db");
  configure({});
  EXPECT_EQ(answer("SHOW standard_conforming_strings"), "on");
  EXPECT_EQ(answer("SELECT '\\'"), "\\");
  EXPECT_EQ(answer("SELECT '\u00E9'"), "\u00E9");
  EXPECT_EQ(answer("SELECT DATE '2024-02-29'::text"), "2024-02-29");
  EXPECT_EQ(answer("SELECT count(*) FROM people"), "3");
}

/// With a server that logs every statement.
class PostgresqlSettings : public PostgresqlTest {
 protected:
  PostgresqlSettings() { cluster_options_.settings = {{"log_statement", "all"}}; }
  // How often one of the driver's own statements has run since the last question.
  std::size_t times(std::string_view statement) {
    const std::string log = site().cluster().log();
    std::size_t count = 0;
    const std::string line = "execute " + std::string(statement) + ":";
    for (std::size_t at = log.find(line); at != log.npos; at = log.find(line, at + 1))
      ++count;
    return count - std::exchange(seen_[std::string(statement)], count);
  }
  void expect_settings(std::size_t kept, std::size_t local) {
    EXPECT_EQ(times("penstock_keep_settings"), kept);
    EXPECT_EQ(times("penstock_settings"), local);
  }

 private:
  std::map<std::string, std::size_t> seen_;
};

constexpr const char* kShown = "SELECT current_setting('search_path'), current_setting('statement_timeout')";
constexpr const char* kUsual = "\"customer_db\", pg_temp|30s";

TEST_F(PostgresqlSettings, AreSentOnlyWhenOthersAreInForce) {
  EXPECT_TRUE(answer(kShown).starts_with("\"customer_db\", "));
  expect_settings(1, 1);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(answer(kShown), kUsual);
  expect_settings(0, 0);
  const QueryResult elsewhere = manager().execute_query(kShown, "accounts_db");
  EXPECT_TRUE(as_text(elsewhere).starts_with("\"accounts_db\", ")) << as_text(elsewhere);
  expect_settings(1, 1);
  EXPECT_TRUE(answer(kShown).starts_with("\"customer_db\", "));
  expect_settings(1, 1);
}

TEST_F(PostgresqlSettings, OfAQueryWithATimeLimitOfItsOwnAreItsAlone) {
  static_cast<void>(answer(kShown));
  expect_settings(1, 1);
  EXPECT_NE(as_text(query(kShown, {}, {.timeout = 9s})), kUsual);
  expect_settings(0, 1);
  EXPECT_EQ(answer(kShown), kUsual);
  expect_settings(0, 0);
}

TEST_F(PostgresqlSettings, AreSetAnewAfterAWriteThatClearsThem) {
  configure({.connection = {{"max_pool_size", "1"}}, .datasource = {{"access", "read_write"}}});
  ASSERT_TRUE(query("INSERT INTO people VALUES (4, 'Barbara')").success);
  expect_settings(1, 1);
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(answer(kShown).starts_with("\"customer_db\", "));
  expect_settings(1, 1);
}

TEST_F(PostgresqlSettings, AShortTimeLimitOfTheDatasourceIsNotLeftInTheSession) {
  configure({.connection = {{"max_pool_size", "1"}}, .datasource = {{"statement_timeout", "2s"}}});
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(answer(kShown).starts_with("\"customer_db\", "));
  expect_settings(0, 2);
}

}  // namespace
}  // namespace penstock::test
