// Thirty-two threads with every kind of trouble at once; at the end every count must fit. Run it under tsan
// and asan.
#include <array>
#include <barrier>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "pool/housekeeper.hpp"
#include "pool/pool.hpp"
#include "pool_fakes.hpp"

namespace penstock::pool {
namespace {

using namespace std::chrono_literals;

constexpr int kThreads = 32;
constexpr std::array<std::string_view, 3> kDatabases{"customer_db", "accounts_db", "loans_db"};

struct Tally {
  std::atomic<int> leased = 0, timeouts = 0, cancelled = 0, overloaded = 0, unavailable = 0, others = 0;

  void count(const Error& error) {
    switch (error.code) {
      case ErrorCode::timeout:
        ++timeouts;
        break;
      case ErrorCode::cancelled:
        ++cancelled;
        break;
      case ErrorCode::overloaded:
        ++overloaded;
        break;
      case ErrorCode::unavailable:
        ++unavailable;
        break;
      default:
        ++others;
    }
  }
};

class PoolStress : public ::testing::Test {
 protected:
  PoolStress() {
    server_->connect_fails = [this] { return trouble_ && connects_++ % 7 == 6; };
    pool_ = Pool::make(std::make_shared<FakeDataSource>(server_), Node{"primary"}, "demo_bank",
                       {.min_pool_size = 2,
                        .max_pool_size = 10,
                        .max_waiting = 20,
                        .idle_timeout = 20ms,
                        .max_lifetime = 50ms,
                        .keepalive = 10ms,
                        .connecting_limit = 3},
                       housekeeper_, {.threshold = 15ms, .report = [this](const LeakReport&) { ++leaks_; }});
  }

  // Until it has had so many leases, or the pool is closed.
  void be_a_caller(unsigned seed, int leases, std::vector<std::stop_source>& stops) {
    std::minstd_rand random(seed);
    const auto one_in = [&](unsigned n) { return random() % n == 0; };
    while (leases > 0) {
      std::stop_source& stop = stops[random() % stops.size()];
      const std::string_view database = kDatabases[random() % kDatabases.size()];
      const Deadline deadline =
          one_in(3) ? Deadline::after(std::chrono::microseconds(random() % 2'000)) : Deadline::after(60s);
      auto lease = pool_->acquire(database, deadline, one_in(2) ? stop.get_token() : std::stop_token{});
      if (!lease) {
        tally_.count(lease.error());
        if (lease.error().code == ErrorCode::unavailable && !lease.error().retryable) return;
        std::this_thread::yield();
        continue;
      }
      --leases;
      ++tally_.leased;
      auto& connection = dynamic_cast<FakeConnection&>(**lease);
      connection.use(database);
      if (one_in(4)) std::this_thread::yield();
      if (one_in(40)) connection.break_it();
      if (one_in(60)) lease->discard();
      if (one_in(50)) stop.request_stop();
      if (one_in(400)) ++server_->generation;
    }
  }

  // One round of all threads; the stop sources are new in each, since a stop is for ever.
  void run(int leases, std::function<void()> meanwhile = {}) {
    std::vector<std::stop_source> stops(16);
    std::barrier start(kThreads + 1);
    std::vector<std::jthread> callers;
    for (int i = 0; i < kThreads; ++i) {
      callers.emplace_back([&, i] {
        start.arrive_and_wait();
        be_a_caller(static_cast<unsigned>(i + 1), leases, stops);
      });
    }
    start.arrive_and_wait();
    if (meanwhile) meanwhile();
  }

  void expect_every_connection_is_accounted_for() {
    EXPECT_EQ(server_->overlaps, 0);
    EXPECT_EQ(tally_.others, 0);
    EXPECT_TRUE(wait_until([&] {
      const PoolStatistics now = pool_->statistics();
      return now.connecting == 0 && now.leased == 0 && now.total == server_->opened - server_->closed;
    }));
    EXPECT_EQ(pool_->statistics().waiting, 0);
  }

  std::shared_ptr<FakeServer> server_ = std::make_shared<FakeServer>();
  std::atomic<bool> trouble_ = true;
  std::atomic<unsigned> connects_ = 0;
  std::atomic<int> leaks_ = 0;
  Tally tally_;
  Housekeeper housekeeper_;
  std::shared_ptr<Pool> pool_;
};

TEST_F(PoolStress, AllCountsFitAfterEveryKindOfTrouble) {
  run(60);
  run(60);
  expect_every_connection_is_accounted_for();
  EXPECT_EQ(tally_.leased, 2 * 60 * kThreads);
  EXPECT_GT(tally_.cancelled, 0);
  const PoolStatistics end = pool_->statistics();
  EXPECT_LE(end.total, 10);
  EXPECT_EQ(end.overloaded, static_cast<std::uint64_t>(tally_.overloaded));

  trouble_ = false;  // and it recovers
  EXPECT_TRUE(wait_until([&] { return pool_->acquire("loans_db", Deadline::after(10s)).has_value(); }));
  EXPECT_TRUE(wait_until([&] { return pool_->statistics().total >= 2; }));
}

TEST_F(PoolStress, NothingLeaksWhenThePoolClosesInTheMiddle) {
  run(std::numeric_limits<int>::max(), [&] {
    EXPECT_TRUE(wait_until([&] { return tally_.leased > 1'000; }));
    pool_->close(Running::cancel);
  });
  expect_every_connection_is_accounted_for();
  EXPECT_GT(tally_.unavailable, 0);
  EXPECT_TRUE(wait_until([&] { return server_->opened == server_->closed; }));
}

TEST_F(PoolStress, ALastLeaseMayOutliveEverything) {
  std::vector<std::jthread> holders;
  std::barrier all_hold(9);
  for (int i = 0; i < 8; ++i) {
    holders.emplace_back([&, pool = pool_] {
      std::optional<Result<Lease>> lease;
      while (!lease || !*lease)
        lease.emplace(pool->acquire("loans_db", Deadline::after(60s)));
      all_hold.arrive_and_wait();
    });
  }
  all_hold.arrive_and_wait();
  pool_ = nullptr;
  holders.clear();
  EXPECT_TRUE(wait_until([&] { return server_->opened == server_->closed; }));
  EXPECT_EQ(server_->overlaps, 0);
}

}  // namespace
}  // namespace penstock::pool
