// Closing and reloading a manager while its queries run.
#include <future>

#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"

namespace penstock::conformance {
namespace {

class LifecycleTest : public ConformanceTest {
 protected:
  [[nodiscard]] ResultStream endless_stream() {
    const Statement statement = here().endless_rows("customer_db");
    auto stream = manager().stream_query(statement.sql, "customer_db", statement.params);
    if (!stream) throw std::runtime_error(stream.error().message);
    return std::move(*stream);
  }
};

TEST_P(LifecycleTest, CloseEndsARunningStreamAsCancelled) {
  ResultStream stream = endless_stream();
  ASSERT_TRUE(stream.next());
  manager().close();
  const Drained drained = drain(stream);
  ASSERT_TRUE(drained.error);
  EXPECT_EQ(drained.error->code, ErrorCode::cancelled) << drained.error->message;
}

TEST_P(LifecycleTest, CloseEndsWhatRunsOnAnotherThread) {
  const Statement statement = here().endless_silence("customer_db");
  auto answer = std::async(std::launch::async, [&] { return query(statement.sql, statement.params); });
  ASSERT_TRUE(wait_until([&] { return pool().leased == 1; }));
  manager().close();
  ASSERT_EQ(answer.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  const QueryResult result = answer.get();
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.code, ErrorCode::cancelled) << result.error;
}

TEST_P(LifecycleTest, AfterCloseEverythingIsUnavailable) {
  ASSERT_EQ(people_lines(), kPeople);
  manager().close();
  manager().close();
  EXPECT_EQ(query(language().rows("people")).code, ErrorCode::unavailable);
  const auto stream = manager().stream_query(language().rows("people"), "customer_db");
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, ErrorCode::unavailable);
  const auto schema = manager().schema("customer_db");
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().code, ErrorCode::unavailable);
}

TEST_P(LifecycleTest, AResultOutlivesItsManager) {
  auto other = site().another_manager();
  const QueryResult result = other->execute_query(language().rows("people"), "customer_db");
  other.reset();
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_EQ(lines(result.data), kPeople);
}

TEST_P(LifecycleTest, AStreamOutlivesItsManager) {
  here().create_numbers("customer_db", "numbers", 50'000, 50);
  auto other = site().another_manager();
  auto stream = other->stream_query(language().rows("numbers"), "customer_db");
  ASSERT_TRUE(stream) << stream.error().message;
  ASSERT_TRUE(stream->next());
  other.reset();
  // Cancelled or not, it must end, and a part must not be taken for the whole.
  const Drained drained = drain(*stream);
  if (drained.error) {
    EXPECT_EQ(drained.error->code, ErrorCode::cancelled) << drained.error->message;
  } else {
    EXPECT_EQ(stream->summary().row_count, 50'000);
  }
}

TEST_P(LifecycleTest, ReloadTakesUpWhatChanged) {
  ASSERT_EQ(query(language().rows("people")).row_count, 3);
  configure({.datasource = {{"limits", "{max_rows: 1}"}}});
  ASSERT_TRUE(manager().reload());
  const QueryResult result = query(language().rows("people"));
  EXPECT_EQ(result.row_count, 1);
  EXPECT_TRUE(result.truncated);
}

TEST_P(LifecycleTest, ReloadKeepsThePoolsOfWhatDidNot) {
  ASSERT_EQ(people_lines(), kPeople);
  ASSERT_TRUE(manager().reload());
  ASSERT_EQ(people_lines(), kPeople);
  EXPECT_EQ(pool().connects, 1U);
}

TEST_P(LifecycleTest, ReloadLetsRunningQueriesEnd) {
  here().create_numbers("customer_db", "numbers", 50'000, 50);
  auto stream = manager().stream_query(language().rows("numbers"), "customer_db");
  ASSERT_TRUE(stream) << stream.error().message;
  ASSERT_TRUE(stream->next());
  configure({.datasource = {{"limits", "{max_rows: 1}"}}});
  ASSERT_TRUE(manager().reload());
  const Drained rest = drain(*stream);
  EXPECT_FALSE(rest.error) << rest.error->message;
  EXPECT_EQ(stream->summary().row_count, 50'000);
  EXPECT_FALSE(stream->summary().truncated);
}

TEST_P(LifecycleTest, ReloadOfAMistakeChangesNothing) {
  ASSERT_EQ(people_lines(), kPeople);
  test::write_file(site().folder() / "datasources.yaml", "datasources:\n  here:\n    typo: sqlite\n");
  const auto reloaded = manager().reload();
  ASSERT_FALSE(reloaded);
  EXPECT_EQ(reloaded.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(reloaded.error().message.find("datasources.yaml:3"), std::string::npos)
      << reloaded.error().message;
  EXPECT_EQ(people_lines(), kPeople);
}

TEST_P(LifecycleTest, ReloadsBesideQueriesLoseNone) {
  (void)manager();  // loaded before its file is written again
  std::atomic<bool> done = false;
  std::atomic<int> failed = 0;
  std::jthread reloader([&] {
    for (int round = 0; round < 10; ++round) {
      configure({.datasource = {{"limits", "{max_rows: " + std::to_string(100 + round) + "}"}}});
      if (!manager().reload()) ++failed;
    }
    done = true;
  });
  int queries = 0;
  while (!done || queries == 0) {
    if (query(language().rows("people")).row_count != 3) ++failed;
    ++queries;
  }
  EXPECT_EQ(failed, 0);
}

PENSTOCK_CONFORMANCE_SUITE(LifecycleTest);

}  // namespace
}  // namespace penstock::conformance
