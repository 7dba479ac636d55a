// Reads that are sent behind others on one connection: whatever becomes of those, each is answered with its
// own answer, or runs by itself.
#include <deque>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "integration/together_fixture.hpp"

namespace penstock::test {
namespace {

using PostgresqlFollow = TogetherTest;

TEST_F(PostgresqlFollow, FollowEachOtherOnOneConnection) {
  EXPECT_EQ(together({{.sql = kByKey, .params = {1}}, {.sql = "SELECT count(*) FROM people"}}),
            (Texts{"Ada", "3"}));
  for (int round = 0; round < 3; ++round) {
    const auto first = send({{.sql = kByKey, .params = {1}}, {.sql = kByKey, .params = {2}}});
    const auto second = send({{.sql = "SELECT count(*) FROM people"}});
    const auto third = send({{.sql = kByKey, .params = {3}}});
    EXPECT_EQ(finish(first), std::pair(SharedReads::State::here, Texts{"Ada", "Grace"}));
    const auto fourth = send({{.sql = kByKey, .params = {"x"}}, {.sql = kByKey, .params = {1}}});
    EXPECT_EQ(finish(second), std::pair(SharedReads::State::here, Texts{"3"}));
    EXPECT_EQ(finish(third), std::pair(SharedReads::State::here, Texts{"Edsger"}));
    EXPECT_EQ(finish(fourth),
              std::pair(SharedReads::State::uncertain, Texts{"invalid_argument 22P02", "Ada"}));
  }
  EXPECT_EQ(alone({.sql = kByKey, .params = {3}}), "Edsger");
}

TEST_F(PostgresqlFollow, ThoseBehindOneThatFailsAreSentAgain) {
  const std::string kDivide = "SELECT 1 / $1::int";
  EXPECT_EQ(together({{.sql = kByKey, .params = {1}}, {.sql = kDivide, .params = {1}}}), (Texts{"Ada", "1"}));
  const auto first = send({{.sql = kDivide, .params = {0}}, {.sql = kByKey, .params = {1}}});
  const auto second = send({{.sql = kByKey, .params = {2}}, {.sql = kDivide, .params = {1}}});
  const auto third = send({{.sql = kByKey, .params = {3}}});
  EXPECT_EQ(finish(first), std::pair(SharedReads::State::uncertain, Texts{"invalid_argument 22012", "Ada"}));
  EXPECT_EQ(finish(second), std::pair(SharedReads::State::uncertain, Texts{"Grace", "1"}));
  EXPECT_EQ(finish(third), std::pair(SharedReads::State::uncertain, Texts{"Edsger"}));
  EXPECT_FALSE(connection().broken());
}

TEST_F(PostgresqlFollow, WhatNeedsOtherSettingsDoesNotFollow) {
  const Question own{.sql = kByKey, .params = {1}};
  const Question other{.sql = kByKey, .params = {1}, .database = "accounts_db"};
  EXPECT_EQ(together({other}), Texts{"accounts Ada"});
  EXPECT_EQ(together({own}), Texts{"Ada"});
  const auto first = send({own});
  EXPECT_EQ(send({other}), nullptr);
  EXPECT_EQ(finish(first).second, Texts{"Ada"});
  const auto second = send({other});
  EXPECT_EQ(send({other}), nullptr) << "its settings are not known to be in force yet";
  EXPECT_EQ(finish(second).second, Texts{"accounts Ada"});
  // A time limit is the transaction's own.
  const Question hasty{.sql = "SELECT current_setting('statement_timeout')::interval < '5s'::interval",
                       .database = "accounts_db",
                       .patience = 4s};
  EXPECT_EQ(together({hasty}), Texts{"true"});
  const auto third = send({other});
  const auto fourth = send({hasty});
  const auto fifth = send({other});
  EXPECT_EQ(finish(third).second, Texts{"accounts Ada"});
  EXPECT_EQ(finish(fourth).second, Texts{"true"});
  EXPECT_EQ(finish(fifth).second, Texts{"accounts Ada"});
}

TEST_F(PostgresqlFollow, ASessionThatEndsLeavesThoseBehindToRunByThemselves) {
  const std::string kEnd = "SELECT count(*) FROM generate_series(2, $1::bigint)";
  for (const bool cancelled : {false, true}) {
    if (connection().broken()) connect();
    EXPECT_EQ(together({{.sql = kEnd, .params = {2}}, {.sql = kByKey, .params = {1}}}), (Texts{"1", "Ada"}));
    const auto first = send({{.sql = kByKey, .params = {1}}});
    const auto second = send({{.sql = kEnd, .params = {9'223'372'036'854'775'806}}});
    const auto third = send({{.sql = kByKey, .params = {2}}});
    EXPECT_EQ(finish(first), std::pair(SharedReads::State::here, Texts{"Ada"}));
    if (cancelled) {
      connection().cancel();
      EXPECT_EQ(second->reads->finish().size(), 1);
      EXPECT_EQ(third->reads->advance(), SharedReads::State::uncertain);
      EXPECT_EQ(text_of(third->reads->finish().at(0)), "-");
    } else {
      auto killer = kill_during(kEnd);
      EXPECT_EQ(finish(second), std::pair(SharedReads::State::uncertain, Texts{"-"}));
      EXPECT_EQ(finish(third), std::pair(SharedReads::State::uncertain, Texts{"-"}));
    }
    EXPECT_TRUE(connection().broken());
  }
}

TEST_F(PostgresqlFollow, AnswersThatNobodyReadAreNobodyElses) {
  EXPECT_EQ(together({{.sql = kByKey, .params = {1}}}), Texts{"Ada"});
  auto first = send({{.sql = kByKey, .params = {1}}});
  const auto second = send({{.sql = kByKey, .params = {2}}});
  first.reset();
  EXPECT_EQ(finish(second), std::pair(SharedReads::State::uncertain, Texts{"-"}));
  EXPECT_TRUE(connection().broken());
}

TEST_F(PostgresqlFollow, EveryAnswerIsToItsOwnQuestionWhoeverIsAhead) {
  std::mt19937 random(20'261'126);
  int number = 0;
  int shared = 0;
  int followed = 0;
  std::uniform_int_distribution<std::size_t> sizes(1, 6);
  std::deque<std::pair<std::unique_ptr<Sent>, Texts>> under_way;
  const auto check = [&](const std::vector<Question>& questions, const Texts& answers,
                         const Texts& expected) {
    for (std::size_t i = 0; i < questions.size(); ++i) {
      shared += answers.at(i) == "-" ? 0 : 1;
      const std::string answer = answers.at(i) == "-" ? alone(questions[i]) : answers.at(i);
      ASSERT_EQ(answer, expected[i]) << questions[i].sql;
    }
  };
  // What runs by itself comes when nothing is under way any more.
  const auto end_all = [&] {
    std::vector<std::tuple<std::vector<Question>, Texts, Texts>> ended;
    for (; !under_way.empty(); under_way.pop_front()) {
      auto& [sent, expected] = under_way.front();
      Texts answers = finish(sent).second;
      ended.emplace_back(sent->questions, std::move(answers), expected);
    }
    for (const auto& [questions, answers, expected] : ended)
      check(questions, answers, expected);
  };
  for (int batch = 0; batch < 800; ++batch) {
    std::vector<Question> questions;
    Texts expected;
    do {
      number = (number / 16 + 1) * 16;  // whose sixteenth decides the database
    } while (number / 16 % 2 != batch / 5 % 2);
    for (std::size_t left = sizes(random); left > 0; --left)
      questions.push_back(make_question(random, number++, expected.emplace_back()));
    auto sent = send(questions);
    const bool is_under_way = sent != nullptr;
    if (is_under_way) {
      followed += under_way.empty() ? 0 : 1;
      under_way.emplace_back(std::move(sent), expected);
      if (under_way.size() < 3) continue;
    }
    end_all();
    if (HasFatalFailure()) return;
    if (connection().broken()) connect();
    if (!is_under_way) check(questions, together(questions), expected);
    if (HasFatalFailure()) return;
    if (connection().broken()) connect();
  }
  end_all();
  EXPECT_GT(shared, 1'500);
  EXPECT_GT(followed, 200) << "too few for this to show anything";
}

}  // namespace
}  // namespace penstock::test
