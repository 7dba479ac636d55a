// What load(), reload() and close() do to connections, and to each other.
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "manager_fixture.hpp"
#include "pool_fakes.hpp"

namespace penstock {
namespace {

using pool::wait_until;
using testing::numbers;

constexpr std::string_view kWarm =
    "datasources: {bank: {type: scripted, connection: {min_pool_size: 2}, databases: [customer_db]}}";

class ManagerLifecycle : public Manager {
 protected:
  void reload_with(std::string_view datasources) {
    folder_->write("datasources.yaml", datasources);
    const auto reloaded = manager_->reload();
    ASSERT_TRUE(reloaded) << reloaded.error().message;
  }
  [[nodiscard]] std::int64_t idle() const { return manager_->datasources()[0].pools[0].second.idle; }
};

TEST_F(ManagerLifecycle, LoadConnectsToNothing) {
  load(kWarm);
  EXPECT_EQ(manager_->databases().size(), 1U);
  EXPECT_EQ(manager_->datasources()[0].pools[0].second.connecting, 0);
  manager_.reset();
  EXPECT_EQ(script_->connects, 0);
}

TEST_F(ManagerLifecycle, WarmUpKeepsTheMinimumAlsoOverAReload) {
  load(kWarm);
  manager_->warm_up();
  EXPECT_TRUE(wait_until([&] { return idle() == 2; }));
  reload_with(
      "datasources: {bank: {type: scripted, connection: {min_pool_size: 3}, databases: [customer_db]}}");
  EXPECT_TRUE(wait_until([&] { return idle() == 3; }));
  EXPECT_TRUE(wait_until([&] { return script_->open_connections == 3; })) << "the old ones are closed";
}

TEST_F(ManagerLifecycle, CloseReachesAQueryOfASupersededConfiguration) {
  load();
  answer({numbers(1, 1), numbers(2, 1)});
  auto stream = manager_->stream_query("SELECT", "rates_db");
  ASSERT_TRUE(stream);
  reload_with("datasources: {bank: {type: scripted, databases: [customer_db]}}");
  ASSERT_TRUE(stream->next());
  manager_->close();
  EXPECT_EQ(script_->cancels, 1);
  EXPECT_EQ(stream->next().error().code, ErrorCode::cancelled);
}

TEST_F(ManagerLifecycle, CloseReachesAStatementThatHasYetToBegin) {
  load();
  script_->execute = [&](const Execution& execution) -> Result<std::vector<RecordBatch>> {
    manager_->close();  // cancel() has come and gone before the statement begins
    if (execution.stop.stop_requested()) return fail(ErrorCode::cancelled, "stopped");
    return std::vector{numbers(1, 1)};
  };
  EXPECT_EQ(run().code, ErrorCode::cancelled);
}

TEST_F(ManagerLifecycle, AStopOfTheCallerReachesTheDriverBesideThatOfTheClose) {
  load();
  std::stop_source stop;
  script_->execute = [&](const Execution& execution) -> Result<std::vector<RecordBatch>> {
    EXPECT_FALSE(execution.stop.stop_requested());
    stop.request_stop();
    EXPECT_TRUE(execution.stop.stop_requested());
    return fail(ErrorCode::cancelled, "stopped");
  };
  EXPECT_EQ(run({.stop = stop.get_token()}).code, ErrorCode::cancelled);
}

TEST_F(ManagerLifecycle, CloseDoesNotWaitForAReload) {
  load();
  pool::Gate gate;
  gate.close();
  script_->on_create = [&] { gate.pass(Deadline::never()); };
  folder_->write("datasources.yaml", "datasources: {new: {type: scripted, databases: [new_db]}}");
  auto reloaded = std::async(std::launch::async, [&] { return manager_->reload(); });
  EXPECT_TRUE(wait_until([&] { return gate.stopped() == 1; }));
  auto closed = std::async(std::launch::async, [&] { manager_->close(); });
  EXPECT_EQ(closed.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  gate.open();
  const auto refused = reloaded.get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(manager_->databases().empty());
}

TEST_F(ManagerLifecycle, WhatAReloadRemovesClosesItsIdleConnections) {
  load();
  answer({numbers(1, 1)});
  ASSERT_TRUE(run({}, "rates_db").success);
  ASSERT_TRUE(run().success);
  EXPECT_EQ(script_->open_connections, 2);
  reload_with("datasources: {bank: {type: scripted, databases: [customer_db, accounts_db]}}");
  EXPECT_EQ(script_->open_connections, 1);
  EXPECT_TRUE(wait_until([&] { return script_->open_sources == 1; }));
}

TEST_F(ManagerLifecycle, AHeldStreamKeepsNothingButItsOwnDatasource) {
  load();
  answer({numbers(1, 1)});
  auto stream = manager_->stream_query("SELECT", "customer_db");
  ASSERT_TRUE(stream);
  EXPECT_EQ(script_->open_sources, 2);
  reload_with("datasources: {other: {type: scripted, databases: [other_db]}}");
  EXPECT_TRUE(wait_until([&] { return script_->open_sources == 2; })) << "the stream's and the new one";
  while (*stream->next()) {
  }
  EXPECT_TRUE(wait_until([&] { return script_->open_sources == 1; })) << "an ended stream keeps none";
  EXPECT_EQ(script_->open_connections, 0);
}

}  // namespace
}  // namespace penstock
