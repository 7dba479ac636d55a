// A query ends by its deadline, wherever it is, and leaves nothing behind.
#include <chrono>

#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"

namespace penstock::conformance {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// What a loaded machine may add to a deadline.
constexpr auto kSlack = 5s;
// Of the datasource: within it the next query connects anew and is answered.
constexpr const char* kShort = "1500ms";

class DeadlineTest : public ConformanceTest {
 protected:
  DeadlineTest() { configure({.connection = kOneConnection}); }

  static inline const std::vector<std::pair<std::string, std::string>> kOneConnection{{"max_pool_size", "1"},
                                                                                      {"min_pool_size", "0"}};
  void expect_timeout(const QueryOptions& options, Clock::duration at_least) {
    const Statement statement = here().endless_silence("customer_db");
    const auto start = Clock::now();
    const QueryResult result = query(statement.sql, statement.params, options);
    const auto taken = Clock::now() - start;
    EXPECT_FALSE(result.success);
    EXPECT_EQ(result.code, ErrorCode::timeout) << result.error;
    EXPECT_GE(taken, at_least);
    EXPECT_LT(taken, at_least + kSlack);
    EXPECT_EQ(people_lines(), kPeople);
  }
};

TEST_P(DeadlineTest, StopsWhatGivesNoRow) {
  expect_timeout({.timeout = 100ms}, 100ms);
}

TEST_P(DeadlineTest, StopsAStreamThatWouldNotEnd) {
  ASSERT_EQ(people_lines(), kPeople);  // so that the time is the stream's and not that of connecting
  const Statement statement = here().endless_rows("customer_db");
  const auto start = Clock::now();
  auto stream = manager().stream_query(statement.sql, "customer_db", statement.params, {.timeout = 1s});
  ASSERT_TRUE(stream) << stream.error().message;
  const Drained drained = drain(*stream);
  ASSERT_TRUE(drained.error);
  EXPECT_EQ(drained.error->code, ErrorCode::timeout) << drained.error->message;
  EXPECT_GT(drained.rows, 0);
  EXPECT_LT(Clock::now() - start, 1s + kSlack);
  EXPECT_EQ(people_lines(), kPeople);
}

TEST_P(DeadlineTest, IsTheDatasourcesUnlessTheQuerySetsOne) {
  configure({.datasource = {{"statement_timeout", kShort}}, .connection = kOneConnection});
  expect_timeout({}, 1500ms);
}

TEST_P(DeadlineTest, OfAQueryCanOnlyTightenTheDatasources) {
  configure({.datasource = {{"statement_timeout", kShort}}, .connection = kOneConnection});
  expect_timeout({.timeout = 1h}, 1500ms);
  expect_timeout({.timeout = 50ms}, 50ms);
}

TEST_P(DeadlineTest, CountsFromTheCallAndNotFromTheConnection) {
  const Statement statement = here().endless_rows("customer_db");
  auto holder = manager().stream_query(statement.sql, "customer_db", statement.params);
  ASSERT_TRUE(holder) << holder.error().message;
  const auto start = Clock::now();
  const QueryResult waiting = query(language().rows("people"), {}, {.timeout = 100ms});
  EXPECT_FALSE(waiting.success);
  EXPECT_EQ(waiting.code, ErrorCode::timeout) << waiting.error;
  EXPECT_LT(Clock::now() - start, 100ms + kSlack);
}

TEST_P(DeadlineTest, DoesNotReachTheNextQuery) {
  const QueryResult first = query(language().rows("people"), {}, {.timeout = 2s});
  ASSERT_TRUE(first.success) << first.error;
  // Were the first deadline still armed in the session, it would strike here.
  const Statement statement = here().endless_rows("customer_db");
  auto stream = manager().stream_query(statement.sql, "customer_db", statement.params);
  ASSERT_TRUE(stream) << stream.error().message;
  const auto end = Clock::now() + 2500ms;
  while (Clock::now() < end) {
    const auto batch = stream->next();
    ASSERT_TRUE(batch) << batch.error().message;
    ASSERT_TRUE(*batch);
  }
}

PENSTOCK_CONFORMANCE_SUITE(DeadlineTest);

}  // namespace
}  // namespace penstock::conformance
