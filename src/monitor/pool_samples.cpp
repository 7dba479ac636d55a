#include "monitor/pool_samples.hpp"

namespace penstock::monitor {

namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

Labels with(Labels labels, const char* name, const char* value) {
  labels.emplace_back(name, value);
  return labels;
}

void append_pool(const PoolStatistics& pool, const Labels& labels, std::vector<Sample>& samples) {
  const auto gauge = [&](const char* name, const char* help, Labels of, std::int64_t value) {
    samples.push_back({name, help, SampleType::gauge, std::move(of), static_cast<double>(value)});
  };
  const auto counter = [&](const char* name, const char* help, Labels of, double value) {
    samples.push_back({name, help, SampleType::counter, std::move(of), value});
  };
  constexpr const char* kCount = "db_client_connection_count";
  constexpr const char* kCountHelp = "Open connections by state.";
  gauge(kCount, kCountHelp, with(labels, "state", "idle"), pool.idle);
  gauge(kCount, kCountHelp, with(labels, "state", "used"), pool.leased);
  gauge("db_client_connection_max", "The most connections there may be.", labels, pool.max_size);
  gauge("db_client_connection_idle_min", "How many connections are kept.", labels, pool.min_size);
  gauge("db_client_connection_pending_requests", "Callers who wait for a connection.", labels, pool.waiting);
  gauge("penstock_pool_connecting", "Connections being opened.", labels, pool.connecting);

  const auto count = [&](const char* name, const char* help, std::uint64_t value) {
    counter(name, help, labels, static_cast<double>(value));
  };
  count("db_client_connection_timeouts_total", "Callers whose time was over before they got a connection.",
        pool.timeouts);
  count("penstock_pool_acquires_total", "Connections handed to callers.", pool.acquires);
  count("penstock_pool_connects_total", "Connections opened.", pool.connects);
  count("penstock_pool_connect_failures_total", "Connections that could not be opened.",
        pool.connect_failures);
  count("penstock_pool_failed_checks_total", "Connections found dead before use.", pool.failed_checks);
  count("penstock_pool_leaks_total", "Connections held suspiciously long.", pool.leaks);
  constexpr const char* kRefused = "penstock_pool_refused_total";
  constexpr const char* kRefusedHelp = "Callers turned away at once.";
  counter(kRefused, kRefusedHelp, with(labels, "reason", "overloaded"), static_cast<double>(pool.overloaded));
  counter(kRefused, kRefusedHelp, with(labels, "reason", "unavailable"),
          static_cast<double>(pool.unavailable));
  counter("penstock_pool_wait_seconds_total", "Time that callers waited for connections.", labels,
          std::chrono::duration<double>(pool.wait_time).count());
}

}  // namespace

void append_pool_samples(const std::vector<DataSourceInfo>& datasources, std::vector<Sample>& samples) {
  for (const DataSourceInfo& source : datasources) {
    for (const DataSourceState state :
         {DataSourceState::unknown, DataSourceState::up, DataSourceState::down, DataSourceState::disabled}) {
      samples.push_back({"penstock_datasource_state",
                         "1 for the state the datasource is in.",
                         SampleType::gauge,
                         {{"datasource", source.name}, {"state", std::string(to_string(state))}},
                         source.state == state ? 1.0 : 0.0});
    }
    for (const auto& [node, pool] : source.pools)
      append_pool(pool, {{"datasource", source.name}, {"node", node}}, samples);
  }
}

}  // namespace penstock::monitor
