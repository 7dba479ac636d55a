// Reads that share a transaction: each is answered with its own answer, or runs by itself.
#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>

#include "datasources/postgresql/postgresql.hpp"
#include "integration/postgresql_site.hpp"
#include "integration/round_trip_relay.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

/// What an agent asks.
struct Question {
  std::string sql;
  Params params;
  std::string database = "customer_db";
  std::chrono::milliseconds patience = 30s;
  std::optional<std::int64_t> row_limit = std::nullopt;
  std::int64_t max_value_bytes = 64LL << 20;
};

std::string text_of(const std::vector<RecordBatch>& batches) {
  std::string text;
  for (const Row row : Rows(batches)) {
    if (!text.empty()) text += '\n';
    for (std::size_t i = 0; i < row.size(); ++i)
      text += (i == 0 ? "" : "|") + row[i].to_text();
  }
  return text;
}

/// "-" when it is to run by itself.
std::string text_of(const SharedOutcome& outcome) {
  if (!outcome) return "-";
  if (!*outcome) return std::string(to_string((*outcome).error().code)) + " " + (*outcome).error().sqlstate;
  EXPECT_NE((**outcome).schema, nullptr);
  return text_of((**outcome).batches);
}

class PostgresqlTogether : public PostgresqlTest {
 protected:
  using Texts = std::vector<std::string>;

  void SetUp() override {
    PostgresqlTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    site().run("CREATE TABLE accounts_db.people AS SELECT id, 'accounts ' || name AS name FROM people");
    open(site().cluster().port());
  }
  void open(std::uint16_t port) {
    connection_.reset();
    DataSourceConfig config;
    config.name = "bank";
    config.type = "postgresql";
    config.databases = {{"customer_db", "customer_db"}, {"accounts_db", "accounts_db"}};
    config.connection.set("host", std::string("127.0.0.1"));
    config.connection.set("port", std::int64_t{port});
    config.connection.set("database", std::string("postgres"));
    config.connection.set("user", std::string("postgres"));
    config.connection.set("application_name", std::string("penstock"));
    auto source = postgresql::make_data_source(config, postgresql::Layers{});
    ASSERT_TRUE(source) << source.error().message;
    source_ = std::move(*source);
    connect();
    EXPECT_EQ(alone({.sql = "SELECT 1"}), "1") << "which reads the catalogue";
  }
  void close() { connection_.reset(); }
  void connect() {
    auto connection = source_->connect(Node{"primary"}, Deadline::after(20s));
    ASSERT_TRUE(connection) << connection.error().message;
    connection_ = std::move(*connection);
  }
  [[nodiscard]] Execution execution_of(const Question& question) {
    const auto [found, is_new] = analyses_.try_emplace(question.database + '\0' + question.sql);
    if (is_new) {
      auto analysis = source_->analyze({question.sql, question.database});
      EXPECT_TRUE(analysis) << question.sql << ": " << analysis.error().message;
      if (analysis) found->second = std::move(*analysis);
    }
    Execution execution{.sql = question.sql,
                        .database = question.database,
                        .params = question.params,
                        .analysis = found->second};
    execution.deadline = Deadline::after(question.patience);
    execution.row_limit = question.row_limit;
    execution.max_value_bytes = question.max_value_bytes;
    return execution;
  }
  [[nodiscard]] bool may_share(const Question& question) {
    return source_->may_share(execution_of(question));
  }
  [[nodiscard]] std::vector<std::string> together(const std::vector<Question>& questions) {
    std::vector<Execution> executions;
    for (const Question& question : questions)
      executions.push_back(execution_of(question));
    const auto outcomes = connection_->execute_together(executions);
    EXPECT_EQ(outcomes.size(), questions.size());
    std::vector<std::string> texts;
    for (const SharedOutcome& outcome : outcomes)
      texts.push_back(text_of(outcome));
    return texts;
  }
  // Sent, and awaited without a call that waits. Nothing: they cannot be.
  [[nodiscard]] std::optional<std::pair<SharedReads::State, Texts>> begun(
      const std::vector<Question>& questions) {
    std::vector<Execution> executions;
    for (const Question& question : questions)
      executions.push_back(execution_of(question));
    const auto reads = connection_->begin_together(executions);
    if (reads == nullptr) return std::nullopt;
    auto state = SharedReads::State::waiting;
    while (state == SharedReads::State::waiting) {
      pollfd file{reads->socket(), POLLIN, 0};
      EXPECT_EQ(poll(&file, 1, 20'000), 1);
      state = reads->advance();
    }
    Texts texts;
    for (const SharedOutcome& outcome : reads->finish())
      texts.push_back(text_of(outcome));
    return std::pair(state, texts);
  }
  [[nodiscard]] std::string alone(const Question& question) {
    const Execution execution = execution_of(question);
    auto reader = connection_->execute(execution);
    if (!reader) return std::string(to_string(reader.error().code)) + " " + reader.error().sqlstate;
    std::vector<RecordBatch> batches;
    for (;;) {
      auto batch = (*reader)->next();
      if (!batch) return std::string(to_string(batch.error().code)) + " " + batch.error().sqlstate;
      if (!*batch) return text_of(batches);
      batches.push_back(std::move(**batch));
    }
  }
  [[nodiscard]] Connection& connection() { return *connection_; }

 private:
  std::map<std::string, Analysis> analyses_;
  std::unique_ptr<DataSource> source_;
  std::unique_ptr<Connection> connection_;
};

constexpr const char* kByKey = "SELECT name FROM people WHERE id = $1";

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
  std::jthread killer([&] {
    EXPECT_TRUE(wait_until([&] {
      return site().cluster().value(
                 "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
                 "application_name = 'penstock' AND query = '" +
                 kSlow + "' AND state = 'active'") == "1";
    }));
  });
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
  std::jthread killer([&] {
    EXPECT_TRUE(wait_until([&] {
      return site().cluster().value(
                 "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
                 "application_name = 'penstock' AND query = '" +
                 kEnd + "' AND state = 'active'") == "1";
    }));
  });
  EXPECT_EQ(begun({{.sql = kEnd, .params = {9'223'372'036'854'775'806}}}),
            std::pair(SharedReads::State::uncertain, Texts{"-"}));
  killer.join();
  EXPECT_TRUE(connection().broken());
}

// Every answer names its question. Errors, large rows, nulls and parameters of all lengths are in between.
Question make_question(std::mt19937& random, int number, std::string& expected) {
  const std::string database = number / 16 % 2 == 0 ? "customer_db" : "accounts_db";
  const std::string name = std::to_string(number);
  std::uniform_int_distribution<int> any(0, 99);
  const int kind = any(random);
  Question question{.database = database};
  if (kind < 50) {
    question.sql = "SELECT $1::int AS n, current_setting('search_path')";
    question.params = {number};
    expected = name + "|\"" + database + "\", pg_temp";
  } else if (kind < 60) {
    const int id = any(random) % 3 + 1;
    question.sql = "SELECT $2::text, name FROM people WHERE id = $1";
    question.params = {id, name};
    expected = name + "|" + (database == "accounts_db" ? "accounts " : "") +
               std::vector<std::string>{"Ada", "Grace", "Edsger"}.at(static_cast<std::size_t>(id - 1));
  } else if (kind < 70) {
    const int length = any(random) * 400;
    question.sql = "SELECT $1::text, length($2::text)";
    question.params = {name, std::string(static_cast<std::size_t>(length), 'p')};
    expected = name + "|" + std::to_string(length);
  } else if (kind < 78) {
    question.sql = "SELECT $1::int, 1 / ($1::int - $1::int)";
    question.params = {number};
    expected = "invalid_argument 22012";
  } else if (kind < 84) {
    question.sql = "SELECT repeat($1::text, 20000)";  // too large from four digits on
    question.params = {name};
    expected.clear();
    for (int i = 0; i < 20'000; ++i)
      expected += name;
  } else if (kind < 90) {
    question.sql = "SELECT NULL::text, $1::int, NULL::int[]";
    question.params = {number};
    expected = "NULL|" + name + "|NULL";
  } else if (kind < 95) {
    question.sql = "SELECT " + name + " AS q";  // a text of its own, prepared for this once
    expected = name;
  } else {
    question.sql = "SELECT n FROM generate_series($1::int, $1::int + 2) n";
    question.params = {number};
    expected = name + "\n" + std::to_string(number + 1) + "\n" + std::to_string(number + 2);
  }
  return question;
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
