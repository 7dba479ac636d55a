// What the pool costs: a lease without contention, and the queue of 32 threads on 10 connections against an
// ideal one.
#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>
#include <queue>
#include <span>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>

#include "pool/housekeeper.hpp"
#include "pool/pool.hpp"

namespace penstock::pool {
namespace {

using Clock = Deadline::Clock;
using Seconds = std::chrono::duration<double>;

// A connection that costs nothing itself.
class FreeConnection final : public Connection {
 public:
  Result<std::unique_ptr<BatchReader>> execute(const Execution&) override {
    return fail(ErrorCode::unsupported, "nothing runs here");
  }
  Result<DatabaseSchema> introspect(std::string_view, std::string_view, Deadline) override {
    return DatabaseSchema{};
  }
  Result<void> probe(Deadline) override { return {}; }
  Result<ServerInfo> server_info(Deadline) override { return ServerInfo{}; }
  void cancel() noexcept override {}
  bool broken() const noexcept override { return false; }
  std::string_view current_database() const noexcept override { return database; }

  std::string_view database;
};

class FreeDataSource final : public DataSource {
 public:
  Result<Analysis> analyze(const AnalysisRequest&) const override { return Analysis{}; }
  Result<std::unique_ptr<Connection>> connect(const Node&, Deadline) override {
    return std::make_unique<FreeConnection>();
  }
};

std::shared_ptr<Pool> make_pool(Housekeeper& housekeeper, std::int64_t size) {
  return Pool::make(std::make_shared<FreeDataSource>(), Node{"primary"}, "bench",
                    {.min_pool_size = size, .max_pool_size = size, .connecting_limit = size}, housekeeper);
}

// Opens all connections; every third one had another database's settings last.
void fill(Pool& pool, std::int64_t size) {
  std::vector<Lease> leases;
  while (std::ssize(leases) < size) {
    auto lease = pool.acquire("customer_db", Deadline::never());
    auto& connection = dynamic_cast<FreeConnection&>(**lease);
    connection.database = leases.size() % 3 == 0 ? "customer_db" : "accounts_db";
    leases.push_back(std::move(*lease));
  }
}

void lease_uncontended(benchmark::State& state) {
  Housekeeper housekeeper;
  const auto pool = make_pool(housekeeper, state.range(0));
  fill(*pool, state.range(0));
  const Deadline deadline = Deadline::after(std::chrono::hours(1));
  for (auto _ : state) {
    auto lease = pool->acquire("customer_db", deadline);
    benchmark::DoNotOptimize(lease);
  }
}
BENCHMARK(lease_uncontended)->ArgName("size")->Arg(1)->Arg(10)->Arg(100);

void lease_stoppable(benchmark::State& state) {
  Housekeeper housekeeper;
  const auto pool = make_pool(housekeeper, 10);
  fill(*pool, 10);
  const Deadline deadline = Deadline::after(std::chrono::hours(1));
  const std::stop_source stop;
  for (auto _ : state) {
    auto lease = pool->acquire("customer_db", deadline, stop.get_token());
    benchmark::DoNotOptimize(lease);
  }
}
BENCHMARK(lease_stoppable);

// What two looks at the clock and two turns at a mutex cost alone: the floor of a lease.
void floor_of_a_lease(benchmark::State& state) {
  std::mutex mutex;
  for (auto _ : state) {
    for (int i = 0; i < 2; ++i) {
      auto now = Clock::now();
      benchmark::DoNotOptimize(now);
      const std::lock_guard lock(mutex);
      benchmark::ClobberMemory();
    }
  }
}
BENCHMARK(floor_of_a_lease);

constexpr std::size_t kThreads = 32;
constexpr std::size_t kConnections = 10;

struct Sample {
  Clock::time_point acquired;
  Seconds latency{};  // from the call to the end of the use
  Seconds use{};
};

double percentile_99(std::vector<double> values) {
  const auto rank = values.begin() + static_cast<std::ptrdiff_t>(values.size() * 99 / 100);
  std::ranges::nth_element(values, rank);
  return *rank;
}

// The same uses, in the order in which they began, through a queue that loses no time: each of 32 callers
// comes back at once, the connection that is free first serves the one who came first.
double ideal_percentile_99(std::span<const Sample> samples) {
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
  for (std::size_t i = 0; i < kConnections; ++i)
    free_at.push(0);
  std::priority_queue<double, std::vector<double>, std::greater<>> came_at;
  for (std::size_t i = 0; i < kThreads; ++i)
    came_at.push(0);
  std::vector<double> latencies;
  for (const Sample& sample : samples) {
    const double came = came_at.top();
    came_at.pop();
    const double begins = std::max(came, free_at.top());
    free_at.pop();
    const double ends = begins + sample.use.count();
    free_at.push(ends);
    came_at.push(ends);
    latencies.push_back(ends - came);
  }
  return percentile_99(std::move(latencies));
}

void use_in_turn(Pool& pool, std::chrono::microseconds use, std::vector<Sample>& samples) {
  for (Sample& sample : samples) {
    const auto came = Clock::now();
    auto lease = pool.acquire("customer_db", Deadline::never());
    sample.acquired = Clock::now();
    std::this_thread::sleep_for(use);  // the server works, this process does not
    const auto done = Clock::now();
    sample.use = done - sample.acquired;
    sample.latency = done - came;
  }
}

void queue_of_32_on_10(benchmark::State& state) {
  Housekeeper housekeeper;
  const auto pool = make_pool(housekeeper, kConnections);
  fill(*pool, kConnections);
  const std::chrono::microseconds use(state.range(0));
  double p99 = 0;
  double ideal = 0;
  for (auto _ : state) {
    std::array<std::vector<Sample>, kThreads> samples;
    samples.fill(std::vector<Sample>(200));
    {
      std::vector<std::jthread> threads;
      for (auto& mine : samples)
        threads.emplace_back([&] { use_in_turn(*pool, use, mine); });
    }
    std::vector<Sample> all;
    for (const auto& mine : samples)
      all.insert(all.end(), mine.begin(), mine.end());
    std::ranges::sort(all, {}, &Sample::acquired);
    std::vector<double> latencies;
    for (const Sample& sample : all)
      latencies.push_back(sample.latency.count());
    p99 = percentile_99(std::move(latencies));
    ideal = ideal_percentile_99(all);
  }
  state.counters["p99_ms"] = p99 * 1e3;
  state.counters["ideal_p99_ms"] = ideal * 1e3;
  state.counters["ratio"] = p99 / ideal;
}
BENCHMARK(queue_of_32_on_10)
    ->ArgName("use_us")
    ->Arg(500)
    ->Arg(2'000)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

// As many threads as can fight for the lock, with nothing to do but that.
class Contended : public benchmark::Fixture {
 public:
  void SetUp(const benchmark::State& state) override {
    if (state.thread_index() != 0) return;
    pool = make_pool(housekeeper, kConnections);
    fill(*pool, kConnections);
  }
  void TearDown(const benchmark::State& state) override {
    if (state.thread_index() == 0) pool = nullptr;
  }
  Housekeeper housekeeper;
  std::shared_ptr<Pool> pool;
};

BENCHMARK_DEFINE_F(Contended, lease)(benchmark::State& state) {
  for (auto _ : state) {
    auto lease = pool->acquire("customer_db", Deadline::never());
    benchmark::DoNotOptimize(lease);
  }
}
BENCHMARK_REGISTER_F(Contended, lease)->Threads(2)->Threads(8)->Threads(32)->UseRealTime();

}  // namespace
}  // namespace penstock::pool
