#include <thread>

#include <gtest/gtest.h>

#include "server/http_exchange.hpp"

namespace penstock::server {
namespace {

class HttpInboxTest : public ::testing::Test {
 protected:
  void put(HttpDelivery::Kind kind) {
    HttpDelivery delivery{.exchange = nullptr, .kind = kind, .bytes = {}, .written = {}};
    EXPECT_TRUE(inbox_.put(delivery));
  }
  void put_elsewhere(HttpDelivery::Kind kind) {
    std::thread([&] { put(kind); }).join();
  }
  std::size_t take() {
    std::vector<HttpDelivery> taken;
    static_cast<void>(inbox_.take(taken));
    return taken.size();
  }

  int woken_ = 0;
  int settled_ = 0;
  HttpInbox inbox_{[this] { ++woken_; }, [this] { ++settled_; }};
};

TEST_F(HttpInboxTest, AnotherThreadWakesTheLoopOnceForAllThatWaits) {
  inbox_.adopt_thread();
  inbox_.settle_at_once(true);
  put_elsewhere(HttpDelivery::Kind::whole);
  put_elsewhere(HttpDelivery::Kind::whole);
  EXPECT_EQ(woken_, 1);
  EXPECT_EQ(settled_, 0) << "that is for the loop's thread";
  EXPECT_EQ(take(), 2U);
  put_elsewhere(HttpDelivery::Kind::whole);
  EXPECT_EQ(woken_, 1) << "the loop looks again until nothing is there";
  EXPECT_EQ(take(), 1U);
  EXPECT_EQ(take(), 0U);
  put_elsewhere(HttpDelivery::Kind::whole);
  EXPECT_EQ(woken_, 2);
}

TEST_F(HttpInboxTest, TheLoopsOwnAnswersWaitForTheEndOfWhatItDoes) {
  inbox_.adopt_thread();
  put(HttpDelivery::Kind::whole);
  EXPECT_EQ(woken_, 0);
  EXPECT_EQ(settled_, 0);
  EXPECT_EQ(take(), 1U);
}

TEST_F(HttpInboxTest, OrGoOutAtOnceWhenTheyAreWhole) {
  inbox_.adopt_thread();
  inbox_.settle_at_once(true);
  for (const auto kind : {HttpDelivery::Kind::begun, HttpDelivery::Kind::bytes, HttpDelivery::Kind::ended})
    put(kind);
  EXPECT_EQ(settled_, 0) << "in one write with what follows";
  put(HttpDelivery::Kind::whole);
  EXPECT_EQ(settled_, 1);
  inbox_.settle_at_once(false);
  put(HttpDelivery::Kind::whole);
  EXPECT_EQ(settled_, 1);
  EXPECT_EQ(woken_, 0);
}

TEST_F(HttpInboxTest, OfALoopThatHasEndedTakesNothing) {
  inbox_.close();
  HttpDelivery delivery{.exchange = nullptr, .kind = HttpDelivery::Kind::bytes, .bytes = "x", .written = {}};
  EXPECT_FALSE(inbox_.put(delivery));
  EXPECT_EQ(delivery.bytes, "x");
}

}  // namespace
}  // namespace penstock::server
