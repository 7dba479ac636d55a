#include "server/loop_context.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace penstock::server {
namespace {

using namespace std::chrono_literals;

// Both ends of a connection; the first one is watched.
struct Pair final : SocketPoll::Watcher {
  Pair() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0); }
  ~Pair() override {
    close(ends[0]);
    close(ends[1]);
  }
  void ready(std::uint32_t events) override {
    ++told;
    last = events;
    if (then) then();
  }
  void speak() const { EXPECT_EQ(send(ends[1], "x", 1, 0), 1); }
  void listen() const {
    char byte = 0;
    EXPECT_EQ(recv(ends[0], &byte, 1, 0), 1);
  }

  std::array<int, 2> ends{};
  int told = 0;
  std::uint32_t last = 0;
  std::function<void()> then;
};

TEST(SocketPoll, TellsOfEachThingThatComesOnce) {
  SocketPoll sockets;
  Pair pair;
  ASSERT_TRUE(sockets.watch(pair.ends[0], pair));
  EXPECT_EQ(sockets.poll(), 1U);
  EXPECT_EQ(pair.last, EPOLLOUT) << "what it is ready for already";
  EXPECT_EQ(sockets.poll(), 0U);
  for (int i = 2; i <= 4; ++i) {
    pair.speak();
    EXPECT_EQ(sockets.poll(), 1U);
    EXPECT_EQ(sockets.poll(), 0U) << "though it was not read";
    EXPECT_EQ(pair.told, i);
    EXPECT_NE(pair.last & EPOLLIN, 0U);
  }
  shutdown(pair.ends[1], SHUT_WR);
  EXPECT_EQ(sockets.poll(), 1U);
  EXPECT_NE(pair.last & EPOLLRDHUP, 0U);
}

TEST(SocketPoll, TellsOfRoomToWriteWhenThereIsSomeAgain) {
  SocketPoll sockets;
  Pair pair;
  ASSERT_TRUE(sockets.watch(pair.ends[0], pair));
  sockets.poll();
  std::array<char, 4'096> bytes{};
  while (send(pair.ends[0], bytes.data(), bytes.size(), 0) > 0) {
  }
  EXPECT_EQ(sockets.poll(), 0U);
  while (recv(pair.ends[1], bytes.data(), bytes.size(), 0) > 0) {
  }
  EXPECT_EQ(sockets.poll(), 1U);
  EXPECT_NE(pair.last & EPOLLOUT, 0U);
}

TEST(SocketPoll, TellsOnceOfWhatIsWatchedOnce) {
  SocketPoll sockets;
  Pair pair;
  pair.speak();
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(sockets.watch_once(pair.ends[0], pair));
    EXPECT_EQ(sockets.poll(), 1U);
    pair.speak();
    EXPECT_EQ(sockets.poll(), 0U);
    EXPECT_EQ(pair.told, i);
  }
}

TEST(SocketPoll, FindsASocketWhoseNumberWasAnothers) {
  SocketPoll sockets;
  Pair other;
  int number = -1;
  {
    const Pair pair;
    number = pair.ends[0];
    ASSERT_TRUE(sockets.watch_once(number, other));
  }
  const Pair pair;
  ASSERT_EQ(pair.ends[0], number);
  pair.speak();
  EXPECT_EQ(sockets.poll(), 0U);
  ASSERT_TRUE(sockets.watch_once(number, other));
  EXPECT_EQ(sockets.poll(), 1U);
}

TEST(SocketPoll, TellsNothingOfWhatIsForgottenEvenWhenItWasFound) {
  SocketPoll sockets;
  Pair first;
  Pair second;
  first.then = [&] { sockets.forget(second.ends[0], second); };
  second.then = [&] { sockets.forget(first.ends[0], first); };
  ASSERT_TRUE(sockets.watch(first.ends[0], first));
  ASSERT_TRUE(sockets.watch(second.ends[0], second));
  sockets.poll();
  EXPECT_EQ(first.told + second.told, 1);
  first.speak();
  second.speak();
  sockets.poll();
  EXPECT_EQ(first.told + second.told, 2) << "the one that is left";
}

TEST(SocketPoll, SaysThatItCannotWatch) {
  SocketPoll sockets;
  Pair pair;
  EXPECT_FALSE(sockets.watch(-1, pair));
  EXPECT_FALSE(sockets.watch_once(-1, pair));
}

TEST(LoopContext, GivesSocketsTheirTurnWhileAsioAlwaysHasMore) {
  LoopContext context;
  int posted = 0;
  std::function<void()> again = [&] {
    ++posted;
    context.post([&] { again(); });
  };
  again();
  Pair pair;
  ASSERT_TRUE(context.sockets().watch(pair.ends[0], pair));
  for (int turn = 1; turn <= 3; ++turn) {
    pair.speak();
    context.poll();
    EXPECT_EQ(pair.told, turn);
    EXPECT_GT(posted, turn);
  }
}

// The loop's thread is another one.
class LoopContextTest : public ::testing::Test {
 protected:
  ~LoopContextTest() override {
    context_.post([this] { context_.finish(); });
    thread_.join();
  }
  void run() {
    while (!context_.has_ended()) {
      if (context_.poll() == 0) context_.sleep();
    }
  }
  void wait_for(const std::atomic<int>& count, int expected) {
    for (int i = 0; i < 10'000 && count < expected; ++i)
      std::this_thread::sleep_for(1ms);
    EXPECT_EQ(count, expected);
  }

  LoopContext context_;
  std::thread thread_{[this] { run(); }};
};

TEST_F(LoopContextTest, WakesForSocketsTasksAndTimers) {
  std::atomic<int> done = 0;
  Pair pair;
  pair.then = [&] {
    if ((pair.last & EPOLLIN) == 0) return;
    pair.listen();
    ++done;
  };
  context_.post([&] { EXPECT_TRUE(context_.sockets().watch(pair.ends[0], pair)); });
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(2ms);  // it sleeps
    pair.speak();
    wait_for(done, 3 * i + 1);
    std::this_thread::sleep_for(2ms);
    context_.post([&] { ++done; });
    wait_for(done, 3 * i + 2);
    boost::asio::steady_timer timer(context_.asio(), 5ms);
    timer.async_wait([&](const boost::system::error_code&) { ++done; });
    wait_for(done, 3 * i + 3);
  }
  std::atomic<int> forgotten = 0;
  context_.post([&] {
    context_.sockets().forget(pair.ends[0], pair);
    ++forgotten;
  });
  wait_for(forgotten, 1);
}

TEST_F(LoopContextTest, LooksAtTimersAndTasksWhileThereIsAlwaysSomethingElse) {
  std::atomic<int> done = 0;
  std::atomic<bool> stops = false;
  std::function<void()> again = [&] {
    if (stops)
      ++done;
    else
      context_.defer([&] { again(); });
  };
  boost::asio::steady_timer timer(context_.asio(), 5ms);
  timer.async_wait([&](const boost::system::error_code&) { ++done; });
  context_.post([&] { again(); });
  wait_for(done, 1);
  context_.post([&] { ++done; });
  wait_for(done, 2);
  stops = true;
  wait_for(done, 3);
}

TEST_F(LoopContextTest, DoesWhatIsDeferredBeforeItEnds) {
  std::atomic<int> done = 0;
  context_.post([&] {
    context_.finish();
    context_.defer([&] {
      ++done;
      context_.defer([&] { ++done; });
    });
  });
  wait_for(done, 2);
}

}  // namespace
}  // namespace penstock::server
