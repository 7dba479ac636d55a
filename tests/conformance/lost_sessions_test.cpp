// Sessions that end in the middle of a query: it fails, or runs again, and is never half an answer.
#include <chrono>
#include <future>

#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"

namespace penstock::conformance {
namespace {

class LostSessionsTest : public ConformanceTest {
 protected:
  LostSessionsTest() { configure({.connection = {{"max_pool_size", "1"}, {"min_pool_size", "0"}}}); }

  // Rows have come out of it, and more would without end.
  [[nodiscard]] ResultStream flowing() {
    const Statement statement = here().endless_rows("customer_db");
    auto stream = manager().stream_query(statement.sql, "customer_db", statement.params);
    if (!stream) throw std::runtime_error(stream.error().message);
    if (auto batch = stream->next(); !batch || !*batch) throw std::runtime_error("no rows flow");
    return std::move(*stream);
  }
  void expect_lost(ResultStream& stream) {
    const Drained drained = drain(stream);
    ASSERT_TRUE(drained.error);
    EXPECT_EQ(drained.error->code, ErrorCode::unavailable) << drained.error->message;
    EXPECT_TRUE(drained.error->retryable);
    EXPECT_FALSE(drained.error->message.empty());
    EXPECT_FALSE(stream.next()) << "a part must not be taken for the whole";
    EXPECT_EQ(pool().leased, 0);
  }
  // The answer to a statement without end whose sessions are ended, one after the other.
  [[nodiscard]] QueryResult lost_again_and_again(const Statement& statement) {
    auto answer = std::async(std::launch::async, [&] { return query(statement.sql, statement.params); });
    EXPECT_TRUE(wait_until([&] {
      if (pool().leased == 1) here().end_sessions();
      return answer.wait_for(std::chrono::milliseconds(20)) == std::future_status::ready;
    }));
    return answer.get();
  }
};

TEST_P(LostSessionsTest, AStreamWhoseSessionIsEndedFails) {
  PENSTOCK_NEEDS(Feature::sessions);
  ResultStream stream = flowing();
  here().end_sessions();
  expect_lost(stream);
  EXPECT_EQ(people_lines(), kPeople);
}

TEST_P(LostSessionsTest, AStreamWhoseServerDiesFails) {
  PENSTOCK_NEEDS(Feature::sessions);
  ResultStream stream = flowing();
  here().crash();
  expect_lost(stream);
  EXPECT_TRUE(wait_until([&] { return query(language().rows("people")).success; }));
  EXPECT_EQ(people_lines(), kPeople);
}

TEST_P(LostSessionsTest, AnAnswerThatIsLostTwiceIsNone) {
  PENSTOCK_NEEDS(Feature::sessions);
  for (const Statement& statement :
       {here().endless_rows("customer_db"), here().endless_silence("customer_db")}) {
    SCOPED_TRACE(statement.sql);
    const QueryResult result = lost_again_and_again(statement);
    EXPECT_FALSE(result.success);
    EXPECT_EQ(result.code, ErrorCode::unavailable) << result.error;
    EXPECT_TRUE(result.data.empty());
    EXPECT_EQ(result.row_count, 0);
    EXPECT_TRUE(wait_until([&] { return query(language().rows("people")).success; }));
  }
}

PENSTOCK_CONFORMANCE_SUITE(LostSessionsTest);

}  // namespace
}  // namespace penstock::conformance
