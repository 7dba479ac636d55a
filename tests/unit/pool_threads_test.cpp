// The parts that threads meet in: Waiter and Housekeeper.
#include <latch>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "pool/housekeeper.hpp"
#include "pool/waiter.hpp"
#include "pool_fakes.hpp"

namespace penstock::pool {
namespace {

using namespace std::chrono_literals;

Housekeeper::Time soon(std::chrono::milliseconds time) {
  return Deadline::Clock::now() + time;
}

TEST(Waiter, WakesWhenSettled) {
  Waiter waiter;
  std::jthread other([&] { waiter.settle({.granted = true, .slot = 7}); });
  EXPECT_TRUE(waiter.wait_until(Time::max()));
  EXPECT_TRUE(waiter.outcome().granted);
  EXPECT_EQ(waiter.outcome().slot, 7U);
}

TEST(Waiter, WakesUnsettledWhenPokedOrLate) {
  Waiter poked;
  std::jthread other([&] { poked.poke(); });
  EXPECT_FALSE(poked.wait_until(Time::max()));
  Waiter late;
  EXPECT_FALSE(late.wait_until(soon(1ms)));
  EXPECT_FALSE(late.wait_until(Time{})) << "a time long past";
}

TEST(Waiter, StillSeesTheOutcomeAfterAPoke) {
  Waiter waiter;
  waiter.poke();
  EXPECT_FALSE(waiter.wait_until(Time::max()));
  std::jthread other([&] { waiter.settle({.refusal = Refusal::down}); });
  waiter.wait_settled();
  EXPECT_FALSE(waiter.outcome().granted);
  EXPECT_EQ(waiter.outcome().refusal, Refusal::down);
}

// A waiter may be gone the moment it is settled: many short-lived ones on one stack would show a late touch.
TEST(Waiter, IsNotTouchedOnceSettled) {
  std::atomic<Waiter*> current = nullptr;
  std::jthread settler([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (Waiter* waiter = current.exchange(nullptr)) waiter->settle({.granted = true, .slot = 1});
    }
  });
  for (int i = 0; i < 2'000; ++i) {
    const auto waiter = std::make_unique<Waiter>();
    current = waiter.get();
    EXPECT_TRUE(waiter->wait_until(Time::max()));
    EXPECT_EQ(waiter->outcome().slot, 1U);
  }
}

TEST(Housekeeper, TicksAtTheTimeAskedForAndAgainAsTheTickSays) {
  Housekeeper housekeeper;
  std::atomic<int> ticks = 0;
  std::atomic<bool> early = false;
  const Housekeeper::Time first = soon(5ms);
  auto client = housekeeper.add([&](Housekeeper::Time now) {
    if (now < first) early = true;
    return ++ticks < 3 ? now + 1ms : Housekeeper::Time::max();
  });
  client.wake(first);
  EXPECT_TRUE(wait_until([&] { return ticks == 3; }));
  EXPECT_FALSE(early);
  client.wake(Deadline::Clock::now());
  EXPECT_TRUE(wait_until([&] { return ticks == 4; }));
}

TEST(Housekeeper, AnEarlierWakeWinsAndALaterOneChangesNothing) {
  Housekeeper housekeeper;
  std::atomic<int> ticks = 0;
  auto client = housekeeper.add([&](Housekeeper::Time) {
    ++ticks;
    return Housekeeper::Time::max();
  });
  client.wake(soon(1h));
  client.wake(soon(1ms));
  client.wake(soon(2h));
  EXPECT_TRUE(wait_until([&] { return ticks == 1; }));
}

TEST(Housekeeper, AWakeDuringTheTickIsNotLost) {
  Housekeeper housekeeper;
  std::atomic<int> ticks = 0;
  Housekeeper::Registration client;
  client = housekeeper.add([&](Housekeeper::Time now) {
    if (++ticks == 1) client.wake(now);
    return Housekeeper::Time::max();
  });
  client.wake(Deadline::Clock::now());
  EXPECT_TRUE(wait_until([&] { return ticks == 2; }));
}

TEST(Housekeeper, AJobThatHangsHoldsUpNoOther) {
  Gate gate;
  gate.close();
  std::latch done(3);
  Housekeeper housekeeper;  // goes first, and its jobs with it
  auto client = housekeeper.add([](Housekeeper::Time) { return Housekeeper::Time::max(); });
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(client.run([&] { EXPECT_TRUE(gate.pass(Deadline::never())); }));
  }
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(client.run([&] { done.count_down(); }));
  done.wait();
  EXPECT_TRUE(wait_until([&] { return gate.stopped() == 5; }));
  gate.open();
}

TEST(Housekeeper, RunsWhatItAcceptedBeforeItGoesAndNothingAfter) {
  std::atomic<int> ran = 0;
  Housekeeper::Registration client;
  {
    Housekeeper housekeeper;
    client = housekeeper.add([](Housekeeper::Time) { return Housekeeper::Time::max(); });
    for (int i = 0; i < 50; ++i)
      ASSERT_TRUE(client.run([&] { ++ran; }));
  }
  EXPECT_EQ(ran, 50);
  EXPECT_FALSE(client.run([&] { ++ran; }));
  client.wake(Deadline::Clock::now());
  EXPECT_EQ(ran, 50);
}

TEST(Housekeeper, ARegistrationThatIsGoneGetsNoTick) {
  Housekeeper housekeeper;
  const auto owned = std::make_shared<int>(0);
  {
    auto client = housekeeper.add([owned](Housekeeper::Time) { return Housekeeper::Time::max(); });
    client.wake(soon(1h));
    EXPECT_EQ(owned.use_count(), 2);
  }
  EXPECT_EQ(owned.use_count(), 1) << "nor does its tick stay";
  EXPECT_FALSE(Housekeeper::Registration{}.run([] {}));
}

}  // namespace
}  // namespace penstock::pool
