// Connections and callers: order, limits, checks, the end.
#include <gtest/gtest.h>

#include "pool_state_fixture.hpp"

namespace penstock::pool {
namespace {

using namespace std::chrono_literals;
using Fixture = PoolStateFixture;

TEST(PoolState, OpensNothingBeforeItIsAsked) {
  Fixture pool({.min_pool_size = 3});
  EXPECT_EQ(pool.tick(), "");
  EXPECT_EQ(pool.state.due(), Time::max());
  EXPECT_EQ(pool.state.health().state, NodeState::unknown);
}

TEST(PoolState, OpensAConnectionForTheFirstCallerAndLeasesItAgain) {
  Fixture pool;
  EXPECT_EQ(pool.acquire('A'), "queue; connect(0)");
  EXPECT_EQ(pool.connect_deadline, pool.now + 5s);
  EXPECT_EQ(pool.connected(0), "grant(0,A)");
  EXPECT_EQ(pool.state.health().state, NodeState::up);
  EXPECT_EQ(pool.release(0), "");
  EXPECT_EQ(pool.acquire('B'), "lease 0");
}

TEST(PoolState, ServesStrictlyInTheOrderOfArrival) {
  Fixture pool({.max_pool_size = 1});
  pool.lease_new(1);
  for (const char who : {'A', 'B', 'C'})
    EXPECT_EQ(pool.acquire(who), "queue");
  EXPECT_EQ(pool.release(0), "grant(0,A)");
  EXPECT_EQ(pool.acquire('D'), "queue");
  EXPECT_EQ(pool.release(0), "grant(0,B)");
  EXPECT_EQ(pool.release(0), "grant(0,C)");
  EXPECT_EQ(pool.release(0), "grant(0,D)");
  EXPECT_EQ(pool.release(0), "");
}

TEST(PoolState, HandsOutTheIdleConnectionUsedLast) {
  Fixture pool({.connecting_limit = 3});
  pool.lease_new(3);
  for (const SlotId slot : {1U, 2U, 0U}) {
    pool.pass(1ms);
    EXPECT_EQ(pool.release(slot), "");
  }
  EXPECT_EQ(pool.acquire('A'), "lease 0");
  EXPECT_EQ(pool.acquire('B'), "lease 2");
  EXPECT_EQ(pool.acquire('C'), "lease 1");
}

TEST(PoolState, PrefersTheIdleConnectionWithTheSessionSettingsOfTheDatabase) {
  Fixture pool({.connecting_limit = 3});
  pool.lease_new(3);
  pool.release(0, Returned::healthy, "loans_db");
  pool.release(1, Returned::healthy, "customer_db");
  pool.release(2, Returned::healthy, "accounts_db");
  EXPECT_EQ(pool.acquire('A', "loans_db"), "lease 0");
  EXPECT_EQ(pool.acquire('B', "loans_db"), "lease 2") << "none fits, so the one used last";
  EXPECT_EQ(pool.acquire('C', "customer_db"), "lease 1");
}

TEST(PoolState, OpensNoMoreAtOnceThanTheConnectingLimitAndNoMoreInAllThanTheMaximum) {
  Fixture pool({.max_pool_size = 3, .connecting_limit = 2});
  EXPECT_EQ(pool.acquire('A'), "queue; connect(0)");
  EXPECT_EQ(pool.acquire('B'), "queue; connect(1)");
  EXPECT_EQ(pool.acquire('C'), "queue");
  EXPECT_EQ(pool.acquire('D'), "queue");
  EXPECT_EQ(pool.connected(1), "grant(1,A); connect(2)");
  EXPECT_EQ(pool.connected(0), "grant(0,B)") << "three is the maximum";
  EXPECT_EQ(pool.connected(2), "grant(2,C)");
  EXPECT_EQ(pool.state.statistics().waiting, 1);
}

TEST(PoolState, GivesAReleasedConnectionToTheCallerForWhomOneIsBeingOpened) {
  Fixture pool;
  pool.lease_new(1);
  EXPECT_EQ(pool.acquire('A'), "queue; connect(1)");
  EXPECT_EQ(pool.release(0), "grant(0,A)");
  EXPECT_EQ(pool.connected(1), "") << "nobody waits any more: it is idle";
  EXPECT_EQ(pool.acquire('B'), "lease 1");
}

TEST(PoolState, TurnsAwayAtOnceWhenTheQueueIsFull) {
  Fixture pool({.max_pool_size = 1, .max_waiting = 2});
  pool.lease_new(1);
  EXPECT_EQ(pool.acquire('A'), "queue");
  EXPECT_EQ(pool.acquire('B'), "queue");
  EXPECT_EQ(pool.acquire('C'), "refuse overload");
  EXPECT_EQ(pool.state.statistics().overloaded, 1U);
  EXPECT_EQ(pool.state.statistics().waiting, 2);
  EXPECT_EQ(pool.release(0), "grant(0,A)");
  EXPECT_EQ(pool.acquire('D'), "queue");
}

TEST(PoolState, WithAQueueOfNoneStillOpensConnections) {
  Fixture pool({.max_pool_size = 2, .max_waiting = 0});
  EXPECT_EQ(pool.acquire('A'), "queue; connect(0)");
  EXPECT_EQ(pool.connected(0), "grant(0,A)");
  EXPECT_EQ(pool.acquire('B'), "queue; connect(1)");
  EXPECT_EQ(pool.acquire('C'), "refuse overload");
}

TEST(PoolState, ACallerWhoLeavesNeverConsumesAConnection) {
  Fixture pool({.max_pool_size = 1});
  pool.lease_new(1);
  for (const char who : {'A', 'B', 'C'})
    EXPECT_EQ(pool.acquire(who), "queue");
  EXPECT_TRUE(pool.withdraw('A', Left::cancelled));
  EXPECT_TRUE(pool.withdraw('B', Left::timed_out));
  EXPECT_EQ(pool.release(0), "grant(0,C)");
  EXPECT_FALSE(pool.withdraw('C', Left::cancelled)) << "the grant is on its way";
  EXPECT_EQ(pool.release(0, Returned::unused), "");
  EXPECT_EQ(pool.state.statistics().cancelled, 2U);
  EXPECT_EQ(pool.state.statistics().timeouts, 1U);
  EXPECT_EQ(pool.state.statistics().idle, 1);
}

TEST(PoolState, PassesOverCallersWhoseDeadlineHasPassed) {
  Fixture pool({.max_pool_size = 1});
  pool.lease_new(1);
  EXPECT_EQ(pool.acquire('A', "db", 10ms), "queue");
  EXPECT_EQ(pool.acquire('B', "db", 100ms), "queue");
  pool.pass(10ms);
  EXPECT_EQ(pool.release(0), "grant(0,B)");
  EXPECT_TRUE(pool.withdraw('A', Left::timed_out)) << "it leaves by itself";
}

TEST(PoolState, AConnectionThatComesTooLateForItsCallerGoesToTheNextOrIsKept) {
  Fixture pool({.max_pool_size = 2, .connecting_limit = 1});
  EXPECT_EQ(pool.acquire('A', "db", 2s), "queue; connect(0)");
  EXPECT_EQ(pool.acquire('B', "db", 5s), "queue");
  pool.pass(2s);
  EXPECT_TRUE(pool.withdraw('A', Left::timed_out));
  EXPECT_EQ(pool.connected(0), "grant(0,B)");
  EXPECT_EQ(pool.acquire('C'), "queue; connect(1)");
  EXPECT_TRUE(pool.withdraw('C', Left::cancelled));
  EXPECT_EQ(pool.connected(1), "");
  EXPECT_EQ(pool.state.statistics().idle, 1);
}

TEST(PoolState, ChecksAConnectionIdleForMoreThanHalfASecond) {
  Fixture pool;
  pool.lease_new(1);
  pool.release(0);
  pool.pass(500ms);
  EXPECT_EQ(pool.acquire('A'), "lease 0");
  pool.release(0);
  pool.pass(501ms);
  EXPECT_EQ(pool.acquire('A'), "check 0");
  pool.state.checked(0, pool.now);
  EXPECT_EQ(pool.release(0), "");
  EXPECT_EQ(pool.acquire('A'), "lease 0");
}

TEST(PoolState, AFailedCheckIsRetriedAheadOfLaterCallers) {
  Fixture pool({.max_pool_size = 1});
  pool.lease_new(1);
  pool.release(0);
  EXPECT_EQ(pool.acquire('A'), "lease 0");
  EXPECT_EQ(pool.acquire('B'), "queue");
  EXPECT_EQ(pool.check_failed(0), "close(0); connect(0)");
  EXPECT_EQ(pool.retry('A'), "queue");
  EXPECT_EQ(pool.connected(0), "grant(0,A)");
  EXPECT_EQ(pool.release(0), "grant(0,B)");
  EXPECT_EQ(pool.state.statistics().failed_checks, 1U);
}

TEST(PoolState, ARetryIsNotTurnedAwayByAFullQueue) {
  Fixture pool({.max_pool_size = 1, .max_waiting = 1, .connecting_limit = 1});
  pool.lease_new(1);
  pool.release(0);
  EXPECT_EQ(pool.acquire('A'), "lease 0");
  EXPECT_EQ(pool.acquire('B'), "queue");
  pool.check_failed(0);
  EXPECT_EQ(pool.retry('A'), "queue");
  EXPECT_EQ(pool.acquire('C'), "refuse overload");
}

TEST(PoolState, AfterAFailedProbeDropsWhatWasUnusedForLonger) {
  Fixture pool({.connecting_limit = 3});
  pool.lease_new(3);
  for (const SlotId slot : {0U, 1U, 2U}) {
    pool.release(slot, Returned::healthy, slot == 1 ? "mine" : "db");
    pool.pass(600ms);
  }
  EXPECT_EQ(pool.acquire('A', "mine"), "check 1");
  EXPECT_EQ(pool.check_failed(1, true), "close(0); close(1)");
  EXPECT_EQ(pool.state.statistics().idle, 1);
}

TEST(PoolState, AConnectionFoundBrokenForFreeCondemnsNoOther) {
  Fixture pool({.connecting_limit = 2});
  pool.lease_new(2);
  pool.release(0);
  pool.release(1);
  EXPECT_EQ(pool.acquire('A'), "lease 1");
  EXPECT_EQ(pool.check_failed(1), "close(1)");
  EXPECT_EQ(pool.retry('A'), "lease 0");
}

TEST(PoolState, ClosesWhatComesBackBrokenOrUnwanted) {
  for (const Returned how : {Returned::broken, Returned::discarded}) {
    Fixture pool({.max_pool_size = 1});
    pool.lease_new(1);
    EXPECT_EQ(pool.acquire('A'), "queue");
    EXPECT_EQ(pool.release(0, how), "close(0); connect(0)") << "and opens another for who waits";
    EXPECT_EQ(pool.connected(0), "grant(0,A)");
  }
}

TEST(PoolState, EndsEachLifeUpToATenthEarly) {
  Fixture pool({.max_lifetime = 10'000ms, .connecting_limit = 4});
  pool.lease_new(4);
  for (const SlotId slot : {0U, 1U, 2U, 3U})
    pool.release(slot);
  pool.pass(8'999ms);
  EXPECT_EQ(pool.tick(), "");
  std::set<Time::rep> ends;
  for (int i = 0; i < 1'001 && pool.state.statistics().idle > 0; ++i) {
    pool.pass(1ms);
    if (!pool.tick().empty()) ends.insert(pool.now.time_since_epoch().count());
  }
  EXPECT_EQ(pool.state.statistics().idle, 0);
  EXPECT_GE(ends.size(), 3U) << "not all at one moment";
}

TEST(PoolState, LooksAtTheLifetimeAtAcquireAndAtRelease) {
  Fixture pool({.idle_timeout = 0ms, .max_lifetime = 10'000ms, .keepalive = 0ms, .connecting_limit = 2});
  pool.lease_new(2);
  pool.release(0);
  pool.pass(10'001ms);
  EXPECT_EQ(pool.release(1), "close(1)");
  EXPECT_EQ(pool.acquire('A'), "queue; close(0); connect(0)");
}

TEST(PoolState, KeepsConnectionsForEverWithoutLimits) {
  Fixture pool({.idle_timeout = 0ms, .max_lifetime = 0ms, .keepalive = 0ms});
  pool.lease_new(1);
  pool.release(0);
  EXPECT_EQ(pool.state.due(), Time::max());
  pool.pass(1'000'000'000ms);
  EXPECT_EQ(pool.tick(), "");
  EXPECT_EQ(pool.acquire('A'), "check 0");
}

TEST(PoolState, ReapsWhatIsIdleForTooLongDownToTheMinimum) {
  Fixture pool({.min_pool_size = 1, .idle_timeout = 60'000ms, .keepalive = 0ms, .connecting_limit = 3});
  pool.lease_new(3);
  for (const SlotId slot : {2U, 0U, 1U}) {
    pool.release(slot);
    pool.pass(1'000ms);
  }
  pool.pass(57'000ms);
  EXPECT_EQ(pool.tick(), "close(2)");
  pool.pass(10'000ms);
  EXPECT_EQ(pool.tick(), "close(0)");
  pool.pass(1'000'000ms);
  EXPECT_EQ(pool.tick(), "") << "the last one is the minimum";
}

TEST(PoolState, KeepsTheMinimumOnceWarmedUp) {
  Fixture pool({.min_pool_size = 3, .max_pool_size = 4, .connecting_limit = 2});
  EXPECT_EQ(pool.warm_up(), "connect(0); connect(1)");
  EXPECT_EQ(pool.connect_deadline, pool.now + 10s) << "nobody waits: all of connect_timeout";
  EXPECT_EQ(pool.connected(0), "connect(2)");
  EXPECT_EQ(pool.connected(1), "");
  EXPECT_EQ(pool.connected(2), "");
  EXPECT_EQ(pool.acquire('A'), "lease 2");
  EXPECT_EQ(pool.release(2, Returned::broken), "close(2); connect(2)");
}

TEST(PoolState, TheFirstCallerStartsTheMinimumToo) {
  Fixture pool({.min_pool_size = 2, .connecting_limit = 2});
  EXPECT_EQ(pool.acquire('A'), "queue; connect(0); connect(1)");
}

TEST(PoolState, ProbesOneIdleConnectionAtATimeToKeepItAlive) {
  Fixture pool({.idle_timeout = 0ms, .keepalive = 60'000ms, .connecting_limit = 2});
  pool.lease_new(2);
  pool.release(0);
  pool.pass(1ms);
  pool.release(1);
  pool.pass(60'000ms);
  EXPECT_EQ(pool.tick(), "probe(0)");
  EXPECT_EQ(pool.tick(), "");
  EXPECT_EQ(pool.state.statistics().total, 2);
  EXPECT_EQ(pool.state.statistics().idle, 1);
  EXPECT_EQ(pool.probed(0, true), "probe(1)");
  EXPECT_EQ(pool.acquire('A'), "lease 0") << "known to be alive again";
  EXPECT_EQ(pool.acquire('B'), "queue; connect(2)");
  EXPECT_EQ(pool.probed(1, true), "grant(1,B)");
}

TEST(PoolState, AProbedConnectionKeepsItsPlaceAndItsIdleTime) {
  Fixture pool({.idle_timeout = 90'000ms, .keepalive = 60'000ms, .connecting_limit = 2});
  pool.lease_new(2);
  pool.release(0);
  pool.pass(1ms);
  pool.release(1);
  pool.pass(59'999ms);
  EXPECT_EQ(pool.tick(), "probe(0)");
  EXPECT_EQ(pool.probed(0, true), "");
  EXPECT_EQ(pool.acquire('A'), "check 1") << "still the one used last";
  pool.pass(30'000ms);
  EXPECT_EQ(pool.tick(), "close(0)");
}

TEST(PoolState, DropsWhatFailsTheKeepalive) {
  Fixture pool({.min_pool_size = 1, .keepalive = 60'000ms});
  pool.lease_new(1);
  pool.release(0);
  pool.pass(60'000ms);
  EXPECT_EQ(pool.tick(), "probe(0)");
  EXPECT_EQ(pool.probed(0, false), "close(0); connect(0)") << "the minimum is restored";
}

TEST(PoolState, ReportsALeaseHeldForTooLongOnce) {
  Fixture pool({.keepalive = 0ms, .connecting_limit = 2}, 60'000ms);
  pool.lease_new(2);
  pool.release(1);
  pool.pass(59'999ms);
  EXPECT_EQ(pool.tick(), "");
  pool.pass(1ms);
  EXPECT_EQ(pool.tick(), "leak(0)");
  EXPECT_EQ(pool.tick(), "");
  pool.release(0);
  EXPECT_EQ(pool.acquire('A'), "lease 0");
  pool.pass(60'000ms);
  EXPECT_EQ(pool.tick(), "leak(0)") << "another lease of the same connection";
  EXPECT_EQ(pool.state.statistics().leaks, 2U);
}

TEST(PoolState, WakesOftenEnoughForTheShortestTimeItWatches) {
  Fixture pool({.idle_timeout = 8'000ms}, 60'000ms);
  pool.lease_new(1);
  EXPECT_EQ(pool.state.due(), pool.now + 2s);
}

TEST(PoolState, CloseRefusesCallersAndClosesEachConnectionWhenItIsFree) {
  Fixture pool({.max_pool_size = 3, .connecting_limit = 3});
  pool.lease_new(2);
  pool.release(1);
  EXPECT_EQ(pool.acquire('A'), "lease 1");
  pool.release(1);
  EXPECT_EQ(pool.acquire('B'), "lease 1");
  EXPECT_EQ(pool.acquire('C'), "queue; connect(2)");
  pool.release(1);  // goes to C
  EXPECT_EQ(pool.acquire('D'), "queue");
  EXPECT_EQ(pool.close(), "refuse(D,closed)");
  EXPECT_EQ(pool.acquire('E'), "refuse closed");
  EXPECT_EQ(pool.release(1), "close(1)");
  EXPECT_EQ(pool.connected(2), "close(2)");
  EXPECT_EQ(pool.release(0), "close(0)");
  EXPECT_EQ(pool.state.statistics().total, 0);
  EXPECT_EQ(pool.close(), "") << "again";
}

TEST(PoolState, CloseClosesWhatIsIdleAndWhatIsBeingProbed) {
  Fixture pool({.keepalive = 60'000ms, .connecting_limit = 2});
  pool.lease_new(2);
  pool.release(0);
  pool.release(1);
  pool.pass(60'000ms);
  EXPECT_EQ(pool.tick(), "probe(0)");
  EXPECT_EQ(pool.close(), "close(1)");
  EXPECT_EQ(pool.probed(0, true), "close(0)");
}

TEST(PoolState, AConnectionIsNotClosedWhileItIsBeingCancelled) {
  Fixture pool({.connecting_limit = 2});
  pool.lease_new(2);
  EXPECT_EQ(pool.close(true), "cancel(0); cancel(1)");
  EXPECT_EQ(pool.release(0), "") << "cancel() runs on it";
  EXPECT_EQ(pool.cancel_done(0), "close(0)");
  EXPECT_EQ(pool.cancel_done(1), "");
  EXPECT_EQ(pool.release(1), "close(1)");
}

TEST(PoolState, ACheckThatFailsDuringCloseWaitsForTheCancelToo) {
  Fixture pool;
  pool.lease_new(1);
  pool.close(true);
  EXPECT_EQ(pool.check_failed(0, true), "");
  EXPECT_EQ(pool.retry('A'), "refuse closed");
  EXPECT_EQ(pool.cancel_done(0), "close(0)");
}

TEST(PoolState, RetiredKeepsNothingAndServesWhoeverAsks) {
  Fixture pool({.min_pool_size = 2, .max_pool_size = 3, .connecting_limit = 2});
  pool.lease_new(2);
  pool.release(1);
  EXPECT_EQ(pool.retire(), "close(1)");
  EXPECT_EQ(pool.tick(), "") << "no minimum";
  EXPECT_EQ(pool.warm_up(), "");
  EXPECT_EQ(pool.acquire('A'), "queue; connect(1)");
  EXPECT_EQ(pool.release(0), "grant(0,A)");
  EXPECT_EQ(pool.connected(1), "close(1)");
  EXPECT_EQ(pool.release(0), "close(0)");
  EXPECT_EQ(pool.tick(), "");
  EXPECT_EQ(pool.state.due(), Time::max()) << "nothing is left to look after";
}

TEST(PoolState, RetiredDoesNotTryADownNodeAgainByItself) {
  Fixture pool;
  EXPECT_EQ(pool.acquire('A'), "queue; connect(0)");
  pool.retire();
  EXPECT_EQ(pool.connect_failed(0), "refuse(A,down)");
  pool.pass(60'000ms);
  EXPECT_EQ(pool.tick(), "");
  EXPECT_EQ(pool.acquire('B'), "queue; connect(0)");
}

TEST(PoolState, CountsWhatItDid) {
  Fixture pool({.max_pool_size = 1});
  EXPECT_EQ(pool.acquire('A'), "queue; connect(0)");
  pool.pass(20ms);
  pool.connected(0);
  EXPECT_EQ(pool.acquire('B'), "queue");
  pool.pass(5ms);
  pool.release(0);
  const PoolStatistics statistics = pool.state.statistics();
  EXPECT_EQ(statistics.total, 1);
  EXPECT_EQ(statistics.leased, 1);
  EXPECT_EQ(statistics.idle, 0);
  EXPECT_EQ(statistics.waiting, 0);
  EXPECT_EQ(statistics.max_size, 1);
  EXPECT_EQ(statistics.acquires, 2U);
  EXPECT_EQ(statistics.connects, 1U);
  EXPECT_EQ(statistics.wait_time, 25ms);
}

TEST(PoolState, BringsOptionsIntoRange) {
  Fixture pool({.min_pool_size = 9, .max_pool_size = 0, .max_waiting = -1, .connecting_limit = 0});
  EXPECT_EQ(pool.state.options().max_pool_size, 1);
  EXPECT_EQ(pool.state.options().min_pool_size, 1);
  EXPECT_EQ(pool.state.options().connecting_limit, 1);
  EXPECT_EQ(pool.acquire('A'), "queue; connect(0)");
}

}  // namespace
}  // namespace penstock::pool
