// Reads that share a transaction, and questions whose answers name them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>

#include "datasources/postgresql/postgresql.hpp"
#include "integration/postgresql_site.hpp"

namespace penstock::test {

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

inline std::string text_of(const std::vector<RecordBatch>& batches) {
  std::string text;
  for (const Row row : Rows(batches)) {
    if (!text.empty()) text += '\n';
    for (std::size_t i = 0; i < row.size(); ++i)
      text += (i == 0 ? "" : "|") + row[i].to_text();
  }
  return text;
}

/// "-" when it is to run by itself.
inline std::string text_of(const SharedOutcome& outcome) {
  if (!outcome) return "-";
  if (!*outcome) return std::string(to_string((*outcome).error().code)) + " " + (*outcome).error().sqlstate;
  EXPECT_NE((**outcome).schema, nullptr);
  return text_of((**outcome).batches);
}

class TogetherTest : public PostgresqlTest {
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
  /// Under way.
  struct Sent {
    std::vector<Question> questions;
    std::vector<Execution> executions;
    std::unique_ptr<SharedReads> reads;
  };
  // Null: they cannot be sent without waiting.
  [[nodiscard]] std::unique_ptr<Sent> send(std::vector<Question> questions) {
    auto sent = std::make_unique<Sent>(Sent{std::move(questions), {}, nullptr});
    for (const Question& question : sent->questions)
      sent->executions.push_back(execution_of(question));
    sent->reads = connection_->begin_together(sent->executions);
    return sent->reads == nullptr ? nullptr : std::move(sent);
  }
  // Awaited without a call that waits.
  static std::pair<SharedReads::State, Texts> finish(const std::unique_ptr<Sent>& sent) {
    if (sent == nullptr) return {SharedReads::State::waiting, {"was not sent"}};
    auto state = sent->reads->advance();
    while (state == SharedReads::State::waiting) {
      pollfd file{sent->reads->socket(), POLLIN, 0};
      EXPECT_EQ(poll(&file, 1, 20'000), 1);
      state = sent->reads->advance();
    }
    Texts texts;
    for (const SharedOutcome& outcome : sent->reads->finish())
      texts.push_back(text_of(outcome));
    return {state, texts};
  }
  // Nothing: they cannot be.
  [[nodiscard]] std::optional<std::pair<SharedReads::State, Texts>> begun(
      const std::vector<Question>& questions) {
    const auto sent = send(questions);
    if (sent == nullptr) return std::nullopt;
    return finish(sent);
  }
  // Kills the session once it runs the statement.
  [[nodiscard]] std::jthread kill_during(const std::string& sql) {
    return std::jthread([this, sql] {
      EXPECT_TRUE(wait_until([&] {
        return site().cluster().value(
                   "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
                   "application_name = 'penstock' AND query = '" +
                   sql + "' AND state = 'active'") == "1";
      }));
    });
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

inline constexpr const char* kByKey = "SELECT name FROM people WHERE id = $1";

// Every answer names its question. Errors, large rows, nulls and parameters of all lengths are in between.
inline Question make_question(std::mt19937& random, int number, std::string& expected) {
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

}  // namespace penstock::test
