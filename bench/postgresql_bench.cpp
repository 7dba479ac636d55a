// What PostgreSQL's driver costs on one connection: a point query by itself and in batches, a read of a view,
// and writes.
#include <cstdint>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "datasources/postgresql/postgresql.hpp"
#include "servers/postgresql_cluster.hpp"

namespace penstock {
namespace {

constexpr const char* kPointQuery = "SELECT id, name, balance FROM entries WHERE id = $1";

/// A private server with a table of 100,000 rows, and one connection.
class Bank {
 public:
  Bank() {
    cluster_.run(
        "CREATE SCHEMA bench_db; SET search_path = bench_db; "
        "CREATE TABLE entries (id int PRIMARY KEY, name text NOT NULL, balance numeric(12, 2) NOT NULL); "
        "INSERT INTO entries SELECT i, 'name ' || i, i / 100.0 FROM generate_series(1, 100000) i; "
        "CREATE VIEW seen AS SELECT * FROM entries; CREATE TABLE log (id serial, note text); ANALYZE");
    DataSourceConfig config;
    config.name = "bench";
    config.type = "postgresql";
    config.access = Access::read_write;
    config.databases = {{"bench_db", "bench_db"}};
    config.connection.set("host", std::string("127.0.0.1"));
    config.connection.set("port", std::int64_t{cluster_.port()});
    config.connection.set("database", std::string("postgres"));
    config.connection.set("user", std::string("postgres"));
    config.connection.set("application_name", std::string("bench"));
    source_ = std::move(*postgresql::make_data_source(config, postgresql::Layers{}));
    connection_ = std::move(*source_->connect(Node{"primary"}, Deadline::never()));
    process_ = cluster_.value("SELECT pid FROM pg_stat_activity WHERE application_name = 'bench'");
  }

  /// CPU time of the server's process for this connection, which no other load on the machine changes.
  [[nodiscard]] double server_seconds() const {
    std::int64_t nanoseconds = 0;
    std::ifstream("/proc/" + process_ + "/schedstat") >> nanoseconds;
    return static_cast<double>(nanoseconds) / 1e9;
  }

  [[nodiscard]] Analysis analyze(const char* sql) const {
    return std::move(*source_->analyze({sql, "bench_db", Access::read_write}));
  }
  [[nodiscard]] static Execution execution(const char* sql, const Params& params, const Analysis& analysis) {
    Execution execution{.sql = sql, .database = "bench_db", .params = params, .analysis = analysis};
    execution.access = Access::read_write;
    execution.deadline = Deadline::after(std::chrono::seconds(30));
    return execution;
  }
  void execute(const char* sql, const Params& params, const Analysis& analysis) {
    auto reader = connection_->execute(execution(sql, params, analysis));
    if (!reader) throw std::runtime_error(reader.error().message + " " + reader.error().server_message);
    for (;;) {
      auto batch = (*reader)->next();
      if (!batch) throw std::runtime_error(batch.error().message);
      if (!*batch) return;
    }
  }
  [[nodiscard]] Connection& connection() { return *connection_; }

 private:
  test::PostgresqlCluster cluster_;
  std::string process_;
  std::unique_ptr<DataSource> source_;
  std::unique_ptr<Connection> connection_;
};

Bank& bank() {
  static Bank one;
  return one;
}

/// Tells what the server's process took for each item.
class ServerTime {
 public:
  explicit ServerTime(benchmark::State& state) : state_(state), start_(bank().server_seconds()) {}
  ServerTime(const ServerTime&) = delete;
  ServerTime& operator=(const ServerTime&) = delete;
  ~ServerTime() {
    const double items = static_cast<double>(state_.items_processed());
    state_.counters["server_us"] = (bank().server_seconds() - start_) * 1e6 / items;
  }

 private:
  benchmark::State& state_;
  double start_;
};

void run_alone(benchmark::State& state, const char* sql) {
  const Analysis analysis = bank().analyze(sql);
  bank().execute(sql, {1}, analysis);
  const ServerTime server(state);
  int id = 0;
  for (auto _ : state)
    bank().execute(sql, {++id % 100'000 + 1}, analysis);
  state.SetItemsProcessed(state.iterations());
}

void point_query(benchmark::State& state) {
  run_alone(state, kPointQuery);
}
BENCHMARK(point_query)->UseRealTime();

void point_query_together(benchmark::State& state) {
  const Analysis analysis = bank().analyze(kPointQuery);
  const auto size = static_cast<std::size_t>(state.range(0));
  bank().execute(kPointQuery, {1}, analysis);
  const ServerTime server(state);
  int id = 0;
  for (auto _ : state) {
    std::vector<Params> params;
    for (std::size_t i = 0; i < size; ++i)
      params.push_back({++id % 100'000 + 1});
    std::vector<Execution> executions;
    for (const Params& one : params)
      executions.push_back(Bank::execution(kPointQuery, one, analysis));
    for (const SharedOutcome& outcome : bank().connection().execute_together(executions)) {
      if (!outcome || !*outcome || (**outcome).batches.size() != 1) throw std::runtime_error("no answer");
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(point_query_together)->Arg(1)->Arg(4)->Arg(16)->UseRealTime();

void point_query_of_a_view(benchmark::State& state) {
  run_alone(state, "SELECT id, name, balance FROM seen WHERE id = $1");
}
BENCHMARK(point_query_of_a_view)->UseRealTime();

void insert(benchmark::State& state) {
  run_alone(state, "INSERT INTO log (note) VALUES ($1::int::text)");
}
BENCHMARK(insert)->UseRealTime();

void insert_then_point_query(benchmark::State& state) {
  const char* const kInsert = "INSERT INTO log (note) VALUES ($1::int::text)";
  const Analysis write = bank().analyze(kInsert);
  const Analysis read = bank().analyze(kPointQuery);
  const ServerTime server(state);
  for (auto _ : state) {
    bank().execute(kInsert, {1}, write);
    bank().execute(kPointQuery, {7}, read);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(insert_then_point_query)->UseRealTime();

}  // namespace
}  // namespace penstock
