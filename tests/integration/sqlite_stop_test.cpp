// Deadline, cancel and stop requests, and that none of them harms what comes after.
#include <atomic>
#include <thread>

#include "sqlite_bank.hpp"

namespace penstock::sqlite {
namespace {

using SqliteStop = SqliteBank;

constexpr std::string_view kRunaway =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
constexpr std::string_view kEndlessRows =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";

TEST_F(SqliteStop, ADeadlineStopsARunawayQuery) {
  TestSource source = bank();
  source.deadline = Deadline::after(std::chrono::milliseconds(100));
  const Error error = source.error(kRunaway, "customer_db");
  EXPECT_EQ(error.code, ErrorCode::timeout);
  EXPECT_EQ(error.sqlstate, "57014");
  source.deadline = Deadline::never();
  EXPECT_EQ(source.text("SELECT 1", "customer_db"), "1");
}

// AddressSanitizer's memmem() looks at all that is left of the text, with every call.
#ifndef PENSTOCK_SANITIZED_ADDRESS
TEST_F(SqliteStop, ADeadlineStopsOneComparison) {
  TestSource source = bank();
  for (const std::string_view sql :
       {"SELECT hex(zeroblob(20000000)) LIKE '%' || hex(zeroblob(120)) || 'x'",
        "SELECT hex(zeroblob(20000000)) GLOB '*' || replace(hex(zeroblob(25)), '0', '[0-9]') || 'x'"}) {
    const auto begun = Deadline::Clock::now();
    source.deadline = Deadline::after(std::chrono::milliseconds(300));
    EXPECT_EQ(source.error(sql, "customer_db").code, ErrorCode::timeout) << sql;
    EXPECT_LT(Deadline::Clock::now() - begun, std::chrono::seconds(5)) << "by itself it takes minutes";
  }
}
#endif

TEST_F(SqliteStop, ADeadlineThatIsOverStartsNothing) {
  TestSource source = bank();
  EXPECT_EQ(source.text("SELECT 1", "customer_db"), "1");
  source.deadline = Deadline::at(Deadline::Clock::now());
  EXPECT_EQ(source.error("SELECT 1", "customer_db").code, ErrorCode::timeout);
}

TEST_F(SqliteStop, CancelFromAnotherThreadStopsIt) {
  TestSource source = bank();
  Connection& connection = source.connection();
  std::atomic<bool> done{false};
  std::jthread canceller([&] {
    while (!done) {
      connection.cancel();
      std::this_thread::yield();
    }
  });
  EXPECT_EQ(source.error(kRunaway, "customer_db").code, ErrorCode::cancelled);
  done = true;
  canceller.join();
  EXPECT_EQ(source.text("SELECT 1", "customer_db"), "1");
}

TEST_F(SqliteStop, AStopRequestStopsIt) {
  TestSource source = bank();
  std::stop_source stop;
  source.stop = stop.get_token();
  std::jthread requester([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    stop.request_stop();
  });
  EXPECT_EQ(source.error(kRunaway, "customer_db").code, ErrorCode::cancelled);
}

TEST_F(SqliteStop, ALateCancelHarmsNothing) {
  TestSource source = bank();
  source.connection().cancel();
  EXPECT_EQ(source.text("SELECT 1", "customer_db"), "1");
  source.connection().cancel();
  EXPECT_EQ(source.text("SELECT 2", "customer_db"), "2");
}

TEST_F(SqliteStop, CancelBetweenBatchesEndsTheStream) {
  TestSource source = bank();
  const Analysis analysis = *source.source().analyze({kEndlessRows, "customer_db"});
  const Params none;
  const Execution execution{
      .sql = kEndlessRows, .database = "customer_db", .params = none, .analysis = analysis};
  {
    auto reader = source.connection().execute(execution);
    ASSERT_TRUE(reader);
    ASSERT_TRUE((*reader)->next()->has_value());
    source.connection().cancel();
    auto ended = (*reader)->next();
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, ErrorCode::cancelled);
    EXPECT_EQ((*reader)->next().error().code, ErrorCode::cancelled) << "and stays so";
  }
  EXPECT_EQ(source.text("SELECT 1", "customer_db"), "1");
}

TEST_F(SqliteStop, DroppingAReaderEndsTheStatementAndItsLock) {
  TestSource source = bank();
  const std::string_view sql = "SELECT a.id FROM customers a, customers b";
  const Analysis analysis = *source.source().analyze({kEndlessRows, "customer_db"});
  const Params none;
  {
    const Execution execution{
        .sql = kEndlessRows, .database = "customer_db", .params = none, .analysis = analysis};
    auto reader = source.connection().execute(execution);
    ASSERT_TRUE(reader);
    const auto second = source.connection().execute(execution);
    ASSERT_FALSE(second) << "one statement at a time";
    EXPECT_EQ(second.error().code, ErrorCode::internal);
  }
  EXPECT_EQ(source.run(sql, "customer_db")->rows().size(), 4);
  EXPECT_NO_THROW(
      run_sql(folder / "customer_db.sqlite", "INSERT INTO customers (name) VALUES ('no lock is held')"));
}

}  // namespace
}  // namespace penstock::sqlite
