// A write that is done is reported as done, whatever happened meanwhile.
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "manager_fixture.hpp"

namespace penstock {
namespace {

using testing::numbers;

class ManagerWrites : public Manager {
 protected:
  ManagerWrites() {
    load("datasources: {bank: {type: scripted, access: read_write, databases: [customer_db]}}");
    script_->analyze = [](const AnalysisRequest&) {
      return Result<Analysis>(Analysis{.kind = StatementKind::update, .may_write = true});
    };
    script_->affected_rows = 6;
  }
  static void wait_for(Deadline deadline) {
    while (!deadline.expired())
      std::this_thread::yield();
  }
};

TEST_F(ManagerWrites, AStopThatComesWhenItIsDoneChangesNothing) {
  std::stop_source stop;
  script_->execute = [&](const Execution&) {
    stop.request_stop();
    return Result<std::vector<RecordBatch>>(std::vector{numbers(1, 2)});
  };
  const QueryResult result = run({.stop = stop.get_token()});
  EXPECT_TRUE(result.success) << result.error;
  EXPECT_EQ(result.affected_rows, 6);
  EXPECT_EQ(result.row_count, 2);
}

TEST_F(ManagerWrites, ADeadlineThatPassesWhenItIsDoneChangesNothing) {
  answer({});
  ASSERT_TRUE(run().success);  // so that the time is not spent on a connect
  script_->execute = [&](const Execution& execution) {
    wait_for(execution.deadline);
    return Result<std::vector<RecordBatch>>(std::vector<RecordBatch>{});
  };
  const QueryResult result = run({.timeout = std::chrono::milliseconds(200)});
  EXPECT_TRUE(result.success) << result.error;
  EXPECT_EQ(result.affected_rows, 6);
}

TEST_F(ManagerWrites, AStoppedStreamComesToItsEnd) {
  answer({numbers(1, 2), numbers(3, 2)});
  std::stop_source stop;
  auto stream = manager_->stream_query("UPDATE", "customer_db", {}, {.stop = stop.get_token()});
  ASSERT_TRUE(stream) << stream.error().message;
  stop.request_stop();
  EXPECT_EQ((*stream->next())->num_rows(), 2);
  EXPECT_EQ((*stream->next())->num_rows(), 2);
  const auto end = stream->next();
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_FALSE(*end);
  EXPECT_EQ(stream->summary().affected_rows, 6);
}

TEST_F(ManagerWrites, OnlyTheDriverSaysThatItFailed) {
  answer({});
  script_->final_error = fail(ErrorCode::outcome_unknown, "the answer was lost").error();
  std::stop_source stop;
  script_->on_next = [&] { stop.request_stop(); };
  EXPECT_EQ(run({.stop = stop.get_token()}).code, ErrorCode::outcome_unknown);
}

TEST_F(ManagerWrites, ACutOneIsCarriedOutWholeAndTellsItsAffectedRows) {
  answer({numbers(1, 3), numbers(4, 3)});
  for (const QueryOptions& options :
       {QueryOptions{.max_rows = 2}, QueryOptions{.max_rows = 0}, QueryOptions{.max_bytes = 16}}) {
    const QueryResult result = run(options);
    ASSERT_TRUE(result.success) << result.error;
    EXPECT_TRUE(result.truncated);
    EXPECT_EQ(result.row_count, options.max_rows.value_or(2));
    EXPECT_EQ(result.affected_rows, 6);
  }
  EXPECT_EQ(script_->open_readers, 0);
}

TEST_F(ManagerWrites, AFailureBeyondTheCutIsTheQuerysError) {
  answer({numbers(1, 3), numbers(4, 3)});
  script_->final_error = fail(ErrorCode::constraint, "the last row broke a key").error();
  const QueryResult result = run({.max_rows = 2});
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.code, ErrorCode::constraint);
  EXPECT_EQ(result.row_count, 0);
}

}  // namespace
}  // namespace penstock
