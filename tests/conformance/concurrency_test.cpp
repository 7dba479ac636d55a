// Many threads on one manager: every answer is the right one, and nothing is left over.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"

namespace penstock::conformance {
namespace {

constexpr int kThreads = 8;
constexpr int kQueries = 60;
constexpr int kPoolSize = 3;

class ConcurrencyTest : public ConformanceTest {
 protected:
  ConcurrencyTest() {
    configure({.connection = {{"max_pool_size", std::to_string(kPoolSize)},
                              {"min_pool_size", "0"},
                              {"acquire_timeout", "30s"}}});
    here().create_table("accounts_db",
                        text_table("accounts", {"account", "id"}, {{"a1", "p1"}, {"a2", "p3"}}));
  }

  // Runs `work(thread, round)` kQueries times on each of kThreads threads.
  template <typename Work>
  static void run_threads(const Work& work) {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&work, thread] {
        for (int round = 0; round < kQueries; ++round)
          work(thread, round);
      });
    }
  }
  void expect_all_given_back() {
    const PoolStatistics statistics = pool();
    EXPECT_EQ(statistics.leased, 0);
    EXPECT_EQ(statistics.waiting, 0);
    EXPECT_LE(statistics.total, kPoolSize);
    if (!quirks().a_stop_ends_the_session) {
      EXPECT_LE(statistics.connects, std::uint64_t{kPoolSize})
          << "a failure, a cut or a cancel cost a connection";
    }
    EXPECT_EQ(people_lines(), kPeople);
  }
};

TEST_P(ConcurrencyTest, EachThreadGetsItsOwnAnswers) {
  std::atomic<int> wrong = 0;
  run_threads([&](int thread, int round) {
    const std::string& line = kPeople[static_cast<std::size_t>(thread + round) % kPeople.size()];
    const QueryResult result = query(language().rows_equal("people", "id"), {line.substr(0, 2)});
    if (!result.success || lines(result.data) != std::vector<std::string>{line}) ++wrong;
  });
  EXPECT_EQ(wrong, 0);
  expect_all_given_back();
}

TEST_P(ConcurrencyTest, DatabasesDoNotMix) {
  std::atomic<int> wrong = 0;
  run_threads([&](int thread, int round) {
    const bool accounts = (thread + round) % 2 == 0;
    const QueryResult result = query(language().rows(accounts ? "accounts" : "people"), {}, {},
                                     accounts ? "accounts_db" : "customer_db");
    if (!result.success || result.row_count != (accounts ? 2 : 3)) ++wrong;
  });
  EXPECT_EQ(wrong, 0);
  expect_all_given_back();
}

TEST_P(ConcurrencyTest, FailuresAndDroppedStreamsAmongThem) {
  here().create_numbers("customer_db", "numbers", 20'000, 20);
  std::atomic<int> wrong = 0;
  run_threads([&](int thread, int round) {
    switch ((thread + round) % 4) {
      case 0: {
        if (query(language().rows("peeple")).code != ErrorCode::not_found) ++wrong;
        return;
      }
      case 1: {
        auto stream = manager().stream_query(language().rows("numbers"), "customer_db");
        if (!stream || !stream->next()) ++wrong;
        return;  // dropped before its end
      }
      case 2: {
        if (query(language().rows("numbers"), {}, {.max_rows = 10}).row_count != 10) ++wrong;
        return;
      }
      default:
        if (query(language().rows("people")).row_count != 3) ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0);
  expect_all_given_back();
}

TEST_P(ConcurrencyTest, CancelsHitTheirOwnQueryAlone) {
  std::atomic<int> wrong = 0;
  run_threads([&](int thread, int) {
    if (thread % 2 == 0) {
      std::stop_source stop;
      std::jthread canceller([&] { stop.request_stop(); });
      const QueryResult result = query(language().rows("people"), {}, {.stop = stop.get_token()});
      if (!result.success && result.code != ErrorCode::cancelled) ++wrong;
    } else if (query(language().rows("people")).row_count != 3) {
      ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0);
  expect_all_given_back();
}

TEST_P(ConcurrencyTest, IntrospectionBesideQueries) {
  std::atomic<int> wrong = 0;
  run_threads([&](int thread, int round) {
    if (thread == 0 && round % 4 == 0) {
      const auto schema = manager().schema("customer_db");
      if (!schema || schema->tables.size() != 1) ++wrong;
    } else if (query(language().rows("people")).row_count != 3) {
      ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0);
  expect_all_given_back();
}

TEST_P(ConcurrencyTest, WritersLoseNothing) {
  PENSTOCK_NEEDS(Feature::writes);
  configure({.access = Access::read_write,
             .connection = {{"max_pool_size", std::to_string(kPoolSize)},
                            {"min_pool_size", "0"},
                            {"acquire_timeout", "30s"}}});
  constexpr int kWrites = 8;
  std::atomic<int> wrong = 0;
  run_threads([&](int thread, int round) {
    if (round >= kWrites) return;
    const std::string id = "t" + std::to_string(thread) + "r" + std::to_string(round);
    const QueryResult written = query(language().insert("people", 3), {id, "Writer", nullptr});
    if (!written.success || written.affected_rows != 1) ++wrong;
  });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(people_lines().size(), kPeople.size() + kThreads * kWrites);
}

// For as long as PENSTOCK_CONFORMANCE_SECONDS says: a second for those who change the code, a minute before a
// release.
TEST_P(ConcurrencyTest, ThirtyTwoThreadsOfEverything) {
  constexpr int kMany = 32;
  here().create_numbers("customer_db", "numbers", 20'000, 20);
  const char* asked = std::getenv("PENSTOCK_CONFORMANCE_SECONDS");  // NOLINT(concurrency-mt-unsafe)
  const Deadline end = Deadline::after(std::chrono::seconds(asked == nullptr ? 1 : std::stoi(asked)));
  std::atomic<int> wrong = 0;
  std::atomic<int> done = 0;
  const auto ask = [&](int thread, int round) {
    switch ((thread + round) % 7) {
      case 0:
        return query(language().rows("accounts"), {}, {}, "accounts_db").row_count == 2;
      case 1:
        return query(language().rows("peeple")).code == ErrorCode::not_found;
      case 2: {
        auto stream = manager().stream_query(language().rows("numbers"), "customer_db");
        return stream && stream->next();  // dropped before its end
      }
      case 3:
        return query(language().rows("numbers"), {}, {.max_rows = 10}).row_count == 10;
      case 4: {
        std::stop_source stop;
        std::jthread canceller([&] { stop.request_stop(); });
        const QueryResult result = query(language().rows("people"), {}, {.stop = stop.get_token()});
        return result.success || result.code == ErrorCode::cancelled;
      }
      case 5: {
        const QueryResult result =
            query(language().rows("numbers"), {}, {.timeout = std::chrono::milliseconds(1 + round % 20)});
        return result.success || result.code == ErrorCode::timeout;
      }
      default: {
        const std::string& line = kPeople[static_cast<std::size_t>(round) % kPeople.size()];
        const QueryResult result = query(language().rows_equal("people", "id"), {line.substr(0, 2)});
        return lines(result.data) == std::vector<std::string>{line};
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kMany; ++thread) {
      threads.emplace_back([&, thread] {
        for (int round = 0; round < 7 || !end.expired(); ++round, ++done) {
          if (!ask(thread, round)) ++wrong;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0) << "of " << done;
  EXPECT_TRUE(wait_until([&] { return pool().leased == 0; }));
  EXPECT_EQ(pool().waiting, 0);
  EXPECT_LE(pool().total, kPoolSize);
  EXPECT_EQ(people_lines(), kPeople);
}

PENSTOCK_CONFORMANCE_SUITE(ConcurrencyTest);

}  // namespace
}  // namespace penstock::conformance
