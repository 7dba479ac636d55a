// The node fails and comes back, as the pool's state sees it.
#include <gtest/gtest.h>

#include "pool_state_fixture.hpp"

namespace penstock::pool {
namespace {

using namespace std::chrono_literals;
using Fixture = PoolStateFixture;

// The next attempt, after waiting for it as the housekeeper does.
std::string at_next_attempt(Fixture& pool) {
  EXPECT_GT(pool.state.due(), pool.now);
  pool.now = pool.state.due();
  return pool.tick();
}

TEST(PoolOutage, WhoeverWaitsFailsAtOnceWhenTheNodeCannotBeReached) {
  Fixture pool({.connecting_limit = 1});
  EXPECT_EQ(pool.acquire('A'), "queue; connect(0)");
  EXPECT_EQ(pool.acquire('B'), "queue");
  EXPECT_EQ(pool.connect_failed(0), "refuse(A,down); refuse(B,down)");
  EXPECT_EQ(pool.state.health().state, NodeState::down);
  EXPECT_EQ(pool.state.health().since, pool.now);
  ASSERT_TRUE(pool.state.health().last_failure);
  EXPECT_EQ(pool.state.health().last_failure->message, "no");
  EXPECT_EQ(pool.state.statistics().unavailable, 2U);
}

TEST(PoolOutage, WhileOtherConnectsAreUnderWayOneFailureSettlesNothing) {
  Fixture pool({.connecting_limit = 2});
  pool.acquire('A');
  pool.acquire('B');
  EXPECT_EQ(pool.connect_failed(0), "");
  EXPECT_EQ(pool.connected(1), "grant(1,A); connect(0)");
  EXPECT_EQ(pool.state.health().state, NodeState::up);
}

TEST(PoolOutage, FailsFastWhileTheBackOffLasts) {
  Fixture pool;
  pool.acquire('A');
  pool.connect_failed(0);
  pool.pass(50ms);
  EXPECT_EQ(pool.acquire('B'), "refuse down");
  EXPECT_EQ(pool.state.statistics().unavailable, 2U);
}

TEST(PoolOutage, TheFirstCallerAfterThePauseTriesAgain) {
  Fixture pool;
  pool.acquire('A');
  pool.connect_failed(0);
  pool.pass(200ms);
  EXPECT_EQ(pool.acquire('B'), "queue; connect(0)");
  EXPECT_EQ(pool.acquire('C'), "queue") << "and the next waits with it, at one attempt at a time";
  EXPECT_EQ(pool.connected(0), "grant(0,B); connect(1)");
}

TEST(PoolOutage, TriesWithoutCallersTooAndNeverGivesUp) {
  Fixture pool;
  pool.acquire('A');
  pool.connect_failed(0);
  std::vector<Time::duration> pauses;
  for (int attempt = 0; attempt < 100; ++attempt) {
    const Time failed = pool.now;
    ASSERT_EQ(at_next_attempt(pool), "connect(0)");
    pauses.push_back(pool.now - failed);
    EXPECT_EQ(pool.connect_failed(0), "");
  }
  EXPECT_GE(pauses[0], 100ms);
  EXPECT_LE(pauses[0], 125ms);
  for (int doubling = 1; doubling < 5; ++doubling) {
    EXPECT_GE(pauses[static_cast<std::size_t>(doubling)], 100ms * (1 << doubling));
    EXPECT_LE(pauses[static_cast<std::size_t>(doubling)], 125ms * (1 << doubling));
  }
  for (std::size_t i = 6; i < pauses.size(); ++i) {
    EXPECT_GE(pauses[i], 4s);
    EXPECT_LE(pauses[i], 5s);
  }
  EXPECT_GT(std::set(pauses.begin() + 6, pauses.end()).size(), 50U) << "jitter";
}

TEST(PoolOutage, IsUpAgainByTheFirstAttemptThatWorks) {
  Fixture pool;
  pool.acquire('A');
  pool.connect_failed(0);
  EXPECT_EQ(at_next_attempt(pool), "connect(0)");
  EXPECT_EQ(pool.connected(0), "");
  EXPECT_EQ(pool.state.health().state, NodeState::up);
  EXPECT_EQ(pool.state.health().since, pool.now);
  EXPECT_EQ(pool.acquire('B'), "lease 0");
  EXPECT_EQ(pool.acquire('C'), "queue; connect(1)");
  pool.release(0, Returned::broken);
  pool.connect_failed(1);
  EXPECT_LE(pool.state.due(), pool.now + 125ms) << "the back-off begins anew";
}

TEST(PoolOutage, CallersWaitForARunningAttemptOnlyForASecond) {
  Fixture pool;
  pool.acquire('A');
  pool.connect_failed(0);
  EXPECT_EQ(at_next_attempt(pool), "connect(0)");
  pool.pass(400ms);
  EXPECT_EQ(pool.acquire('B'), "queue");
  EXPECT_EQ(pool.state.due(), pool.now + 600ms);
  pool.now = pool.state.due();
  EXPECT_EQ(pool.tick(), "refuse(B,down)");
  EXPECT_EQ(pool.acquire('C'), "refuse down") << "the attempt hangs";
  EXPECT_EQ(pool.connected(0), "");
  EXPECT_EQ(pool.acquire('D'), "lease 0");
}

TEST(PoolOutage, OnANodeNotKnownYetCallersWaitForTheFirstAttempt) {
  Fixture pool;
  EXPECT_EQ(pool.acquire('A', "db", 60s), "queue; connect(0)");
  EXPECT_EQ(pool.connect_deadline, pool.now + 10s);
  pool.pass(9s);
  EXPECT_EQ(pool.tick(), "");
  EXPECT_EQ(pool.acquire('B'), "queue; connect(1)");
}

TEST(PoolOutage, AnAttemptEndsWithItsCallersButTheNextGetsItsWholeTime) {
  Fixture pool({.connecting_limit = 1});
  EXPECT_EQ(pool.acquire('A', "db", 3s), "queue; connect(0)");
  EXPECT_EQ(pool.connect_deadline, pool.now + 3s);
  EXPECT_EQ(pool.acquire('B', "db", 4s), "queue");
  pool.pass(3s);
  EXPECT_EQ(pool.connect_failed(0, ErrorCode::timeout), "refuse(B,down)");
  EXPECT_TRUE(pool.withdraw('A', Left::timed_out)) << "its own deadline has passed: that is what it is told";
  EXPECT_EQ(at_next_attempt(pool), "connect(0)");
  EXPECT_EQ(pool.connect_deadline, pool.now + 10s);
}

TEST(PoolOutage, AnAttemptHasASecondHoweverShortItsCallersDeadlineIs) {
  Fixture pool({.connecting_limit = 1});
  EXPECT_EQ(pool.acquire('A', "db", 100ms), "queue; connect(0)");
  EXPECT_EQ(pool.connect_deadline, pool.now + 1s);
  pool.pass(100ms);
  EXPECT_TRUE(pool.withdraw('A', Left::timed_out));
  pool.pass(800ms);
  EXPECT_EQ(pool.acquire('B', "db", 200ms), "queue");
  EXPECT_EQ(pool.connected(0), "grant(0,B)") << "A's connection is not lost";
}

TEST(PoolOutage, AServerThatRefusesMoreConnectionsStillServesByThoseThereAre) {
  Fixture pool({.connecting_limit = 1});
  pool.lease_new(1);
  pool.pass(30s);
  EXPECT_EQ(pool.acquire('A', "db", 60s), "queue; connect(1)");
  EXPECT_EQ(pool.connect_failed(1, ErrorCode::unavailable, "53300"), "");
  EXPECT_EQ(pool.state.health().state, NodeState::up);
  EXPECT_EQ(pool.acquire('B', "db", 60s), "queue") << "the leased one may come back";
  EXPECT_EQ(at_next_attempt(pool), "connect(1)");
  EXPECT_EQ(pool.connect_failed(1, ErrorCode::unavailable, "53300"), "");
  EXPECT_EQ(pool.release(0), "grant(0,A)");
}

TEST(PoolOutage, ConnectionsThatServedJustNowOutweighAConnectThatFailed) {
  Fixture pool({.connecting_limit = 1});
  pool.lease_new(2);
  pool.release(0);
  EXPECT_EQ(pool.acquire('A'), "lease 0");
  pool.pass(900ms);
  EXPECT_EQ(pool.acquire('B'), "queue; connect(2)");
  EXPECT_EQ(pool.connect_failed(2), "");
  EXPECT_EQ(pool.state.health().state, NodeState::up);
}

TEST(PoolOutage, AnUnreachableNodeIsDownThoughSilentConnectionsAreStillOut) {
  Fixture pool({.connecting_limit = 1});
  pool.lease_new(1);
  pool.pass(1'001ms);
  EXPECT_EQ(pool.acquire('A'), "queue; connect(1)");
  EXPECT_EQ(pool.connect_failed(1), "refuse(A,down)");
  EXPECT_EQ(pool.acquire('B'), "refuse down");
  EXPECT_EQ(pool.release(0), "") << "and it is up when one of them comes back sound";
  EXPECT_EQ(pool.state.health().state, NodeState::up);
}

TEST(PoolOutage, ABrokenConnectionWithdrawsTheDoubt) {
  Fixture pool({.connecting_limit = 1});
  pool.lease_new(2);
  EXPECT_EQ(pool.acquire('A'), "queue; connect(2)");
  EXPECT_EQ(pool.release(0, Returned::broken), "close(0)");
  EXPECT_EQ(pool.connect_failed(2), "refuse(A,down)");
}

TEST(PoolOutage, IsDownWhenTheLastConnectionIsGoneAndNoneCanBeOpened) {
  Fixture pool({.connecting_limit = 1});
  pool.lease_new(1);
  EXPECT_EQ(pool.acquire('A', "db", 60s), "queue; connect(1)");
  EXPECT_EQ(pool.connect_failed(1, ErrorCode::unauthenticated), "");
  EXPECT_EQ(pool.release(0, Returned::broken), "close(0); refuse(A,down)");
  EXPECT_EQ(pool.state.health().state, NodeState::down);
}

TEST(PoolOutage, ARestartBetweenTwoCallsIsNotSeen) {
  Fixture pool({.connecting_limit = 2});
  pool.lease_new(2);
  pool.release(0);
  pool.release(1);
  EXPECT_EQ(pool.acquire('A'), "lease 1");
  EXPECT_EQ(pool.check_failed(1), "close(1)");
  EXPECT_EQ(pool.retry('A'), "lease 0");
  EXPECT_EQ(pool.check_failed(0), "close(0)");
  EXPECT_EQ(pool.retry('A'), "queue; connect(0)");
  EXPECT_EQ(pool.connected(0), "grant(0,A)");
}

TEST(PoolOutage, FailuresSideBySideCountOnce) {
  Fixture pool({.connecting_limit = 3});
  for (const char who : {'A', 'B', 'C'})
    pool.acquire(who);
  pool.connect_failed(0);
  pool.connect_failed(1);
  EXPECT_EQ(pool.connect_failed(2), "refuse(A,down); refuse(B,down); refuse(C,down)");
  EXPECT_LE(pool.state.due(), pool.now + 125ms);
  EXPECT_EQ(pool.state.statistics().connect_failures, 3U);
}

TEST(PoolOutage, IdleConnectionsAreLeasedThoughTheNodeCountsAsDown) {
  Fixture pool({.min_pool_size = 2, .connecting_limit = 1});
  pool.lease_new(1);
  pool.release(0);
  pool.pass(2s);
  EXPECT_EQ(pool.connect_failed(1), "") << "opened for the minimum";
  EXPECT_EQ(pool.state.health().state, NodeState::down);
  EXPECT_EQ(pool.acquire('A'), "check 0");
  pool.state.checked(0, pool.now);
  EXPECT_EQ(pool.state.health().state, NodeState::up);
}

TEST(PoolOutage, TriesNoMoreOnceClosed) {
  Fixture pool;
  pool.acquire('A');
  pool.connect_failed(0);
  pool.close();
  EXPECT_EQ(pool.state.due(), Time::max());
  pool.pass(10s);
  EXPECT_EQ(pool.tick(), "");
}

}  // namespace
}  // namespace penstock::pool
