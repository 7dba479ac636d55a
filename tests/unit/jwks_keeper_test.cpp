// Keeping a set of keys fresh, with a source that does as it is told.
#include "server/identity/jwks_keeper.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/token_fixture.hpp"

namespace penstock::server {
namespace {

using namespace std::chrono_literals;
constexpr auto kPatience = 20s;

/// Answers a read only when it is told what to say.
class ScriptedJwks {
 public:
  void say(Result<std::string> text) {
    {
      const std::scoped_lock lock(mutex_);
      texts_.push_back(std::move(text));
    }
    changed_.notify_all();
  }
  void say_changed() { has_changed_ = true; }
  [[nodiscard]] bool wait_for_reads(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return reads_ >= count; });
  }
  [[nodiscard]] int reads() {
    const std::scoped_lock lock(mutex_);
    return reads_;
  }

  Result<std::string> next(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    ++reads_;
    changed_.notify_all();
    if (!changed_.wait(lock, stop, [this] { return !texts_.empty(); }))
      return fail(ErrorCode::unavailable, "stopped");
    auto text = std::move(texts_.front());
    texts_.pop_front();
    return text;
  }
  bool changed() { return has_changed_.exchange(false); }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Result<std::string>> texts_;
  int reads_ = 0;
  std::atomic<bool> has_changed_ = false;
};

class ScriptedSource final : public JwksSource {
 public:
  explicit ScriptedSource(ScriptedJwks& script) : script_(script) {}
  Result<std::string> read(std::stop_token stop) override { return script_.next(stop); }
  [[nodiscard]] bool is_watched() const noexcept override { return true; }
  bool changed() override { return script_.changed(); }

 private:
  ScriptedJwks& script_;
};

Result<std::string> down() {
  return fail(ErrorCode::unavailable, "nobody answers");
}

class Keeper : public ::testing::Test {
 protected:
  static constexpr JwksTimes kTimes{.refresh_interval = 1h, .refetch_interval = 0ms, .keep_keys = 2h};

  std::unique_ptr<JwksKeeper> make(JwksTimes times = kTimes) {
    return std::make_unique<JwksKeeper>(std::make_unique<ScriptedSource>(script), times);
  }
  static std::future<Result<KeptJwksPtr>> first(JwksKeeper& keeper) {
    auto promise = std::make_shared<std::promise<Result<KeptJwksPtr>>>();
    keeper.first([promise](Result<KeptJwksPtr> keys) { promise->set_value(std::move(keys)); });
    return promise->get_future();
  }
  static std::future<Result<KeptJwksPtr>> newer(JwksKeeper& keeper, const KeptJwksPtr& known) {
    auto promise = std::make_shared<std::promise<Result<KeptJwksPtr>>>();
    keeper.newer(known, [promise](Result<KeptJwksPtr> keys) { promise->set_value(std::move(keys)); });
    return promise->get_future();
  }
  static Result<KeptJwksPtr> settled(std::future<Result<KeptJwksPtr>> future) {
    if (future.wait_for(kPatience) != std::future_status::ready)
      return fail(ErrorCode::internal, "never answered");
    return future.get();
  }

  const std::string one = jwks_of({p256_key().jwk("one")});
  const std::string two = jwks_of({p256_key().jwk("two")});
  ScriptedJwks script;
};

TEST_F(Keeper, AnswersWhoCameFirstWhenTheSetIsThere) {
  const auto keeper = make();
  ASSERT_TRUE(script.wait_for_reads(1));
  EXPECT_EQ(keeper->current(), nullptr);
  auto early = first(*keeper);
  auto another = first(*keeper);
  script.say(one);
  const auto keys = settled(std::move(early));
  ASSERT_TRUE(keys);
  EXPECT_EQ((*keys)->keys.keys().front().id, "one");
  EXPECT_EQ(settled(std::move(another)).value(), *keys);
  EXPECT_EQ(keeper->current(), *keys);
  EXPECT_EQ(script.reads(), 1);
}

TEST_F(Keeper, FetchesOnceForAllWhoMissAKey) {
  const auto keeper = make();
  script.say(one);
  const KeptJwksPtr old = settled(first(*keeper)).value();
  std::vector<std::future<Result<KeptJwksPtr>>> waiting;
  waiting.push_back(newer(*keeper, old));
  ASSERT_TRUE(script.wait_for_reads(2));
  for (int i = 0; i < 50; ++i)
    waiting.push_back(newer(*keeper, old));
  script.say(two);
  for (auto& one_of_them : waiting) {
    const auto keys = settled(std::move(one_of_them));
    ASSERT_TRUE(keys) << keys.error().message;
    EXPECT_GT((*keys)->generation, old->generation);
  }
  // Who comes with the old set after that is given the new one, and nothing is fetched.
  EXPECT_EQ(settled(newer(*keeper, old)).value()->keys.keys().front().id, "two");
  EXPECT_EQ(script.reads(), 2);
}

TEST_F(Keeper, FetchesAgainNoSoonerThanConfigured) {
  const auto keeper = make({.refresh_interval = 1h, .refetch_interval = 1h, .keep_keys = 2h});
  script.say(one);
  const KeptJwksPtr keys = settled(first(*keeper)).value();
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(settled(newer(*keeper, keys)).value(), keys);
  EXPECT_EQ(script.reads(), 1);
}

TEST_F(Keeper, KeepsTheLastGoodSetWhileTheIssuerIsDown) {
  const auto keeper = make();
  script.say(one);
  const KeptJwksPtr keys = settled(first(*keeper)).value();
  auto asked = newer(*keeper, keys);
  script.say(down());
  // A key that is not in it may be in the one that could not be fetched.
  const auto unknown = settled(std::move(asked));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(unknown.error().retryable);
  EXPECT_EQ(keeper->current(), keys);
  // And it is asked again without anybody's doing.
  ASSERT_TRUE(script.wait_for_reads(3));
}

TEST_F(Keeper, TakesNoBrokenSetForAnEmptyOne) {
  const auto keeper = make();
  script.say(one);
  const KeptJwksPtr keys = settled(first(*keeper)).value();
  auto asked = newer(*keeper, keys);
  script.say(std::string("<html>503</html>"));
  EXPECT_FALSE(settled(std::move(asked)));
  EXPECT_EQ(keeper->current(), keys);
}

TEST_F(Keeper, FailsClosedWhenTheSetIsTooOld) {
  const auto keeper = make({.refresh_interval = 0ms, .refetch_interval = 0ms, .keep_keys = 0ms});
  script.say(one);
  ASSERT_TRUE(settled(first(*keeper)));
  script.say(down());
  script.say(down());
  ASSERT_TRUE(script.wait_for_reads(4));
  EXPECT_EQ(keeper->current(), nullptr);
  auto asked = first(*keeper);
  script.say(down());
  EXPECT_EQ(settled(std::move(asked)).error().code, ErrorCode::unavailable);
  auto back = first(*keeper);
  script.say(two);
  ASSERT_TRUE(settled(std::move(back)));
}

TEST_F(Keeper, SaysAtOnceThatThereIsNoneWhenThatWasJustFoundOut) {
  const auto keeper = make({.refresh_interval = 1h, .refetch_interval = 1h, .keep_keys = 2h});
  auto asked = first(*keeper);
  script.say(down());
  EXPECT_EQ(settled(std::move(asked)).error().code, ErrorCode::unavailable);
  EXPECT_EQ(settled(first(*keeper)).error().code, ErrorCode::unavailable);
  EXPECT_EQ(script.reads(), 1);
}

TEST_F(Keeper, ReadsAWatchedSourceThatChanged) {
  const auto keeper = make();
  script.say(one);
  const KeptJwksPtr old = settled(first(*keeper)).value();
  script.say_changed();
  ASSERT_TRUE(script.wait_for_reads(2));
  auto asked = newer(*keeper, old);
  script.say(two);
  EXPECT_EQ(settled(std::move(asked)).value()->keys.keys().front().id, "two");
}

TEST_F(Keeper, TurnsAwayAFloodThatWaits) {
  std::atomic<std::size_t> answered = 0;  // outlives the keeper, which answers whoever waits
  const auto keeper = make();
  ASSERT_TRUE(script.wait_for_reads(1));
  auto waiting = first(*keeper);
  for (std::size_t i = 1; i < JwksKeeper::kMaxWaiting; ++i)
    keeper->first([&](const Result<KeptJwksPtr>&) { ++answered; });
  EXPECT_EQ(settled(first(*keeper)).error().code, ErrorCode::unavailable);
  EXPECT_EQ(answered, 0U);
  script.say(one);
  ASSERT_TRUE(settled(std::move(waiting)));
  ASSERT_TRUE(settled(first(*keeper)));
}

TEST_F(Keeper, KeepsItsGenerationWhileTheTextIsTheSame) {
  const auto keeper = make();
  script.say(one);
  const KeptJwksPtr keys = settled(first(*keeper)).value();
  auto asked = newer(*keeper, keys);
  script.say(one);
  EXPECT_EQ(settled(std::move(asked)).value(), keys);
}

TEST_F(Keeper, EndsWhileItFetchesAndAnswersWhoWaits) {
  auto keeper = make();
  ASSERT_TRUE(script.wait_for_reads(1));
  auto waiting = first(*keeper);
  keeper.reset();
  EXPECT_EQ(settled(std::move(waiting)).error().code, ErrorCode::unavailable);
}

TEST(JwksSchedule, SaysWhenToFetch) {
  const JwksTimes times{.refresh_interval = 100s, .refetch_interval = 10s, .keep_keys = 300s};
  JwksSchedule schedule(times);
  const JwksSchedule::Time start(1h);
  EXPECT_LE(schedule.due(), start);
  EXPECT_FALSE(schedule.holds(start));
  schedule.began(start);
  schedule.ended(start + 1s, true);
  EXPECT_EQ(schedule.due(), start + 100s);
  EXPECT_FALSE(schedule.may_refetch(start + 9s));
  EXPECT_TRUE(schedule.may_refetch(start + 10s));
  EXPECT_TRUE(schedule.holds(start + 10h));
  schedule.began(start + 100s);
  schedule.ended(start + 105s, false);
  EXPECT_TRUE(schedule.failing());
  EXPECT_EQ(schedule.due(), start + 110s);
  EXPECT_TRUE(schedule.holds(start + 300s));
  EXPECT_FALSE(schedule.holds(start + 301s));
  schedule.began(start + 400s);
  schedule.ended(start + 401s, true);
  EXPECT_TRUE(schedule.holds(start + 402s));
}

}  // namespace
}  // namespace penstock::server
