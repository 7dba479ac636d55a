#include "server/http_loop_waits.hpp"

#include <array>
#include <thread>

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

namespace penstock::server {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class HttpLoopWaitsTest : public ::testing::Test {
 protected:
  HttpLoopWaitsTest() {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_.data()), 0);
    waits_->adopt_thread();
  }
  ~HttpLoopWaitsTest() override {
    for (const int end : ends_)
      close(end);
  }
  // Of the first socket by odd numbers, of the second by even ones: each is waited for by one at a time.
  EventLoop::Wait await(int number, EventLoop::Time time = EventLoop::Time::max()) {
    const int socket = ends_[number % 2 == 1 ? 0 : 1];
    return EventLoop::current()->await(
        socket, time, [this, number](bool readable) { told_.push_back(readable ? number : -number); });
  }
  void speak_to(std::size_t end) { EXPECT_EQ(send(ends_[1 - end], "x", 1, 0), 1); }

  std::array<int, 2> ends_{};
  std::shared_ptr<LoopContext> context_ = std::make_shared<LoopContext>();
  int begun_ = 0;
  int settled_ = 0;
  std::shared_ptr<HttpLoopWaits> waits_ =
      std::make_shared<HttpLoopWaits>(context_, [this] { ++begun_; }, [this] { ++settled_; });
  std::vector<int> told_;
};

TEST_F(HttpLoopWaitsTest, TellOfASocketOnceItIsReadableAndLeaveItOpen) {
  for (int round = 1; round <= 2; ++round) {
    await(2 * round - 1);
    context_->poll();
    EXPECT_EQ(told_.size(), static_cast<std::size_t>(round - 1));
    speak_to(0);
    context_->poll();
    EXPECT_EQ(begun_, round);
    EXPECT_EQ(settled_, 2 * round) << "once more after what waited is destroyed";
    char byte = 0;
    EXPECT_EQ(recv(ends_[0], &byte, 1, 0), 1);
    EXPECT_TRUE(waits_->empty());
  }
  EXPECT_THAT(told_, ElementsAre(1, 3));
}

TEST_F(HttpLoopWaitsTest, WhatWaitedIsDestroyedOnceItsAnswersAreOut) {
  int settled_at_its_end = -1;
  std::shared_ptr<void> held(nullptr, [&](void*) { settled_at_its_end = settled_; });
  EventLoop::current()->await(ends_[0], EventLoop::Time::max(),
                              [this, held = std::move(held)](bool /*readable*/) {
                                EXPECT_EQ(begun_, 1);
                                EXPECT_EQ(settled_, 0);
                              });
  speak_to(0);
  EXPECT_EQ(begun_, 0);
  context_->poll();
  EXPECT_EQ(settled_at_its_end, 1);
}

TEST_F(HttpLoopWaitsTest, WhatItsDestructionAnswersGoesOutToo) {
  int settled_before = 0;
  std::shared_ptr<void> held(nullptr, [&](void*) { settled_before = settled_; });
  EventLoop::current()->await(ends_[0], EventLoop::Time::max(), [held = std::move(held)](bool) {});
  speak_to(0);
  context_->poll();
  EXPECT_GT(settled_, settled_before);
}

TEST_F(HttpLoopWaitsTest, EndAtTheirTimeAndNoSooner) {
  const auto now = EventLoop::Time::clock::now();
  await(1, now + 1s);
  await(2, now + 2s);
  waits_->check_time(now + 999ms);
  EXPECT_THAT(told_, ElementsAre());
  waits_->check_time(now + 1s);
  EXPECT_THAT(told_, ElementsAre(-1));
  waits_->check_time(now + 2s);
  EXPECT_THAT(told_, ElementsAre(-1, -2));
}

TEST_F(HttpLoopWaitsTest, EndFromAnotherThreadIsToldOnTheLoops) {
  const auto wait = await(1);
  await(2);
  std::thread([&] {
    EXPECT_EQ(EventLoop::current(), nullptr);
    waits_->end(wait);
    waits_->end(wait);
  }).join();
  EXPECT_TRUE(told_.empty());
  context_->poll();
  EXPECT_THAT(told_, ElementsAre(-1));
  speak_to(1);
  context_->poll();
  EXPECT_THAT(told_, ElementsAre(-1, 2));
}

TEST_F(HttpLoopWaitsTest, TheLoopsEndEndsThemAllAndThoseThatComeLater) {
  await(1);
  waits_->end_all();
  EXPECT_THAT(told_, ElementsAre(-1));
  speak_to(1);
  await(2);
  EXPECT_THAT(told_, ElementsAre(-1)) << "not while it is being asked for";
  context_->poll();
  EXPECT_THAT(told_, ElementsAre(-1, -2));
}

TEST_F(HttpLoopWaitsTest, WhatIsDeferredComesBehindWhatIsReady) {
  waits_->defer([&] {
    told_.push_back(1);
    waits_->defer([&] { told_.push_back(3); });
  });
  waits_->defer([&] {
    told_.push_back(2);
    throw std::runtime_error("one that throws harms no other");
  });
  context_->poll();
  EXPECT_THAT(told_, ElementsAre(1, 2)) << "what comes meanwhile is for the next turn";
  context_->poll();
  EXPECT_THAT(told_, ElementsAre(1, 2, 3));
  EXPECT_EQ(settled_, 3);
}

}  // namespace
}  // namespace penstock::server
