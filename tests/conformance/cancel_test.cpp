// A query stops when its caller says so, from any thread, and nothing else does.
#include <future>
#include <stop_token>

#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"

namespace penstock::conformance {
namespace {

class CancelTest : public ConformanceTest {
 protected:
  CancelTest() { configure({.connection = {{"max_pool_size", "1"}, {"min_pool_size", "0"}}}); }
};

TEST_P(CancelTest, FromAnotherThreadStopsWhatGivesNoRow) {
  const Statement statement = here().endless_silence("customer_db");
  std::stop_source stop;
  auto answer = std::async(
      std::launch::async, [&] { return query(statement.sql, statement.params, {.stop = stop.get_token()}); });
  ASSERT_TRUE(wait_until([&] { return pool().leased == 1; }));
  stop.request_stop();
  ASSERT_EQ(answer.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  const QueryResult result = answer.get();
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.code, ErrorCode::cancelled) << result.error;
  EXPECT_EQ(people_lines(), kPeople);
}

TEST_P(CancelTest, BetweenBatchesStopsAStream) {
  const Statement statement = here().endless_rows("customer_db");
  std::stop_source stop;
  auto stream =
      manager().stream_query(statement.sql, "customer_db", statement.params, {.stop = stop.get_token()});
  ASSERT_TRUE(stream) << stream.error().message;
  const auto first = stream->next();
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_TRUE(*first);
  stop.request_stop();
  const Drained rest = drain(*stream);
  ASSERT_TRUE(rest.error);
  EXPECT_EQ(rest.error->code, ErrorCode::cancelled) << rest.error->message;
  EXPECT_EQ(people_lines(), kPeople);
}

TEST_P(CancelTest, BeforeTheStartRunsNothing) {
  std::stop_source stop;
  stop.request_stop();
  const QueryResult result = query(language().rows("people"), {}, {.stop = stop.get_token()});
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.code, ErrorCode::cancelled) << result.error;
  EXPECT_FALSE(
      manager().stream_query(language().rows("people"), "customer_db", {}, {.stop = stop.get_token()}));
  EXPECT_EQ(people_lines(), kPeople);
}

TEST_P(CancelTest, BeforeTheStartWritesNothing) {
  PENSTOCK_NEEDS(Feature::writes);
  configure({.access = Access::read_write});
  std::stop_source stop;
  stop.request_stop();
  const QueryResult result =
      query(language().insert("people", 3), {"p4", "Barbara", nullptr}, {.stop = stop.get_token()});
  EXPECT_EQ(result.code, ErrorCode::cancelled) << result.error;
  EXPECT_EQ(people_lines(), kPeople);
}

TEST_P(CancelTest, OfAWriteThatIsDoneDoesNotDenyIt) {
  PENSTOCK_NEEDS(Feature::writes);
  configure({.access = Access::read_write});
  std::stop_source stop;
  auto stream = manager().stream_query(language().insert("people", 3), "customer_db",
                                       {"p4", "Barbara", nullptr}, {.stop = stop.get_token()});
  ASSERT_TRUE(stream) << stream.error().message;
  stop.request_stop();
  const Drained drained = drain(*stream);
  const bool written = people_lines().size() == kPeople.size() + 1;
  if (written) {
    EXPECT_FALSE(drained.error) << drained.error->message;
    EXPECT_EQ(stream->summary().affected_rows, 1);
  } else {
    ASSERT_TRUE(drained.error);
    EXPECT_EQ(drained.error->code, ErrorCode::cancelled) << drained.error->message;
  }
}

TEST_P(CancelTest, AfterTheEndDoesNotTouchTheNextQuery) {
  for (int i = 0; i < 20; ++i) {
    std::stop_source stop;
    const QueryResult done = query(language().rows("people"), {}, {.stop = stop.get_token()});
    ASSERT_TRUE(done.success) << done.error;
    stop.request_stop();
    ASSERT_EQ(people_lines(), kPeople);
  }
}

TEST_P(CancelTest, OfOneQueryLeavesTheNextOnTheSameConnectionAlone) {
  for (int i = 0; i < 10; ++i) {
    const Statement statement = here().endless_rows("customer_db");
    std::stop_source stop;
    auto stream =
        manager().stream_query(statement.sql, "customer_db", statement.params, {.stop = stop.get_token()});
    ASSERT_TRUE(stream) << stream.error().message;
    std::jthread canceller([&] { stop.request_stop(); });
    const Drained drained = drain(*stream);
    ASSERT_TRUE(drained.error);
    EXPECT_EQ(drained.error->code, ErrorCode::cancelled) << drained.error->message;
    ASSERT_EQ(people_lines(), kPeople);
  }
}

TEST_P(CancelTest, WhileWaitingForAConnectionLeavesTheQueue) {
  const Statement statement = here().endless_rows("customer_db");
  auto holder = manager().stream_query(statement.sql, "customer_db", statement.params);
  ASSERT_TRUE(holder) << holder.error().message;
  std::stop_source stop;
  auto answer = std::async(std::launch::async,
                           [&] { return query(language().rows("people"), {}, {.stop = stop.get_token()}); });
  ASSERT_TRUE(wait_until([&] { return pool().waiting == 1; }));
  stop.request_stop();
  EXPECT_EQ(answer.get().code, ErrorCode::cancelled);
  EXPECT_EQ(pool().waiting, 0);
}

TEST_P(CancelTest, DroppingAStreamEndsItsQuery) {
  for (int i = 0; i < 5; ++i) {
    const Statement statement = here().endless_rows("customer_db");
    auto stream = manager().stream_query(statement.sql, "customer_db", statement.params);
    ASSERT_TRUE(stream) << stream.error().message;
    const auto first = stream->next();
    ASSERT_TRUE(first) << first.error().message;
  }
  EXPECT_TRUE(wait_until([&] { return pool().leased == 0; }));
  EXPECT_EQ(people_lines(), kPeople);
}

PENSTOCK_CONFORMANCE_SUITE(CancelTest);

}  // namespace
}  // namespace penstock::conformance
