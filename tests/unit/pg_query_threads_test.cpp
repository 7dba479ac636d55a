#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <pthread.h>

#include "datasources/pg_query/parser_threads.hpp"

namespace penstock::pg_query {
namespace {

std::size_t stack_bytes() {
  pthread_attr_t attributes;
  pthread_getattr_np(pthread_self(), &attributes);
  void* base = nullptr;
  std::size_t size = 0;
  pthread_attr_getstack(&attributes, &base, &size);
  pthread_attr_destroy(&attributes);
  return size;
}

TEST(PgQueryThreads, HaveLargeStacksAndAreKept) {
  ParserThreads threads(1);
  std::set<std::thread::id> seen;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(threads.run([&] {
      EXPECT_GE(stack_bytes(), ParserThreads::kStackBytes);
      seen.insert(std::this_thread::get_id());
      return false;
    }));
  }
  EXPECT_EQ(seen.size(), 1U);
  EXPECT_FALSE(seen.contains(std::this_thread::get_id()));
}

TEST(PgQueryThreads, AreReplacedAfterDeepWork) {
  ParserThreads threads(2);
  std::atomic<int> runs = 0;
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([&, c] {
      for (int i = 0; i < 50; ++i) {
        EXPECT_TRUE(threads.run([&, c] {
          ++runs;
          return (runs + c) % 3 == 0;
        }));
      }
    });
  }
  for (std::thread& caller : callers)
    caller.join();
  EXPECT_EQ(runs, 200);
}

TEST(PgQueryThreads, NeverMoreAtOnceThanAllowed) {
  ParserThreads threads(2);
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> callers;
  for (int c = 0; c < 6; ++c) {
    callers.emplace_back([&] {
      for (int i = 0; i < 30; ++i) {
        EXPECT_TRUE(threads.run([&] {
          const int now = ++running;
          int seen = most;
          while (now > seen && !most.compare_exchange_weak(seen, now))
            continue;
          std::this_thread::yield();
          --running;
          return false;
        }));
      }
    });
  }
  for (std::thread& caller : callers)
    caller.join();
  EXPECT_LE(most, 2);
}

TEST(PgQueryThreads, NoneIsMadeWithoutWork) {
  const ParserThreads threads(0);
}

}  // namespace
}  // namespace penstock::pg_query
