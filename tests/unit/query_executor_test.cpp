#include "server/query_executor.hpp"

#include <atomic>
#include <condition_variable>
#include <future>
#include <latch>
#include <memory>
#include <thread>

#include <gmock/gmock.h>

#include "manager_fixture.hpp"

namespace penstock::server {
namespace {

using namespace std::chrono_literals;
using penstock::testing::numbers;

// Queries answer with their first parameter.
class QueryExecutorTest : public penstock::Manager {
 protected:
  void SetUp() override {
    script_->execute = [this](const Execution& execution) {
      return alone_ ? alone_(execution) : Result<std::vector<RecordBatch>>(one(execution));
    };
    script_->execute_together = [this](std::span<const Execution> executions) {
      return together_(executions);
    };
    load();
  }
  void TearDown() override {
    executor_.reset();
    manager_.reset();
  }
  void start(ExecutorOptions options = {}) {
    executor_ = std::make_unique<QueryExecutor>(*manager_, std::move(options));
  }
  static std::vector<RecordBatch> one(const Execution& execution) {
    return {numbers(*execution.params[0].get_if<std::int64_t>(), 1)};
  }
  static std::vector<SharedOutcome> each(std::span<const Execution> executions) {
    std::vector<SharedOutcome> answers;
    for (const Execution& execution : executions) {
      auto batches = one(execution);
      SchemaPtr schema = batches.front().schema();
      answers.emplace_back(SharedAnswer{std::move(schema), std::move(batches)});
    }
    return answers;
  }
  static QueryCall call(std::int64_t number, std::string sql = "SELECT") {
    return {.database = "customer_db", .sql = std::move(sql), .params = {number}};
  }
  static Result<std::int64_t> number_of(Result<ResultStream> stream) {
    if (!stream) return pass_error(stream);
    auto batch = stream->next();
    if (!batch) return pass_error(batch);
    const Rows rows({std::move(**batch)});
    const auto number = (*rows.begin())[0].as<std::int64_t>();
    // A quick statement is one that was seen to end.
    if (auto end = stream->next(); !end) return pass_error(end);
    return number;
  }
  std::future<Result<std::int64_t>> ask(QueryCall question) {
    auto answer = std::make_shared<std::promise<Result<std::int64_t>>>();
    auto future = answer->get_future();
    executor_->query(std::move(question), [answer](Result<ResultStream> stream) {
      answer->set_value(number_of(std::move(stream)));
    });
    return future;
  }
  void make_quick(const std::string& sql) {
    for (int i = 0; i < 1'000 && !manager_->placement(sql, "customer_db")->may_share; ++i)
      ASSERT_EQ(ask(call(i, sql)).get(), i);
    ASSERT_TRUE(manager_->placement(sql, "customer_db")->may_share);
  }

  std::function<Result<std::vector<RecordBatch>>(const Execution&)> alone_;
  std::function<std::vector<SharedOutcome>(std::span<const Execution>)> together_ = each;
  std::unique_ptr<QueryExecutor> executor_;
};

TEST_F(QueryExecutorTest, AnswersAQueryWithItsRows) {
  start();
  EXPECT_EQ(ask(call(7)).get(), 7);
}

TEST_F(QueryExecutorTest, AnswersForADatabaseThatIsNotThere) {
  start();
  QueryCall question = call(7);
  question.database = "customers";
  const auto answer = ask(std::move(question)).get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::not_found);
}

// Runs quick ones while one of them holds its connection until it is let go.
class SharedConnectionTest : public QueryExecutorTest {
 protected:
  // One query is under way, and `count` more come meanwhile: they wait for it and then run together.
  std::vector<std::future<Result<std::int64_t>>> gather(int count) {
    start({.max_quick = 1, .max_together = 32, .patience = 10s});
    // What holds the connection is another statement: it may turn out not to be quick on a slow machine.
    make_quick("HOLD");
    make_quick("SELECT");
    std::promise<void> reached;
    std::promise<void> go_on;
    std::atomic<bool> is_first = true;
    alone_ = [&](const Execution& execution) {
      if (is_first.exchange(false)) {
        reached.set_value();
        go_on.get_future().wait();
      }
      return Result<std::vector<RecordBatch>>(one(execution));
    };
    std::vector<std::future<Result<std::int64_t>>> answers;
    answers.push_back(ask(call(1'000, "HOLD")));
    reached.get_future().wait();
    for (int i = 1; i <= count; ++i)
      answers.push_back(ask(call(1'000 + i)));
    go_on.set_value();
    for (auto& answer : answers)
      answer.wait();
    alone_ = nullptr;
    return answers;
  }
};

TEST_F(SharedConnectionTest, WhatWaitsRunsTogetherAndEachGetsItsOwnAnswer) {
  std::vector<std::size_t> sizes;
  together_ = [&](std::span<const Execution> executions) {
    sizes.push_back(executions.size());
    return each(executions);
  };
  auto answers = gather(5);
  for (int i = 0; i <= 5; ++i)
    EXPECT_EQ(answers[static_cast<std::size_t>(i)].get(), 1'000 + i);
  EXPECT_THAT(sizes, ::testing::ElementsAre(5));
}

TEST_F(SharedConnectionTest, WhatAnotherOneKeptFromBeingDoneRunsAgain) {
  together_ = [](std::span<const Execution> executions) {
    auto answers = each(executions);
    answers[1] = Result<SharedAnswer>(fail(ErrorCode::invalid_argument, "division by zero"));
    for (std::size_t i = 2; i < answers.size(); ++i)
      answers[i].reset();
    return answers;
  };
  auto answers = gather(4);
  for (const int i : {0, 1, 3, 4})
    EXPECT_EQ(answers[static_cast<std::size_t>(i)].get(), 1'000 + i);
  const auto failed = answers[2].get();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "division by zero");
}

TEST_F(SharedConnectionTest, ADriverThatThrowsOrForgetsAnAnswerHarmsNoQuery) {
  together_ = [](std::span<const Execution> executions) -> std::vector<SharedOutcome> {
    if (executions.size() == 4) throw std::runtime_error("unforeseen");
    return {};
  };
  auto answers = gather(4);
  for (int i = 0; i <= 4; ++i)
    EXPECT_EQ(answers[static_cast<std::size_t>(i)].get(), 1'000 + i);
}

TEST_F(SharedConnectionTest, AStatementThatWasInTheWayHasToShowItselfQuickAgain) {
  together_ = [&](std::span<const Execution> executions) {
    return std::vector<SharedOutcome>(executions.size());
  };
  auto answers = gather(1);
  EXPECT_EQ(answers[1].get(), 1'001);
  answers = gather(3);
  for (int i = 0; i <= 3; ++i)
    EXPECT_EQ(answers[static_cast<std::size_t>(i)].get(), 1'000 + i);
}

TEST_F(SharedConnectionTest, ACallerIsAnsweredInItsTimeWhateverItsNeighboursTake) {
  start({.max_quick = 1, .max_together = 32, .patience = 10s});
  make_quick("HOLD");
  make_quick("SELECT");
  std::promise<void> let_go;
  auto released = let_go.get_future().share();
  std::promise<void> reached;
  // Outlives this test, as what runs may do.
  const auto is_first = std::make_shared<std::atomic<bool>>(true);
  alone_ = [&, is_first](const Execution& execution) {
    if (is_first->exchange(false)) {
      reached.set_value();
      released.wait();
    }
    return Result<std::vector<RecordBatch>>(one(execution));
  };
  std::promise<void> together_now;
  std::promise<void> end_together;
  together_ = [&](std::span<const Execution> executions) {
    together_now.set_value();
    end_together.get_future().wait();
    return each(executions);
  };
  auto first = ask(call(1, "HOLD"));
  reached.get_future().wait();
  QueryCall hasty = call(2);
  std::stop_source stop;
  hasty.options.stop = stop.get_token();
  auto stopped = ask(std::move(hasty));
  QueryCall bounded = call(3);
  bounded.options.timeout = 300ms;
  auto late = ask(std::move(bounded));
  auto patient = ask(call(4));
  let_go.set_value();
  together_now.get_future().wait();
  stop.request_stop();
  const auto stopped_answer = stopped.get();
  ASSERT_FALSE(stopped_answer);
  EXPECT_EQ(stopped_answer.error().code, ErrorCode::cancelled);
  const auto late_answer = late.get();
  ASSERT_FALSE(late_answer);
  EXPECT_EQ(late_answer.error().code, ErrorCode::timeout);
  EXPECT_EQ(patient.wait_for(0s), std::future_status::timeout);
  end_together.set_value();
  EXPECT_EQ(patient.get(), 4);
  EXPECT_EQ(first.get(), 1);
}

TEST_F(QueryExecutorTest, AStopAnswersWhatWaitsAndWhatComes) {
  start();
  std::latch running(10);
  std::promise<void> let_go;
  auto released = let_go.get_future().share();
  alone_ = [&](const Execution& execution) {
    running.count_down();
    released.wait();
    return Result<std::vector<RecordBatch>>(one(execution));
  };
  std::vector<std::future<Result<std::int64_t>>> answers;
  for (int i = 0; i < 12; ++i)
    answers.push_back(ask(call(i)));
  running.wait();
  executor_->stop();
  int refused = 0;
  for (int i = 10; i < 12; ++i)
    refused += answers[static_cast<std::size_t>(i)].get().has_value() ? 0 : 1;
  EXPECT_EQ(refused, 2);
  const auto after = ask(call(100)).get();
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().code, ErrorCode::unavailable);
  let_go.set_value();
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(answers[static_cast<std::size_t>(i)].get(), i);
}

TEST_F(QueryExecutorTest, WhatIsPostedRunsNoMoreAtATimeThanAllowed) {
  start({.max_posted = 2});
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  std::latch done(50);
  for (int i = 0; i < 50; ++i) {
    executor_->post([&] {
      const int now = ++running;
      int seen = most;
      while (seen < now && !most.compare_exchange_weak(seen, now)) {
      }
      std::this_thread::yield();
      --running;
      done.count_down();
    });
  }
  done.wait();
  EXPECT_LE(most, 2);
}

}  // namespace
}  // namespace penstock::server
