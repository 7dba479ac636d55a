#include <algorithm>
#include <chrono>
#include <functional>
#include <queue>
#include <thread>

#include <fmt/format.h>
#include <sys/resource.h>

#include "comparison/bank.hpp"
#include "comparison/checksum.hpp"
#include "comparison/comparison.hpp"
#include "comparison/delay_proxy.hpp"
#include "comparison/postgresql_bank.hpp"

namespace comparison {

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr int kConnections = 10;
constexpr int kThreads = 32;
constexpr int kQueriesAThread = 3'000;

double percentile99(std::vector<double> values) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(values.size() * 99 / 100);
  std::ranges::nth_element(values, at);
  return *at;
}

/// How long each query took from call to answer, with so many threads that ask without a pause.
std::vector<double> latencies(penstock::DataSourceManager& manager, int threads) {
  std::vector<std::vector<double>> taken(static_cast<std::size_t>(threads));
  {
    std::vector<std::jthread> workers;
    for (auto& mine : taken) {
      workers.emplace_back([&manager, &mine, own = static_cast<std::uint64_t>(workers.size())] {
        Keys keys{.state = Keys{}.state + own};
        for (int i = 0; i < kQueriesAThread; ++i) {
          const auto started = Clock::now();
          const auto result = manager.execute_query(kPostgresqlPointQuery, "bench_db", {keys.next()});
          if (!result.success) give_up(result.error);
          mine.push_back(Seconds(Clock::now() - started).count());
        }
      });
    }
  }
  std::vector<double> all;
  for (const auto& mine : taken)
    all.insert(all.end(), mine.begin(), mine.end());
  return all;
}

/// The latencies of an ideal first-come queue: `clients` that ask without a pause, and kConnections that each
/// take as long as one of `services` says, in turn.
std::vector<double> ideal_queue(const std::vector<double>& services, int clients) {
  std::vector<double> out;
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at;  // by connection
  for (int i = 0; i < kConnections; ++i)
    free_at.push(0);
  std::priority_queue<double, std::vector<double>, std::greater<>> asked_at;  // by client
  for (int i = 0; i < clients; ++i)
    asked_at.push(0);
  for (const double service : services) {
    const double asked = asked_at.top();
    const double begun = std::max(asked, free_at.top());
    asked_at.pop();
    free_at.pop();
    free_at.push(begun + service);
    asked_at.push(begun + service);
    out.push_back(begun + service - asked);
  }
  return out;
}

Figure queue(const PostgresqlBank& bank) {
  const auto manager = bank.open(kConnections);
  static_cast<void>(latencies(*manager, kConnections));  // connects and prepares
  std::vector<double> ratios;
  for (int round = 0; round < 5; ++round) {
    const double ideal = percentile99(ideal_queue(latencies(*manager, kConnections), kThreads));
    ratios.push_back(percentile99(latencies(*manager, kThreads)) / ideal);
  }
  std::ranges::sort(ratios);
  const double ratio = ratios[ratios.size() / 2];
  return {"PostgreSQL: p99 of point queries, 32 threads on a pool of 10, against an ideal queue, median of 5",
          fmt::format("{:.2f}x", ratio), "<= 1.3x", ratio <= 1.3};
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Figure added_cpu(const PostgresqlBank& bank) {
  constexpr int kCount = 20'000;
  const Side bare = bare_libpq_point_queries(bank, kCount);
  const Side ours = penstock_point_queries(bank.open(1), kPostgresqlPointQuery, kCount);
  static_cast<void>(ours());
  std::vector<double> added;
  for (int round = 0; round < 7; ++round) {
    const double before = cpu_seconds();
    const auto bare_sum = bare();
    const double between = cpu_seconds();
    if (ours() != bare_sum) give_up("the two sides read different values");
    added.push_back(((cpu_seconds() - between) - (between - before)) / kCount);
  }
  std::ranges::sort(added);
  const double median = added[added.size() / 2];
  return {"PostgreSQL: CPU of our process per point query beyond bare libpq's, median of 7",
          fmt::format("{:.1f} us", median * 1e6), "<= 10 us", median <= 10e-6};
}

/// How many round trips a query takes that has been seen before, through a network of this latency.
Figure round_trips(const PostgresqlBank& bank, std::chrono::milliseconds latency) {
  constexpr int kCount = 50;
  const DelayProxy proxy(bank.port(), latency);
  const auto manager = bank.open(1, proxy.port());
  const auto mean = [&] {
    Keys keys;
    const auto started = Clock::now();
    for (int i = 0; i < kCount; ++i) {
      const auto result = manager->execute_query(kPostgresqlPointQuery, "bench_db", {keys.next()});
      if (!result.success) give_up(result.error);
    }
    return Seconds(Clock::now() - started).count() / kCount;
  };
  static_cast<void>(mean());
  const double taken = mean();
  const double trips = taken / Seconds(latency).count();
  return {fmt::format("PostgreSQL: a point query with {} ms of latency to the server", latency.count()),
          fmt::format("{:.2f} ms", taken * 1e3), "one round trip, and not two", trips < 1.9};
}

}  // namespace

std::vector<Figure> postgresql_figures(const PostgresqlBank& bank) {
  return {queue(bank), added_cpu(bank), round_trips(bank, std::chrono::milliseconds(1)),
          round_trips(bank, std::chrono::milliseconds(20))};
}

}  // namespace comparison
