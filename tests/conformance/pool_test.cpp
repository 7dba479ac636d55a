// The pool's bounds as the engine sees them.
#include <chrono>

#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"

namespace penstock::conformance {
namespace {

using namespace std::chrono_literals;

class PoolTest : public ConformanceTest {
 protected:
  PoolTest() {
    configure({.connection = {{"max_pool_size", "2"}, {"min_pool_size", "0"}, {"acquire_timeout", "2s"}}});
  }
  // A query that holds its connection until the stream goes.
  [[nodiscard]] ResultStream hold() {
    const Statement statement = here().endless_rows("customer_db");
    auto stream = manager().stream_query(statement.sql, "customer_db", statement.params);
    if (!stream) throw std::runtime_error(stream.error().message);
    const auto batch = stream->next();
    if (!batch) throw std::runtime_error(batch.error().message);
    return std::move(*stream);
  }
};

TEST_P(PoolTest, NeverHoldsMoreThanItsLimit) {
  auto first = std::make_optional(hold());
  const auto second = hold();
  EXPECT_EQ(pool().leased, 2);
  const QueryResult third = query(language().rows("people"));
  EXPECT_FALSE(third.success);
  EXPECT_TRUE(third.code == ErrorCode::timeout || third.code == ErrorCode::overloaded) << third.error;
  EXPECT_TRUE(third.retryable);
  EXPECT_EQ(pool().total, 2);
  if (has(Feature::counted_connections)) {
    EXPECT_LE(here().open_connections(), 2);
  }

  first.reset();
  EXPECT_EQ(people_lines(), kPeople);
}

TEST_P(PoolTest, ConnectsNoMoreOftenThanItMust) {
  for (int i = 0; i < 20; ++i)
    ASSERT_EQ(people_lines(), kPeople);
  EXPECT_EQ(pool().connects, 1U);
  EXPECT_EQ(pool().connect_failures, 0U);
  EXPECT_EQ(pool().idle, 1);
}

TEST_P(PoolTest, OpensNothingBeforeTheFirstQuery) {
  (void)manager();
  EXPECT_EQ(pool().total, 0);
  if (has(Feature::counted_connections)) {
    EXPECT_EQ(here().open_connections(), 0);
  }
}

TEST_P(PoolTest, KeepsItsMinimum) {
  configure({.connection = {{"max_pool_size", "2"}, {"min_pool_size", "2"}}});
  EXPECT_EQ(pool().total + pool().connecting, 0);
  manager().warm_up();
  EXPECT_TRUE(wait_until([&] { return pool().idle == 2; }));
  EXPECT_EQ(people_lines(), kPeople);
}

TEST_P(PoolTest, ClosesWhatItOpened) {
  {
    const auto stream = hold();
    ASSERT_EQ(people_lines(), kPeople);
  }
  manager().close();
  PENSTOCK_NEEDS(Feature::counted_connections);
  EXPECT_TRUE(wait_until([&] { return here().open_connections() == 0; }));
}

TEST_P(PoolTest, DropsWhatIsIdleTooLong) {
  configure({.connection = {{"max_pool_size", "2"}, {"min_pool_size", "0"}, {"idle_timeout", "50ms"}}});
  ASSERT_EQ(people_lines(), kPeople);
  EXPECT_TRUE(wait_until([&] { return pool().total == 0; }));
  if (has(Feature::counted_connections)) {
    EXPECT_TRUE(wait_until([&] { return here().open_connections() == 0; }));
  }
  EXPECT_EQ(people_lines(), kPeople);
}

PENSTOCK_CONFORMANCE_SUITE(PoolTest);

}  // namespace
}  // namespace penstock::conformance
