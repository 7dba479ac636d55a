#include "server/lane.hpp"

#include <algorithm>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace penstock::server {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LaneTest : public ::testing::Test {
 protected:
  JobPtr job(std::string name, bool quick, std::string database = "bank") {
    auto made = std::make_unique<Job>();
    made->call.sql = std::move(name);
    made->call.database = std::move(database);
    made->quick = quick;
    made->came = now_;
    made->give_up_at = now_ + milliseconds(100);
    return made;
  }
  Lane::Arrival arrive(std::string name, bool quick = false, std::string database = "bank") {
    JobPtr made = job(std::move(name), quick, std::move(database));
    return lane_.arrive(made, now_);
  }
  static std::vector<std::string> names(const std::vector<JobPtr>& jobs) {
    std::vector<std::string> all;
    for (const JobPtr& one : jobs)
      all.push_back(one->call.sql);
    return all;
  }
  std::vector<std::string> take() { return names(lane_.take(now_)); }

  Time now_ = Time(milliseconds(1'000));
  Lane lane_{
      {.max_running = 2, .max_waiting = 3, .max_quick = 1, .max_together = 3, .patience = milliseconds(2)}};
};

TEST_F(LaneTest, RunsJobsInTheOrderTheyCame) {
  EXPECT_EQ(arrive("a").start, Lane::Worker::for_any);
  EXPECT_EQ(arrive("b").start, Lane::Worker::for_any);
  EXPECT_EQ(arrive("c").start, std::nullopt);
  EXPECT_THAT(take(), ElementsAre("a"));
  EXPECT_THAT(take(), ElementsAre("b"));
  EXPECT_THAT(take(), ElementsAre("c"));
  EXPECT_EQ(lane_.running(), 2U);
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_EQ(lane_.running(), 0U);
}

TEST_F(LaneTest, RefusesWhatItsQueueCannotHoldAndLeavesItToTheCaller) {
  for (const char* name : {"a", "b"})
    EXPECT_TRUE(arrive(name).start);
  EXPECT_THAT(take(), ElementsAre("a"));
  EXPECT_THAT(take(), ElementsAre("b"));
  for (const char* name : {"c", "d", "e"})
    EXPECT_TRUE(arrive(name).taken_in);
  JobPtr one_more = job("f", false);
  EXPECT_FALSE(lane_.arrive(one_more, now_).taken_in);
  ASSERT_NE(one_more, nullptr);
  EXPECT_EQ(one_more->call.sql, "f");
}

TEST_F(LaneTest, GathersQuickJobsWhileAWorkerRunsSuch) {
  const auto first = arrive("a", true);
  ASSERT_EQ(first.start, Lane::Worker::for_quick);
  EXPECT_EQ(arrive("b", true).start, std::nullopt) << "a worker for quick ones is on its way";
  lane_.began(*first.start);
  EXPECT_THAT(take(), ElementsAre("a", "b"));
  EXPECT_EQ(arrive("c", true).start, std::nullopt);
  EXPECT_EQ(arrive("d", true).start, std::nullopt);
  lane_.finished(true, 1);
  EXPECT_THAT(take(), ElementsAre("c", "d"));
}

TEST_F(LaneTest, WaitsForThoseWhoWereThereLately) {
  using std::chrono::microseconds;
  lane_.set_limits(
      {.max_running = 2, .max_waiting = 10, .max_quick = 2, .max_together = 10, .gather = microseconds(60)});
  lane_.began(*arrive("a", true).start);
  EXPECT_FALSE(lane_.gathers(now_)) << "who is alone waits for nobody";
  EXPECT_THAT(take(), ElementsAre("a"));
  const auto second = arrive("b", true);
  arrive("c", true);
  arrive("d", true);
  lane_.began(*second.start);
  EXPECT_THAT(take(), ElementsAre("b", "c", "d"));
  EXPECT_FALSE(lane_.gathers(now_)) << "nobody waits";

  lane_.finished(true, 1);
  const auto third = arrive("e", true);
  EXPECT_EQ(third.start, std::nullopt) << "who finished looks again";
  EXPECT_TRUE(lane_.gathers(now_)) << "half of four, as there are two runs";
  lane_.postponed();
  EXPECT_EQ(arrive("f", true).start, std::nullopt) << "the place is kept";
  EXPECT_FALSE(lane_.gathers(now_));
  lane_.began(Lane::Worker::for_quick);
  EXPECT_THAT(take(), ElementsAre("e", "f"));
  lane_.finished(true, 3);

  arrive("g", true);
  EXPECT_TRUE(lane_.gathers(now_));
  EXPECT_TRUE(lane_.gathers(now_ + microseconds(59)));
  EXPECT_FALSE(lane_.gathers(now_ + microseconds(60))) << "not for long";
  EXPECT_THAT(take(), ElementsAre("g"));
  lane_.finished(true, 1);
  lane_.finished(true, 2);
  arrive("h", true);
  EXPECT_TRUE(lane_.gathers(now_)) << "three were there";
  EXPECT_FALSE(lane_.gathers(now_ + microseconds(60)));
  EXPECT_FALSE(lane_.gathers(now_)) << "they did not come again, so nobody waits for them";
}

TEST_F(LaneTest, WaitsForNoMoreThanMakeARunCheap) {
  lane_.set_limits({.max_running = 2,
                    .max_waiting = 10,
                    .max_quick = 1,
                    .max_together = 10,
                    .gather = std::chrono::microseconds(60),
                    .gather_jobs = 3});
  const auto first = arrive("a", true);
  for (const char* name : {"b", "c", "d", "e", "f"})
    arrive(name, true);
  lane_.began(*first.start);
  EXPECT_EQ(take().size(), 6U);
  lane_.finished(true, 6);
  arrive("g", true);
  arrive("h", true);
  EXPECT_TRUE(lane_.gathers(now_)) << "six were there lately";
  arrive("i", true);
  EXPECT_FALSE(lane_.gathers(now_)) << "three are enough";
}

TEST_F(LaneTest, LetsNoJobThatRunsByItselfWaitForOthers) {
  using std::chrono::microseconds;
  lane_.set_limits(
      {.max_running = 2, .max_waiting = 10, .max_quick = 1, .max_together = 10, .gather = microseconds(60)});
  const auto first = arrive("a", true);
  arrive("b", true);
  arrive("c", true);
  lane_.began(*first.start);
  auto taken = lane_.take(now_);
  lane_.again(std::move(taken[1]));
  lane_.finished(true, 3);
  EXPECT_FALSE(lane_.gathers(now_));
  EXPECT_THAT(take(), ElementsAre("b"));
}

TEST_F(LaneTest, TakesTogetherOnlyWhatMayShare) {
  lane_.set_limits({.max_running = 2, .max_waiting = 10, .max_quick = 1, .max_together = 3});
  const auto first = arrive("a", true);
  arrive("b", true, "other");
  arrive("c", true);
  arrive("slow");
  arrive("d", true);
  arrive("e", true);
  lane_.began(*first.start);
  EXPECT_THAT(take(), ElementsAre("a", "c", "d")) << "of one database, and no more than max_together";
  EXPECT_THAT(take(), ElementsAre("slow")) << "another worker passes over quick ones while such run";
  lane_.finished(true, 1);
  EXPECT_THAT(take(), ElementsAre("b"));
  lane_.finished(true, 1);
  EXPECT_THAT(take(), ElementsAre("e"));
}

TEST_F(LaneTest, TakesTogetherOnlyOneRoleAndItsSettings) {
  lane_.set_limits({.max_running = 2, .max_waiting = 10, .max_quick = 1, .max_together = 10});
  const auto arrive_as = [this](std::string name, std::string role, std::string user) {
    JobPtr made = job(std::move(name), true);
    made->call.options.role = std::move(role);
    if (!user.empty()) made->call.options.settings = {{"app.user_id", std::move(user)}};
    return lane_.arrive(made, now_);
  };
  const auto first = arrive_as("a", "reader", "1");
  arrive_as("b", "writer", "1");
  arrive_as("c", "reader", "2");
  arrive_as("d", "reader", "1");
  arrive_as("e", "reader", "");
  arrive_as("f", "", "1");
  lane_.began(*first.start);
  for (const auto& together : std::vector<std::vector<std::string>>{{"a", "d"}, {"b"}, {"c"}, {"e"}, {"f"}}) {
    EXPECT_EQ(take(), together);
    lane_.finished(true, 1);
  }
}

TEST_F(LaneTest, GivesAWorkerToAQuickJobThatLostItsPatience) {
  const auto first = arrive("a", true);
  lane_.began(*first.start);
  EXPECT_THAT(take(), ElementsAre("a"));
  arrive("b", true);
  now_ += milliseconds(1);
  EXPECT_EQ(lane_.wanted_worker(now_), std::nullopt);
  now_ += milliseconds(1);
  const auto second = lane_.wanted_worker(now_);
  ASSERT_EQ(second, Lane::Worker::for_quick);
  EXPECT_EQ(lane_.wanted_worker(now_), std::nullopt) << "no more workers than max_running";
  lane_.began(*second);
  EXPECT_THAT(take(), ElementsAre("b"));
}

TEST_F(LaneTest, StartsNoMoreWorkersThanCoresCarryUntilAJobHasWaited) {
  lane_.set_limits({.max_running = 3, .max_waiting = 10, .max_eager = 1, .patience = milliseconds(2)});
  EXPECT_EQ(arrive("a").start, Lane::Worker::for_any);
  EXPECT_EQ(arrive("b").start, std::nullopt);
  EXPECT_THAT(take(), ElementsAre("a"));
  EXPECT_EQ(lane_.wanted_worker(now_), std::nullopt);
  now_ += milliseconds(2);
  EXPECT_EQ(lane_.wanted_worker(now_), Lane::Worker::for_any);
  EXPECT_THAT(take(), ElementsAre("b"));
}

TEST_F(LaneTest, WhatMustRunByItselfIsNextAndSharesNoMore) {
  const auto first = arrive("a", true);
  arrive("b", true);
  lane_.began(*first.start);
  auto taken = lane_.take(now_);
  ASSERT_THAT(names(taken), ElementsAre("a", "b"));
  arrive("c", true);
  lane_.again(std::move(taken[1]));
  lane_.finished(true, 1);
  EXPECT_THAT(take(), ElementsAre("b"));
  EXPECT_THAT(take(), ElementsAre("c"));
}

TEST_F(LaneTest, GivesBackWhatNobodyWaitsForAnyMore) {
  arrive("a");
  arrive("b");
  JobPtr stopped = job("c", false);
  std::stop_source stop;
  stopped->call.options.stop = stop.get_token();
  stopped->give_up_at = Time::max();
  EXPECT_TRUE(lane_.arrive(stopped, now_).taken_in);
  EXPECT_THAT(names(lane_.expire(now_)), IsEmpty());
  stop.request_stop();
  EXPECT_THAT(names(lane_.expire(now_)), ElementsAre("c"));
  now_ += milliseconds(100);
  EXPECT_THAT(names(lane_.expire(now_)), ElementsAre("a", "b"));
  EXPECT_EQ(lane_.waiting(), 0U);
}

TEST_F(LaneTest, LetsGoOfAllThatWaits) {
  arrive("a");
  arrive("b");
  EXPECT_THAT(names(lane_.clear()), ElementsAre("a", "b"));
  EXPECT_EQ(lane_.waiting(), 0U);
}

PrincipalPtr principal(std::string name, std::int64_t queue_share = 1, std::string role = {}) {
  auto made = std::make_shared<Principal>();
  made->name = std::move(name);
  made->limits.queue_share = queue_share;
  made->role = std::move(role);
  return made;
}

class FairLaneTest : public LaneTest {
 protected:
  FairLaneTest() {
    lane_.set_limits({.max_running = 1, .max_waiting = 12, .max_quick = 1, .max_together = 4});
  }

  Lane::Arrival arrive_of(const PrincipalPtr& who, std::string name, bool quick = false) {
    JobPtr made = job(std::move(name), quick);
    made->call.principal = who;
    Lane::Arrival arrival = lane_.arrive(made, now_);
    left_over_ = std::move(made);
    return arrival;
  }
  std::string take_all() {
    std::string order;
    for (auto jobs = take(); !jobs.empty(); jobs = take())
      order += jobs.front();
    return order;
  }

  PrincipalPtr agent_ = principal("agent");
  PrincipalPtr flood_ = principal("flood");
  JobPtr left_over_;
};

TEST_F(FairLaneTest, AFloodWaitsForItselfAlone) {
  for (int i = 0; i < 6; ++i)
    arrive_of(flood_, "f");
  arrive_of(agent_, "a");
  arrive_of(agent_, "b");
  EXPECT_EQ(take_all(), "fafbffff") << "in turn, and each in its own order";
}

TEST_F(FairLaneTest, WhoHasBeenServedDoesNotComeFirstAgain) {
  for (int i = 0; i < 4; ++i)
    arrive_of(flood_, "f");
  std::string order;
  for (int i = 0; i < 4; ++i) {
    // One after the other, as a client without a thread to spare asks.
    arrive_of(agent_, "a");
    order += take().front();
    order += take().front();
  }
  EXPECT_EQ(order, "fafafafa");
}

TEST_F(FairLaneTest, ServesByShare) {
  const PrincipalPtr large = principal("large", 3);
  for (int i = 0; i < 6; ++i)
    arrive_of(large, "L");
  for (int i = 0; i < 4; ++i)
    arrive_of(agent_, "a");
  const std::string order = take_all();
  EXPECT_EQ(std::ranges::count(order.substr(0, 4), 'a'), 1) << order;
  EXPECT_EQ(std::ranges::count(order.substr(0, 8), 'a'), 2) << order;
}

TEST_F(FairLaneTest, APrincipalIsItselfAfterAReload) {
  arrive_of(flood_, "1");
  arrive_of(principal("flood"), "2");
  arrive_of(principal("flood"), "3");
  arrive_of(agent_, "a");
  EXPECT_EQ(take_all(), "1a23");
}

TEST_F(FairLaneTest, AFullQueueHasRoomForWhoHasLess) {
  for (int i = 0; i < 12; ++i)
    ASSERT_TRUE(arrive_of(flood_, std::string(1, static_cast<char>('A' + i))).taken_in);
  EXPECT_FALSE(arrive_of(flood_, "x").taken_in);
  ASSERT_NE(left_over_, nullptr);
  auto arrival = arrive_of(agent_, "1");
  EXPECT_TRUE(arrival.taken_in);
  ASSERT_NE(arrival.displaced, nullptr);
  EXPECT_EQ(arrival.displaced->call.sql, "L") << "the last of the flood";
  for (const char* name : {"2", "3", "4", "5", "6"})
    EXPECT_TRUE(arrive_of(agent_, name).taken_in);
  EXPECT_FALSE(arrive_of(agent_, "7").taken_in) << "half of it is its share";
  EXPECT_EQ(lane_.waiting(), 12U);
  EXPECT_EQ(take_all(), "A1B2C3D4E5F6");
}

TEST_F(FairLaneTest, TakesTogetherAcrossPrincipalsInFairOrder) {
  const auto first = arrive_of(flood_, "0", true);
  lane_.began(*first.start);
  EXPECT_THAT(take(), ElementsAre("0"));
  for (const char* name : {"1", "2", "3", "4", "5"})
    arrive_of(flood_, name, true);
  arrive_of(agent_, "a", true);
  lane_.finished(true, 1);
  EXPECT_THAT(take(), ElementsAre("1", "a", "2", "3"));
}

TEST_F(FairLaneTest, DoesNotPutOtherRolesIntoOneTransaction) {
  const auto first = arrive_of(agent_, "0", true);
  arrive_of(principal("other"), "1", true);
  arrive_of(principal("clerk", 1, "clerk"), "2", true);
  lane_.began(*first.start);
  EXPECT_THAT(take(), ElementsAre("0", "1"));
  lane_.finished(true, 1);
  EXPECT_THAT(take(), ElementsAre("2"));
}

TEST_F(FairLaneTest, WhoseTimeIsOverTakesNoPlace) {
  for (int i = 0; i < 12; ++i)
    arrive_of(flood_, "f");
  now_ += milliseconds(200);
  EXPECT_EQ(lane_.expire(now_).size(), 12U);
  arrive_of(flood_, "1");
  arrive_of(flood_, "2");
  arrive_of(agent_, "a");
  EXPECT_EQ(take_all(), "1a2");
}

TEST_F(LaneTest, NeverMixesPrincipalsOfDifferentRolesOrSettings) {
  const auto principal = [](std::string role, std::string user) {
    auto made = std::make_shared<Principal>();
    made->role = std::move(role);
    if (!user.empty()) made->settings = {{"app.user_id", std::move(user)}};
    return made;
  };
  const auto arrive_as = [this](std::string name, PrincipalPtr who) {
    JobPtr made = job(std::move(name), true);
    made->call.principal = std::move(who);
    EXPECT_TRUE(lane_.arrive(made, now_).taken_in);
  };
  arrive_as("a", principal("analyst", "7"));
  arrive_as("b", principal("teller", "7"));
  arrive_as("c", principal("analyst", "7"));
  lane_.began(Lane::Worker::for_quick);
  EXPECT_THAT(take(), ElementsAre("a", "c"));
  arrive_as("d", principal("analyst", "8"));
  lane_.finished(true, 1);
  EXPECT_THAT(take(), ElementsAre("b"));
  lane_.finished(true, 1);
  EXPECT_THAT(take(), ElementsAre("d"));
}

}  // namespace
}  // namespace penstock::server
