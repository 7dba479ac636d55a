// Runs that an event loop sends and awaits, one behind the other on one connection.
#include <atomic>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "manager_fixture.hpp"
#include "server/http_loop_waits.hpp"
#include "server/query_executor.hpp"

namespace penstock::server {
namespace {

using namespace std::chrono_literals;
using penstock::testing::numbers;
using ::testing::ElementsAre;

// A run that is under way at the node, which is the test: each query's answer is its first parameter.
struct Sent {
  const Connection* connection;
  std::vector<std::int64_t> asked;
  std::size_t answered_before = 0;  // of all questions
  SharedReads::State state = SharedReads::State::waiting;
  int readable = eventfd(0, EFD_CLOEXEC);
  std::atomic<bool> is_finished = false;
};

class SentReads final : public SharedReads {
 public:
  explicit SentReads(std::shared_ptr<Sent> sent) : sent_(std::move(sent)) {}
  ~SentReads() override { close(sent_->readable); }
  [[nodiscard]] int socket() const noexcept override { return sent_->readable; }
  [[nodiscard]] State advance() override { return sent_->state; }
  [[nodiscard]] std::vector<SharedOutcome> finish() override {
    EXPECT_FALSE(sent_->is_finished.exchange(true));
    std::vector<SharedOutcome> outcomes;
    for (const std::int64_t number : sent_->asked) {
      auto batches = std::vector{numbers(number, 1)};
      SchemaPtr schema = batches.front().schema();
      outcomes.emplace_back(SharedAnswer{std::move(schema), std::move(batches)});
    }
    return outcomes;
  }

 private:
  std::shared_ptr<Sent> sent_;
};

// This thread is the loop's.
class QueryExecutorLoopTest : public penstock::Manager {
 protected:
  void SetUp() override {
    loop_->adopt_thread();
    script_->execute = [](const Execution& execution) {
      return Result<std::vector<RecordBatch>>(
          std::vector{numbers(*execution.params[0].get_if<std::int64_t>(), 1)});
    };
    script_->execute_together = [](std::span<const Execution> executions) {
      return std::vector<SharedOutcome>(executions.size());
    };
    script_->begin_together = [this](const Connection& connection, std::span<const Execution> executions) {
      auto sent = std::make_shared<Sent>(&connection);
      sent->answered_before = answered().size();
      for (const Execution& execution : executions)
        sent->asked.push_back(*execution.params[0].get_if<std::int64_t>());
      sent_.push_back(sent);
      return std::make_unique<SentReads>(std::move(sent));
    };
    load();
    start(1min);  // a slow machine is not what is asked here
    for (int i = 0; i < 1'000 && !manager_->placement("SELECT", "customer_db")->may_share; ++i) {
      ask(i);
      wait_for(1);
      answered_.clear();
    }
    ASSERT_TRUE(manager_->placement("SELECT", "customer_db")->may_share);
  }
  void start(std::chrono::milliseconds long_behind) {
    executor_ = std::make_unique<QueryExecutor>(
        *manager_, ExecutorOptions{.patience = 1min, .long_behind = long_behind});
  }
  void TearDown() override {
    loop_->end_all();
    turn();
    executor_.reset();
    manager_.reset();
  }

  void ask(std::int64_t number, const std::stop_token& stop = {}) {
    QueryCall call{.database = "customer_db", .sql = "SELECT", .params = {number}};
    call.options.stop = stop;
    executor_->query(std::move(call), [this, number](Result<ResultStream> stream) {
      auto batch = stream ? stream->next() : Result<std::optional<RecordBatch>>(pass_error(stream));
      std::int64_t answer = -number;
      if (batch && *batch) {
        const Rows rows({std::move(**batch)});
        answer = (*rows.begin())[0].as<std::int64_t>();
        EXPECT_FALSE(*stream->next());
      }
      const std::scoped_lock lock(mutex_);
      answered_.push_back(answer);
    });
  }
  [[nodiscard]] std::vector<std::int64_t> answered() {
    const std::scoped_lock lock(mutex_);
    return answered_;
  }
  // Also for what is deferred meanwhile.
  void turn() {
    for (int i = 0; i < 3; ++i)
      context_->poll();
  }
  void wait_for(std::size_t answers) {
    for (int i = 0; i < 10'000 && answered().size() < answers; ++i) {
      turn();
      std::this_thread::sleep_for(1ms);
    }
    ASSERT_EQ(answered().size(), answers);
  }
  // The node says so, and the loop hears it.
  void reach(Sent& sent, SharedReads::State state) {
    sent.state = state;
    const std::uint64_t one = 1;
    EXPECT_EQ(write(sent.readable, &one, sizeof one), sizeof one);
    turn();
  }
  // Ends what is under way, and what is sent meanwhile.
  void end_all(std::size_t answers) {
    for (int i = 0; i < 10'000 && answered().size() < answers; ++i) {
      for (const auto& sent : std::vector(sent_)) {
        if (sent->state == SharedReads::State::waiting) reach(*sent, SharedReads::State::here);
      }
      turn();
      std::this_thread::sleep_for(1ms);
    }
    ASSERT_EQ(answered().size(), answers);
  }
  // Two runs, the second of which was sent behind the first. That is done once a run was seen to take no
  // time, which a busy machine may keep from being so.
  void send_two(const std::stop_token& of_the_second = {}) {
    for (int attempt = 0; attempt < 1'000; ++attempt) {
      ask(1);
      turn();
      ask(2, of_the_second);
      turn();
      if (sent_.size() == 2 && sent_[0]->connection == sent_[1]->connection) return;
      ASSERT_NO_FATAL_FAILURE(end_all(2));
      sent_.clear();
      answered_.clear();
    }
    FAIL() << "nothing followed";
  }

  std::shared_ptr<LoopContext> context_ = std::make_shared<LoopContext>();
  std::shared_ptr<HttpLoopWaits> loop_ = std::make_shared<HttpLoopWaits>(context_, [] {}, [] {});
  std::unique_ptr<QueryExecutor> executor_;
  std::vector<std::shared_ptr<Sent>> sent_;
  std::mutex mutex_;  // of what follows
  std::vector<std::int64_t> answered_;
};

TEST_F(QueryExecutorLoopTest, ARunIsSentBehindAnotherAndAnsweredAfterIt) {
  ASSERT_NO_FATAL_FAILURE(send_two());
  sent_[1]->state = SharedReads::State::here;
  EXPECT_THAT(answered(), ElementsAre());
  reach(*sent_[0], SharedReads::State::here);
  EXPECT_THAT(answered(), ElementsAre(1, 2)) << "without another word from the node";
}

TEST_F(QueryExecutorLoopTest, WhatComesNextIsSentBehindTheOneThatIsLeft) {
  // Not when the first was seen to take long after all.
  bool followed = false;
  for (int attempt = 0; attempt < 1'000 && !followed; ++attempt) {
    sent_.clear();
    answered_.clear();
    ASSERT_NO_FATAL_FAILURE(send_two());
    reach(*sent_[0], SharedReads::State::here);
    EXPECT_THAT(answered(), ElementsAre(1));
    ask(3);
    turn();
    if (sent_.size() == 3) {
      followed = sent_[2]->connection == sent_[1]->connection;
      reach(*sent_[1], SharedReads::State::here);
      reach(*sent_[2], SharedReads::State::here);
      EXPECT_THAT(answered(), ElementsAre(1, 2, 3));
    } else {
      ASSERT_NO_FATAL_FAILURE(end_all(3));
    }
  }
  EXPECT_TRUE(followed);
}

TEST_F(QueryExecutorLoopTest, WhatWaitsIsSentBeforeTheAnswersOfTheRunBeforeItAreWritten) {
  // One that waited for long on a busy machine goes to a worker.
  for (int attempt = 0; attempt < 1'000; ++attempt) {
    ASSERT_NO_FATAL_FAILURE(send_two());
    ask(3);
    turn();
    const bool waits = sent_.size() == 2;
    reach(*sent_[0], SharedReads::State::here);
    if (waits && sent_.size() == 3) {
      EXPECT_EQ(sent_[2]->answered_before, 0U);
      EXPECT_THAT(answered(), ElementsAre(1));
      reach(*sent_[1], SharedReads::State::here);
      reach(*sent_[2], SharedReads::State::here);
      EXPECT_THAT(answered(), ElementsAre(1, 2, 3));
      return;
    }
    ASSERT_NO_FATAL_FAILURE(end_all(3));
    sent_.clear();
    answered_.clear();
  }
  FAIL() << "the loop sent nothing that waited";
}

TEST_F(QueryExecutorLoopTest, WhatIsBehindOneThatMayWaitIsFinishedAfterItOnAWorker) {
  ASSERT_NO_FATAL_FAILURE(send_two());
  reach(*sent_[0], SharedReads::State::uncertain);
  ASSERT_NO_FATAL_FAILURE(wait_for(2));
  EXPECT_THAT(answered(), ElementsAre(1, 2));
  EXPECT_TRUE(sent_[0]->is_finished);
  EXPECT_TRUE(sent_[1]->is_finished);
  const auto running = [this] { return executor_->statistics().front().running; };
  for (int i = 0; i < 10'000 && running() != 0; ++i)
    std::this_thread::sleep_for(1ms);
  EXPECT_EQ(running(), 0U) << "the lane has both of its places back";
}

TEST_F(QueryExecutorLoopTest, WhatIsLongBehindAnotherRunsByItself) {
  start(20ms);
  ASSERT_NO_FATAL_FAILURE(send_two());
  ASSERT_NO_FATAL_FAILURE(wait_for(1));
  EXPECT_THAT(answered(), ElementsAre(2)) << "by a worker, on another connection";
  EXPECT_FALSE(sent_[1]->is_finished);
  reach(*sent_[0], SharedReads::State::here);
  EXPECT_THAT(answered(), ElementsAre(2, 1));
  // Nobody waits for it any more, so it is cancelled.
  for (int i = 0; i < 10'000 && !sent_[1]->is_finished; ++i) {
    turn();
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_TRUE(sent_[1]->is_finished);
  EXPECT_THAT(answered(), ElementsAre(2, 1)) << "and not once more";
}

TEST_F(QueryExecutorLoopTest, NothingIsCancelledForWhoLeavesWhileOthersAreAhead) {
  std::stop_source stop;
  ASSERT_NO_FATAL_FAILURE(send_two(stop.get_token()));
  stop.request_stop();
  wait_for(1);
  EXPECT_THAT(answered(), ElementsAre(-2));
  std::this_thread::sleep_for(10ms);  // some ticks
  EXPECT_EQ(script_->cancels, 0);
  reach(*sent_[0], SharedReads::State::here);
  EXPECT_THAT(answered(), ElementsAre(-2, 1));
  for (int i = 0; i < 10'000 && script_->cancels == 0; ++i)
    std::this_thread::sleep_for(1ms);
  EXPECT_EQ(script_->cancels, 1) << "now nobody else has anything from it";
}

}  // namespace
}  // namespace penstock::server
