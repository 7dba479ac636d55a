// Queries that share connections: each is answered once, with the answer to its own question, whatever its
// neighbours do.
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "integration/postgresql_site.hpp"
#include "server/query_executor.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

// How many queries; PENSTOCK_ISOLATION_QUERIES says another number, such as the millions that were run once.
int query_count() {
  const char* text = std::getenv("PENSTOCK_ISOLATION_QUERIES");  // NOLINT(concurrency-mt-unsafe)
  int count = 30'000;
  if (text != nullptr) std::from_chars(text, text + std::char_traits<char>::length(text), count);
  return count;
}

enum class Kind : std::uint8_t { plain, failing, large, hasty, dropped, slow_reader, literal };

struct Question {
  Kind kind = Kind::plain;
  std::int64_t number = 0;
  std::string database;
  std::string role;
};

// What is seen of a server by one role: a manager and an executor over one connection, so that all share it.
struct Door {
  std::string role;
  std::unique_ptr<DataSourceManager> manager;
  std::unique_ptr<server::QueryExecutor> executor;
};

class IsolationTest : public testing::Test {
 protected:
  void SetUp() override {
    PENSTOCK_NEEDS_POSTGRESQL();
    site_ = std::make_unique<PostgresqlSite>();
    site_->run(R"(
      CREATE TABLE customer_db.mark (database text); INSERT INTO customer_db.mark VALUES ('customer_db');
      CREATE TABLE accounts_db.mark (database text); INSERT INTO accounts_db.mark VALUES ('accounts_db');
      CREATE ROLE left_reader; CREATE ROLE right_reader;
      GRANT USAGE ON SCHEMA customer_db, accounts_db TO left_reader, right_reader;
      GRANT SELECT ON customer_db.mark, accounts_db.mark TO left_reader, right_reader)");
    for (const char* role : {"left_reader", "right_reader"}) {
      Door& door = doors_.emplace_back();
      door.role = role;
      door.manager = site_->manager(
          {.connection = {
               {"max_pool_size", "1"}, {"max_waiting", "2000"}, {"acquire_timeout", "60s"}, {"role", role}}});
      server::ExecutorOptions options;
      options.on_together = [this](std::size_t count) { shared_ += static_cast<std::int64_t>(count); };
      options.patience = 1s;
      door.executor = std::make_unique<server::QueryExecutor>(*door.manager, std::move(options));
    }
  }
  void TearDown() override {
    for (Door& door : doors_) {
      door.executor.reset();
      door.manager.reset();
    }
  }

  static server::QueryCall call_of(const Question& question) {
    server::QueryCall call;
    call.database = question.database;
    switch (question.kind) {
      case Kind::failing:  // one in three of them divides by zero
        call.sql = "SELECT $1::bigint, database, current_user::text, 1 / ($1::bigint % 3) FROM mark";
        call.params = {question.number};
        break;
      case Kind::large:
        call.sql = "SELECT $1::bigint, database, current_user::text, repeat('x', $2::int) FROM mark";
        call.params = {question.number, std::int64_t{question.number % 50 == 0 ? 200'000 : 20}};
        break;
      case Kind::literal:
        call.sql =
            "SELECT " + std::to_string(question.number) + "::bigint, database, current_user::text FROM mark";
        break;
      default:
        call.sql = "SELECT $1::bigint, database, current_user::text FROM mark";
        call.params = {question.number};
    }
    if (question.kind == Kind::hasty) call.options.timeout = 3ms;
    return call;
  }

  // What is wrong with an answer; empty: nothing.
  static std::string fault_of(const Question& question, Result<ResultStream> stream) {
    if (!stream) return fault_of(question, stream.error());
    if (question.kind == Kind::slow_reader) std::this_thread::yield();
    auto batch = stream->next();
    if (!batch) return fault_of(question, batch.error());
    if (!*batch) return "no row";
    const Rows rows({std::move(**batch)});
    const Row row = *rows.begin();
    if (row[0].as<std::int64_t>() != question.number) {
      return "the answer to " + std::to_string(row[0].as<std::int64_t>());
    }
    if (row[1].as<std::string_view>() != question.database) return "another database's row";
    if (row[2].as<std::string_view>() != question.role) return "another role's row";
    if (question.kind == Kind::failing && question.number % 3 == 0) return "a row instead of an error";
    const auto end = stream->next();
    if (!end) return fault_of(question, end.error());
    return *end ? "a second row" : "";
  }
  static std::string fault_of(const Question& question, const Error& error) {
    const bool divides = question.kind == Kind::failing && question.number % 3 == 0;
    if (divides && error.sqlstate == "22012") return "";
    if (question.kind == Kind::hasty && error.code == ErrorCode::timeout) return "";
    if (question.kind == Kind::dropped && error.code == ErrorCode::cancelled) return "";
    return "failed: " + error.message;
  }

  // Waits until fewer than `limit` are under way.
  void wait_for_fewer_than(int limit) {
    std::unique_lock lock(mutex_);
    fewer_.wait(lock, [&] { return under_way_ < limit; });
  }
  void ask(Door& door, const Question& question, std::mt19937& random) {
    auto call = call_of(question);
    std::stop_source stop;
    if (question.kind == Kind::dropped) call.options.stop = stop.get_token();
    {
      const std::scoped_lock lock(mutex_);
      ++under_way_;
    }
    auto times = std::make_shared<std::atomic<int>>(0);
    door.executor->query(std::move(call), [this, question, times](Result<ResultStream> stream) {
      std::string fault = fault_of(question, std::move(stream));
      if (++*times != 1) fault = "answered twice";
      const std::scoped_lock lock(mutex_);
      --under_way_;
      ++answered_;
      if (!fault.empty() && faults_.size() < 10) {
        faults_.push_back("question " + std::to_string(question.number) + " of kind " +
                          std::to_string(static_cast<int>(question.kind)) + ": " + fault);
      }
      fewer_.notify_all();
    });
    if (question.kind == Kind::dropped && random() % 2 == 0) stop.request_stop();
  }

  std::unique_ptr<PostgresqlSite> site_;
  std::vector<Door> doors_;
  std::atomic<std::int64_t> shared_ = 0;
  std::mutex mutex_;
  std::condition_variable fewer_;
  int under_way_ = 0;
  int answered_ = 0;
  std::vector<std::string> faults_;
};

TEST_F(IsolationTest, EveryQuestionGetsItsOwnAnswerOnce) {
  constexpr int kAskers = 2;
  const int count = query_count();
  {
    std::vector<std::jthread> askers;
    for (int asker = 0; asker < kAskers; ++asker) {
      askers.emplace_back([&, asker] {
        std::mt19937 random(static_cast<unsigned>(asker) + 1);
        for (int i = asker; i < count; i += kAskers) {
          wait_for_fewer_than(64);
          Question question;
          question.number = i;
          // Most are plain, so that there is somebody to be confused with.
          const auto dice = random() % 20;
          question.kind = dice < 7 ? static_cast<Kind>(dice) : Kind::plain;
          question.database = random() % 8 == 0 ? "accounts_db" : "customer_db";
          Door& door = doors_[random() % doors_.size()];
          question.role = door.role;
          ask(door, question, random);
        }
      });
    }
  }
  wait_for_fewer_than(1);
  EXPECT_EQ(answered_, count);
  EXPECT_TRUE(faults_.empty()) << testing::PrintToString(faults_);
  EXPECT_GT(shared_, 1'000) << "too few shared a connection for this to show anything";
}

}  // namespace
}  // namespace penstock::test
