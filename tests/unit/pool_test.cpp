// Pool, Lease and their threads, against a fake server.
#include "pool/pool.hpp"

#include <future>
#include <stdexcept>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pool/housekeeper.hpp"
#include "pool_fakes.hpp"

namespace penstock::pool {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr auto kLong = 60s;  // a deadline that no test is meant to reach

class PoolTest : public ::testing::Test {
 protected:
  std::shared_ptr<Pool> make(PoolOptions options = {}, LeakWatch leaks = {}) {
    return Pool::make(source_, Node{"primary"}, "demo_bank", options, *housekeeper_, std::move(leaks));
  }
  static Result<Lease> acquire(Pool& pool, std::stop_token stop = {}) {
    return pool.acquire("customer_db", Deadline::after(kLong), std::move(stop));
  }
  static FakeConnection& fake(Lease& lease) { return dynamic_cast<FakeConnection&>(*lease); }
  static bool waiting(const Pool& pool, std::int64_t count) {
    return wait_until([&] { return pool.statistics().waiting == count; });
  }

  std::shared_ptr<FakeServer> server_ = std::make_shared<FakeServer>();
  std::shared_ptr<FakeDataSource> source_ = std::make_shared<FakeDataSource>(server_);
  std::unique_ptr<Housekeeper> housekeeper_ = std::make_unique<Housekeeper>();
};

TEST_F(PoolTest, LeasesTheSameConnectionAgain) {
  const auto pool = make();
  int first = -1;
  {
    auto lease = acquire(*pool);
    ASSERT_TRUE(lease) << lease.error().message;
    first = fake(*lease).id();
    EXPECT_EQ(pool->statistics().leased, 1);
  }
  EXPECT_EQ(pool->statistics().idle, 1);
  auto lease = acquire(*pool);
  ASSERT_TRUE(lease);
  EXPECT_EQ(fake(*lease).id(), first);
  EXPECT_EQ(pool->health().state, NodeState::up);
}

TEST_F(PoolTest, OpensNothingUntilItIsUsed) {
  const auto pool = make({.min_pool_size = 2});
  EXPECT_EQ(pool->health().state, NodeState::unknown);
  EXPECT_EQ(server_->attempts, 0);
  pool->warm_up();
  EXPECT_TRUE(wait_until([&] { return pool->statistics().idle == 2; }));
}

TEST_F(PoolTest, AMovedLeaseGivesBackOnce) {
  const auto pool = make();
  auto first = acquire(*pool);
  auto second = acquire(*pool);
  ASSERT_TRUE(first && second);
  Lease moved = std::move(*first);
  moved = std::move(*second);
  EXPECT_EQ(pool->statistics().leased, 1);
  EXPECT_EQ(pool->statistics().idle, 1);
  Lease& same = moved;
  moved = std::move(same);
  EXPECT_EQ(pool->statistics().leased, 1);
}

TEST_F(PoolTest, ADiscardedOrBrokenConnectionIsClosed) {
  const auto pool = make();
  auto lease = acquire(*pool);
  ASSERT_TRUE(lease);
  lease->discard();
  EXPECT_EQ(server_->closed, 1);
  lease->discard();
  EXPECT_EQ(server_->closed, 1);
  {
    auto other = acquire(*pool);
    ASSERT_TRUE(other);
    fake(*other).break_it();
  }
  EXPECT_EQ(server_->closed, 2);
  EXPECT_EQ(pool->statistics().total, 0);
}

TEST_F(PoolTest, HandsAReleasedConnectionToTheCallerWhoWaitsLongest) {
  const auto pool = make({.max_pool_size = 1});
  auto lease = acquire(*pool);
  std::vector<int> order;
  std::vector<std::jthread> callers;
  for (int i = 0; i < 5; ++i) {
    callers.emplace_back([&, i] {
      auto mine = acquire(*pool);
      ASSERT_TRUE(mine);
      order.push_back(i);  // who holds the one connection is alone
    });
    ASSERT_TRUE(waiting(*pool, i + 1));
  }
  lease = fail(ErrorCode::internal, "gone");
  callers.clear();
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4}));
  EXPECT_EQ(server_->opened, 1);
}

TEST_F(PoolTest, TheDeadlineEndsTheWaitAndTheMessageTellsThePoolsNumbers) {
  const auto pool = make({.max_pool_size = 1});
  auto lease = acquire(*pool);
  const auto late = pool->acquire("customer_db", Deadline::after(20ms));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::timeout);
  EXPECT_TRUE(late.error().retryable);
  EXPECT_THAT(late.error().message, HasSubstr("demo_bank"));
  EXPECT_THAT(late.error().message, HasSubstr("total=1 of 1, active=1, idle=0, connecting=0, waiting=0"));
  EXPECT_THAT(late.error().hint, HasSubstr("max_pool_size"));
  EXPECT_EQ(pool->statistics().timeouts, 1U);
}

TEST_F(PoolTest, ADeadlineThatHasPassedAlreadyLeasesNothing) {
  const auto pool = make();
  EXPECT_EQ(pool->acquire("customer_db", Deadline::after(0s)).error().code, ErrorCode::timeout);
  EXPECT_EQ(server_->attempts, 0);
}

TEST_F(PoolTest, ASlowConnectHoldsNobodyBeyondTheDeadlineAndIsNotLost) {
  const auto pool = make();
  server_->connects.close();
  const auto late = pool->acquire("customer_db", Deadline::after(20ms));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::timeout);
  EXPECT_THAT(late.error().message, HasSubstr("connecting=1"));
  EXPECT_EQ(server_->connects.stopped(), 1);
  server_->connects.open();
  EXPECT_TRUE(wait_until([&] { return pool->statistics().idle == 1; }));
}

TEST_F(PoolTest, AReleasedConnectionServesACallerWhoseConnectHangs) {
  const auto pool = make();
  auto lease = acquire(*pool);
  server_->connects.close();
  auto waiter = std::async(std::launch::async, [&] { return acquire(*pool).has_value(); });
  ASSERT_TRUE(wait_until([&] { return server_->connects.stopped() == 1; }));
  lease = fail(ErrorCode::internal, "gone");
  EXPECT_TRUE(waiter.get());
  server_->connects.open();
}

TEST_F(PoolTest, AStopRequestEndsTheWaitAndConsumesNothing) {
  const auto pool = make({.max_pool_size = 1});
  auto lease = acquire(*pool);
  std::stop_source stop;
  auto waiter = std::async(std::launch::async, [&] { return acquire(*pool, stop.get_token()).error().code; });
  ASSERT_TRUE(waiting(*pool, 1));
  stop.request_stop();
  EXPECT_EQ(waiter.get(), ErrorCode::cancelled);
  EXPECT_EQ(pool->statistics().waiting, 0);
  EXPECT_EQ(pool->statistics().cancelled, 1U);
  EXPECT_EQ(acquire(*pool, stop.get_token()).error().code, ErrorCode::cancelled) << "stopped before it began";
}

TEST_F(PoolTest, TurnsAwayWhenTheQueueIsFull) {
  const auto pool = make({.max_pool_size = 1, .max_waiting = 1});
  auto lease = acquire(*pool);
  auto waiter = std::async(std::launch::async, [&] { return acquire(*pool).has_value(); });
  ASSERT_TRUE(waiting(*pool, 1));
  const auto refused = acquire(*pool);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
  EXPECT_THAT(refused.error().message, HasSubstr("max_waiting=1"));
  EXPECT_THAT(refused.error().message, HasSubstr("active=1"));
  lease = fail(ErrorCode::internal, "gone");
  EXPECT_TRUE(waiter.get());
}

TEST_F(PoolTest, FailsFastWhileTheNodeIsDownAndRecoversByItself) {
  const auto pool = make();
  server_->refuses = true;
  const auto failed = acquire(*pool);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::unavailable);
  EXPECT_THAT(failed.error().message, HasSubstr("connection refused"));
  EXPECT_EQ(pool->health().state, NodeState::down);
  ASSERT_TRUE(wait_until([&] { return server_->attempts >= 3; })) << "the housekeeper tries";
  EXPECT_EQ(acquire(*pool).error().code, ErrorCode::unavailable);
  server_->refuses = false;
  EXPECT_TRUE(wait_until([&] { return pool->health().state == NodeState::up; }));
  EXPECT_TRUE(acquire(*pool));
}

TEST_F(PoolTest, ARestartBetweenTwoCallsIsInvisible) {
  const auto pool = make({.connecting_limit = 3});
  {
    auto one = acquire(*pool);
    auto two = acquire(*pool);
    auto three = acquire(*pool);
    ASSERT_TRUE(one && two && three);
  }
  ++server_->generation;
  auto lease = acquire(*pool);
  ASSERT_TRUE(lease) << lease.error().message;
  EXPECT_FALSE(fake(*lease).broken());
  EXPECT_EQ(server_->closed, 3);
  EXPECT_EQ(pool->statistics().failed_checks, 3U);
}

TEST_F(PoolTest, KeepaliveFindsTheDeadInTheBackground) {
  const auto pool = make({.min_pool_size = 1, .keepalive = 20ms});
  pool->warm_up();
  ASSERT_TRUE(wait_until([&] { return server_->probed > 0; }));
  EXPECT_EQ(server_->closed, 0);
  server_->probes_fail = true;
  ASSERT_TRUE(wait_until([&] { return server_->closed > 0; }));
  server_->probes_fail = false;
  EXPECT_TRUE(wait_until([&] { return pool->statistics().idle == 1; }));
}

TEST_F(PoolTest, IdleConnectionsAreReapedDownToTheMinimum) {
  const auto pool = make({.min_pool_size = 1, .idle_timeout = 20ms, .connecting_limit = 3});
  {
    auto one = acquire(*pool);
    auto two = acquire(*pool);
    auto three = acquire(*pool);
  }
  EXPECT_TRUE(wait_until([&] { return server_->closed >= 2; }));
  EXPECT_EQ(pool->statistics().total, 1);
}

TEST_F(PoolTest, ReportsALeakedLease) {
  std::promise<LeakReport> reported;
  const auto pool =
      make({}, {.threshold = 20ms, .report = [&](const LeakReport& leak) { reported.set_value(leak); }});
  auto lease = acquire(*pool);
  const LeakReport leak = reported.get_future().get();
  EXPECT_EQ(leak.datasource, "demo_bank");
  EXPECT_EQ(leak.node, "primary");
  EXPECT_EQ(leak.database, "customer_db");
  EXPECT_GE(leak.held, 20ms);
  EXPECT_EQ(pool->statistics().leaks, 1U);
}

TEST_F(PoolTest, CloseEndsWaitsAndLeasesOutliveIt) {
  auto pool = make({.max_pool_size = 2, .connecting_limit = 2});
  auto lease = acquire(*pool);
  {
    auto idle = acquire(*pool);
  }
  auto other = acquire(*pool);
  auto waiter = std::async(std::launch::async, [&] { return acquire(*pool).error(); });
  ASSERT_TRUE(waiting(*pool, 1));
  pool->close();
  const Error refused = waiter.get();
  EXPECT_EQ(refused.code, ErrorCode::unavailable);
  EXPECT_FALSE(refused.retryable);
  EXPECT_EQ(acquire(*pool).error().code, ErrorCode::unavailable);
  EXPECT_EQ(server_->cancelled, 0);
  EXPECT_EQ(server_->closed, 0);
  pool = nullptr;
  fake(*lease).use("customer_db");
  lease = fail(ErrorCode::internal, "gone");
  EXPECT_EQ(server_->closed, 1);
  other = fail(ErrorCode::internal, "gone");
  EXPECT_EQ(server_->closed, 2);
}

TEST_F(PoolTest, CloseCancelsWhatRunsWhenAsked) {
  const auto pool = make();
  auto lease = acquire(*pool);
  pool->close(Running::cancel);
  EXPECT_EQ(server_->cancelled, 1);
  pool->close(Running::cancel);
  lease = fail(ErrorCode::internal, "gone");
  EXPECT_EQ(server_->closed, 1);
}

TEST_F(PoolTest, OnlyACancellingCloseIsHeardByWhatHasYetToBegin) {
  const auto pool = make();
  auto lease = acquire(*pool);
  const std::stop_token closing = pool->closing();
  pool->close();
  EXPECT_FALSE(closing.stop_requested());
  pool->close(Running::cancel);
  EXPECT_TRUE(closing.stop_requested());
}

TEST_F(PoolTest, TheLastReferenceLeavesTheClosingToABackgroundThread) {
  auto pool = make();
  std::promise<std::thread::id> closed_on;
  {
    auto lease = acquire(*pool);
    ASSERT_TRUE(lease);
    fake(*lease).on_close([&] { closed_on.set_value(std::this_thread::get_id()); });
  }
  pool = nullptr;
  EXPECT_NE(closed_on.get_future().get(), std::this_thread::get_id());
}

TEST_F(PoolTest, AConnectUnderWayAtTheCloseIsClosedWhenItArrives) {
  const auto pool = make();
  server_->connects.close();
  auto waiter = std::async(std::launch::async, [&] { return acquire(*pool).error().code; });
  ASSERT_TRUE(wait_until([&] { return server_->connects.stopped() == 1; }));
  pool->close();
  EXPECT_EQ(waiter.get(), ErrorCode::unavailable);
  server_->connects.open();
  housekeeper_ = nullptr;  // waits for the connect
  EXPECT_EQ(server_->opened, 1);
  EXPECT_EQ(server_->closed, 1);
}

TEST_F(PoolTest, WithoutAHousekeeperIdleConnectionsAreLeasedAndNothingIsOpened) {
  const auto pool = make();
  {
    auto lease = acquire(*pool);
  }
  housekeeper_ = nullptr;
  auto lease = acquire(*pool);
  ASSERT_TRUE(lease);
  lease->discard();
  const auto refused = acquire(*pool);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
}

TEST_F(PoolTest, OnePoolWhoseServerHangsHoldsUpNoOther) {
  const auto stuck_server = std::make_shared<FakeServer>();
  stuck_server->connects.close();
  const auto stuck = Pool::make(std::make_shared<FakeDataSource>(stuck_server), Node{"primary"}, "stuck",
                                {.min_pool_size = 8, .connecting_limit = 8}, *housekeeper_);
  stuck->warm_up();
  ASSERT_TRUE(wait_until([&] { return stuck_server->connects.stopped() == 8; }));
  const auto pool = make({.min_pool_size = 1, .keepalive = 20ms});
  EXPECT_TRUE(acquire(*pool));
  EXPECT_TRUE(wait_until([&] { return server_->probed > 0; }));
  stuck->close();
  stuck_server->connects.open();
}

class ThrowingDataSource final : public DataSource {
 public:
  Result<Analysis> analyze(const AnalysisRequest&) const override { return Analysis{}; }
  Result<std::unique_ptr<Connection>> connect(const Node&, Deadline) override {
    if (++calls_ == 1) throw std::runtime_error("boom");
    return std::unique_ptr<Connection>();
  }

 private:
  std::atomic<int> calls_ = 0;
};

TEST_F(PoolTest, ADriverThatThrowsOrGivesNothingIsAnError) {
  const auto pool =
      Pool::make(std::make_shared<ThrowingDataSource>(), Node{"primary"}, "odd", {}, *housekeeper_);
  const auto thrown = acquire(*pool);
  ASSERT_FALSE(thrown);
  EXPECT_EQ(thrown.error().code, ErrorCode::internal);
  EXPECT_EQ(thrown.error().server_message, "boom");
  ASSERT_TRUE(wait_until([&] { return pool->statistics().connect_failures >= 2; }));
  EXPECT_EQ(acquire(*pool).error().code, ErrorCode::internal);
}

TEST_F(PoolTest, TheDatasourcesOwnLoginIsNotTheCallersFault) {
  class Locked final : public DataSource {
   public:
    Result<Analysis> analyze(const AnalysisRequest&) const override { return Analysis{}; }
    Result<std::unique_ptr<Connection>> connect(const Node&, Deadline) override {
      return fail(ErrorCode::unauthenticated, "the password was not accepted");
    }
  };
  const auto pool = Pool::make(std::make_shared<Locked>(), Node{"primary"}, "locked", {}, *housekeeper_);
  const auto refused = acquire(*pool);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("the password was not accepted"));
}

}  // namespace
}  // namespace penstock::pool
