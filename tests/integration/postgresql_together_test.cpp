// Reads that share a transaction: each is answered with its own answer, or runs by itself.
#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "integration/round_trip_relay.hpp"
#include "integration/together_fixture.hpp"

namespace penstock::test {
namespace {

using PostgresqlTogether = TogetherTest;

TEST_F(PostgresqlTogether, AreAnsweredInTheirOrder) {
  for (int round = 0; round < 2; ++round) {  // prepared together, and found prepared
    EXPECT_EQ(together({{.sql = kByKey, .params = {2}},
                        {.sql = "SELECT count(*) FROM people"},
                        {.sql = kByKey, .params = {1}},
                        {.sql = kByKey, .params = {99}},
                        {.sql = kByKey, .params = {nullptr}},
                        {.sql = "SELECT NULL::int, 'x', ARRAY[1, NULL]"},
                        {.sql = "SELECT ARRAY[[1, 2], [3, 4]]"},
                        {.sql = "SELECT"},
                        {.sql = kByKey, .params = {3}}}),
              (Texts{"Grace", "3", "Ada", "", "", "NULL|x|[1, NULL]", "[[1,2],[3,4]]", "", "Edsger"}));
  }
  EXPECT_EQ(alone({.sql = kByKey, .params = {1}}), "Ada");
  EXPECT_TRUE(together({}).empty());
}

TEST_F(PostgresqlTogether, TakeOneRoundTripAndOneMoreForWhatIsNew) {
  RoundTripRelay relay(site().cluster().port());
  open(relay.port());
  static_cast<void>(relay.taken());
  for (int round = 0; round < 3; ++round) {
    std::vector<Question> questions;
    for (int i = 0; i < 16; ++i)
      questions.push_back(
          {.sql = i % 2 == 0 ? kByKey : "SELECT count(*) FROM people WHERE id < $1", .params = {i}});
    static_cast<void>(together(questions));
    EXPECT_EQ(relay.taken(), round == 0 ? 2 : 1);
  }
  EXPECT_EQ(
      together({{.sql = kByKey, .params = {1}}, {.sql = "SELECT 1 / 0"}, {.sql = kByKey, .params = {2}}}),
      (Texts{"Ada", "invalid_argument 22012", "Grace"}));
  EXPECT_EQ(relay.taken(), 4) << "prepared; run to the error; rolled back; those behind it";
  close();
}

TEST_F(PostgresqlTogether, OneThatFailsLeavesTheOthersTheirAnswers) {
  const std::vector<Question> questions{{.sql = kByKey, .params = {1}},
                                        {.sql = "SELECT 1 / $1::int", .params = {0}},
                                        {.sql = kByKey, .params = {2}},
                                        {.sql = "SELECT nothing FROM people"},
                                        {.sql = "SELECT * FROM nowhere"},
                                        {.sql = kByKey, .params = {Value::List{1}}},
                                        {.sql = kByKey, .params = {"x"}},
                                        {.sql = kByKey},
                                        {.sql = "SELECT id, count(*) FROM people"},
                                        {.sql = "SELECT 1 / $1::int", .params = {1}},
                                        {.sql = kByKey, .params = {3}}};
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(together(questions),
              (Texts{"Ada", "invalid_argument 22012", "Grace", "-", "-", "invalid_argument ",
                     "invalid_argument 22P02", "invalid_argument ", "syntax_error 42803", "1", "Edsger"}));
  }
  EXPECT_FALSE(connection().broken());
  EXPECT_EQ(alone({.sql = "SELECT nothing FROM people"}), "not_found 42703");
}

TEST_F(PostgresqlTogether, ResultsThatGrowLargeRunByThemselves) {
  const std::string kRows = "SELECT i FROM generate_series(1, $1::int) i";
  EXPECT_EQ(together({{.sql = kByKey, .params = {1}},
                      {.sql = "SELECT repeat('x', 100000)"},
                      {.sql = "SELECT i, repeat('y', 500) FROM generate_series(1, 200) i"},
                      {.sql = kRows, .params = {1'000'000}},
                      {.sql = kRows, .params = {1'000'000}, .row_limit = 2},
                      {.sql = "SELECT repeat('x', 1000)", .max_value_bytes = 10},
                      {.sql = kByKey, .params = {2}}}),
            (Texts{"Ada", "-", "-", "-", "1\n2\n3", "limit_exceeded ", "Grace"}))
      << "one row more than the caller keeps says that there are more";
  EXPECT_FALSE(connection().broken());
  // What would take long to be received and dropped costs the session, and nobody the answer.
  const Texts huge = together({{.sql = kByKey, .params = {1}},
                               {.sql = "SELECT repeat('x', 100000000)"},
                               {.sql = kByKey, .params = {2}}});
  EXPECT_EQ(huge, (Texts{"Ada", "-", "-"}));
  EXPECT_TRUE(connection().broken());
}

TEST_F(PostgresqlTogether, OnlyWhatReadsAndReachesNoCodeMayShare) {
  site().run(
      "CREATE VIEW seen AS SELECT * FROM people; CREATE FUNCTION own() RETURNS int LANGUAGE sql AS 'SELECT "
      "1'; "
      "CREATE TABLE accounts_db.others (id int)");
  connect();
  EXPECT_TRUE(may_share({.sql = kByKey, .params = {1}}));
  EXPECT_TRUE(may_share({.sql = "SELECT a.name FROM people p JOIN accounts_db.people a USING (id)"}));
  EXPECT_FALSE(may_share({.sql = "SELECT * FROM seen"})) << "a view";
  EXPECT_FALSE(may_share({.sql = "EXPLAIN ANALYZE SELECT 1"}));
  EXPECT_FALSE(may_share({.sql = kByKey, .params = {std::string(100'000, 'x')}}));
  EXPECT_FALSE(may_share({.sql = kByKey, .params = {Value::List(10'000, Value("0123456789"))}}));
  // Nor do they when they are sent all the same.
  EXPECT_EQ(together({{.sql = "SELECT * FROM seen"},
                      {.sql = kByKey, .params = {1}},
                      {.sql = "SELECT 1", .patience = 0ms},
                      {.sql = "EXPLAIN SELECT 1"}}),
            (Texts{"-", "Ada", "-", "-"}));
}

TEST_F(PostgresqlTogether, OthersThanOfTheFirstsDatabaseRunByThemselves) {
  EXPECT_EQ(together({{.sql = kByKey, .params = {1}},
                      {.sql = kByKey, .params = {1}, .database = "accounts_db"},
                      {.sql = kByKey, .params = {2}}}),
            (Texts{"Ada", "-", "Grace"}));
}

TEST_F(PostgresqlTogether, NothingIsKnownBeforeTheCatalogueWasRead) {
  DataSourceConfig config;
  config.name = "bank";
  config.type = "postgresql";
  config.databases = {{"customer_db", "customer_db"}};
  config.connection.set("database", std::string("postgres"));
  config.connection.set("user", std::string("postgres"));
  const auto fresh = postgresql::make_data_source(config, postgresql::Layers{});
  ASSERT_TRUE(fresh);
  EXPECT_FALSE((*fresh)->may_share(execution_of({.sql = "SELECT 1"})));
}

TEST_F(PostgresqlTogether, APlanThatWentStaleRunsByItself) {
  EXPECT_EQ(together({{.sql = "SELECT * FROM people WHERE id = 1"}, {.sql = kByKey, .params = {2}}}),
            (Texts{"1|Ada", "Grace"}));
  site().run("ALTER TABLE people ADD city text DEFAULT 'London'");
  EXPECT_EQ(together({{.sql = "SELECT * FROM people WHERE id = 1"}, {.sql = kByKey, .params = {2}}}),
            (Texts{"-", "Grace"}));
  EXPECT_EQ(together({{.sql = "SELECT * FROM people WHERE id = 1"}, {.sql = kByKey, .params = {2}}}),
            (Texts{"1|Ada|London", "Grace"}));
}

TEST_F(PostgresqlTogether, RunReadOnlyUnderTheSearchPathOfTheirDatabase) {
  const std::string kShown =
      "SELECT current_setting('transaction_read_only'), current_setting('search_path'), "
      "current_setting('statement_timeout')";
  for (const char* database : {"customer_db", "accounts_db", "customer_db"}) {
    const std::string expected = std::string("on|\"") + database + "\", pg_temp|30s";
    EXPECT_EQ(together({{.sql = kShown, .database = database}, {.sql = kShown, .database = database}}),
              (Texts{expected, expected}));
  }
}

TEST_F(PostgresqlTogether, TheLatestDeadlineIsTheBatchs) {
  const std::string kSlow = "SELECT count(*) FROM generate_series(1, 9223372036854775807)";
  Texts late;
  // On a busy machine the server's word may come after the grace that it is waited for; then the session is
  // given up, which is not what is asked here.
  for (int attempt = 0; attempt < 5; ++attempt) {
    if (connection().broken()) connect();
    const auto start = std::chrono::steady_clock::now();
    late = together({{.sql = kByKey, .params = {1}, .patience = 2s},
                     {.sql = kSlow, .patience = 2s},
                     {.sql = kByKey, .params = {2}, .patience = 4s}});
    EXPECT_GE(std::chrono::steady_clock::now() - start, 3s);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
    if (late.at(1) != "-") break;
  }
  EXPECT_EQ(late.at(0), "Ada");
  EXPECT_EQ(late.at(1), "timeout 57014");
}

TEST_F(PostgresqlTogether, ASessionThatIsEndedLeavesTheRestToRunByThemselves) {
  const std::string kSlow = "SELECT count(*) FROM generate_series(1, 9223372036854775806)";
  auto killer = kill_during(kSlow);
  EXPECT_EQ(together({{.sql = kByKey, .params = {1}}, {.sql = kSlow}, {.sql = kByKey, .params = {2}}}),
            (Texts{"Ada", "-", "-"}));
  killer.join();
  EXPECT_TRUE(connection().broken());
}

TEST_F(PostgresqlTogether, CancelStopsAllOfThem) {
  std::jthread canceller([&] {
    EXPECT_TRUE(wait_until([&] {
      return site().cluster().value(
                 "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'penstock' "
                 "AND query LIKE '%9223372036854775805%' AND state = 'active'") == "1";
    }));
    connection().cancel();
  });
  EXPECT_EQ(together({{.sql = "SELECT count(*) FROM generate_series(1, 9223372036854775805)"},
                      {.sql = kByKey, .params = {2}}}),
            (Texts{"-", "-"}));
  canceller.join();
  EXPECT_TRUE(connection().broken());
}

TEST_F(PostgresqlTogether, AreSentWithoutWaitingOnceTheSessionKnowsThem) {
  const std::vector<Question> questions{
      {.sql = kByKey, .params = {2}}, {.sql = "SELECT count(*) FROM people"}, {.sql = kByKey, .params = {1}}};
  const Texts expected{"Grace", "3", "Ada"};
  EXPECT_EQ(begun(questions), std::nullopt) << "the session has not met the statements";
  EXPECT_EQ(together(questions), expected);
  for (int round = 0; round < 3; ++round)
    EXPECT_EQ(begun(questions), std::pair(SharedReads::State::here, expected));
  EXPECT_EQ(alone({.sql = kByKey, .params = {3}}), "Edsger");
  // Those of another search_path set it first, in a unit of its own.
  const std::vector<Question> others{{.sql = kByKey, .params = {2}, .database = "accounts_db"}};
  EXPECT_EQ(together(others), Texts{"accounts Grace"});
  EXPECT_EQ(begun(questions), std::pair(SharedReads::State::here, expected));
  EXPECT_EQ(begun(others), std::pair(SharedReads::State::here, Texts{"accounts Grace"}));
  EXPECT_FALSE(connection().broken());
}

TEST_F(PostgresqlTogether, WhatGoesAnotherWayThanUsualIsNotTakenForAllThatComes) {
  const std::vector<Question> questions{{.sql = kByKey, .params = {1}},
                                        {.sql = "SELECT 1 / $1::int", .params = {0}},
                                        {.sql = kByKey, .params = {2}}};
  const Texts expected{"Ada", "invalid_argument 22012", "Grace"};
  EXPECT_EQ(together(questions), expected);
  EXPECT_EQ(begun(questions), std::pair(SharedReads::State::uncertain, expected));
  EXPECT_FALSE(connection().broken());
  const std::string kEnd = "SELECT count(*) FROM generate_series(1, $1::bigint)";
  EXPECT_EQ(together({{.sql = kEnd, .params = {1}}}), Texts{"1"});
  auto killer = kill_during(kEnd);
  EXPECT_EQ(begun({{.sql = kEnd, .params = {9'223'372'036'854'775'806}}}),
            std::pair(SharedReads::State::uncertain, Texts{"-"}));
  killer.join();
  EXPECT_TRUE(connection().broken());
}

TEST_F(PostgresqlTogether, EveryAnswerIsToItsOwnQuestion) {
  std::mt19937 random(20'261'125);
  int number = 0;
  int shared = 0;
  std::uniform_int_distribution<std::size_t> sizes(1, 16);
  for (int batch = 0; batch < 400; ++batch) {
    std::vector<Question> questions;
    Texts expected;
    number = (number / 16 + 1) * 16;  // whose sixteenth decides the database
    for (std::size_t left = sizes(random); left > 0; --left)
      questions.push_back(make_question(random, number++, expected.emplace_back()));
    const Texts answers = together(questions);
    for (std::size_t i = 0; i < questions.size(); ++i) {
      shared += answers.at(i) == "-" ? 0 : 1;
      const std::string answer = answers.at(i) == "-" ? alone(questions[i]) : answers.at(i);
      ASSERT_EQ(answer, expected[i]) << "batch " << batch << ": " << questions[i].sql;
    }
    if (batch % 50 == 17) {
      ASSERT_FALSE(connection().broken());
    }
  }
  EXPECT_GT(shared, 2'500);
}

}  // namespace
}  // namespace penstock::test
