// health() and schema() under load, under a stop request, and without threads.
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include "manager_fixture.hpp"
#include "pool_fakes.hpp"

namespace penstock {
namespace {

using pool::wait_until;
using ::testing::HasSubstr;
using testing::numbers;

using ManagerHealth = Manager;

TEST_F(ManagerHealth, ADatasourceWhoseConnectionsAreAllInUseIsUp) {
  load("datasources: {bank: {type: scripted, connection: {max_pool_size: 1}, databases: [customer_db]}}");
  answer({numbers(1, 1)});
  const auto held = manager_->stream_query("SELECT", "customer_db");
  ASSERT_TRUE(held);
  const auto reports = manager_->health(std::chrono::milliseconds(30));
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].state, DataSourceState::up);
  ASSERT_TRUE(reports[0].error);
  EXPECT_THAT(reports[0].error->message, HasSubstr("active=1"));
}

TEST_F(ManagerHealth, OfThoseNamedAsksNoOther) {
  load(
      "datasources: {bank: {type: scripted, databases: [customer_db]},"
      " other: {type: scripted, databases: [loans_db]}}");
  const std::vector<std::string> named{"other"};
  const auto reports = manager_->health(std::chrono::seconds(5), named);
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].datasource, "other");
  EXPECT_EQ(reports[0].state, DataSourceState::up);
  EXPECT_EQ(manager_->health().size(), 2U);
}

TEST_F(ManagerHealth, AStopEndsAnIntrospection) {
  load();
  pool::Gate gate;
  gate.close();
  script_->on_introspect = [&] { gate.pass(Deadline::never()); };
  script_->on_cancel = [&] { gate.open(); };
  std::stop_source stop;
  auto asked = std::async(std::launch::async,
                          [&] { return manager_->schema("customer_db", {}, {.stop = stop.get_token()}); });
  EXPECT_TRUE(wait_until([&] { return gate.stopped() == 1; }));
  stop.request_stop();
  EXPECT_EQ(asked.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(script_->cancels, 1);
  gate.open();
}

// As long as it lives, no thread can be made: none can have so large a stack.
class NoThreads {
 public:
  NoThreads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t huge;
    pthread_attr_init(&huge);
    pthread_attr_setstacksize(&huge, std::size_t{1} << 50U);
    pthread_setattr_default_np(&huge);
    pthread_attr_destroy(&huge);
  }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;
  ~NoThreads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }

 private:
  pthread_attr_t before_{};
};

TEST_F(ManagerHealth, WhatNobodyCouldAskIsReportedAsUnknown) {
  load();
  std::vector<HealthReport> reports;
  {
    const NoThreads none;
    reports = manager_->health();
  }
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_EQ(reports[0].state, DataSourceState::unknown);
  ASSERT_TRUE(reports[0].error);
  EXPECT_EQ(reports[0].error->code, ErrorCode::overloaded);
  EXPECT_EQ(manager_->health()[0].state, DataSourceState::up);
}

}  // namespace
}  // namespace penstock
