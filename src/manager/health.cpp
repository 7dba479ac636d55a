#include "manager/health.hpp"

#include <thread>

namespace penstock {

namespace {

DataSourceState to_state(pool::NodeState state) noexcept {
  switch (state) {
    case pool::NodeState::unknown:
      return DataSourceState::unknown;
    case pool::NodeState::up:
      return DataSourceState::up;
    case pool::NodeState::down:
      return DataSourceState::down;
  }
  return DataSourceState::unknown;
}

Result<void> ask(const NodePool& node, HealthReport& report, Deadline deadline) {
  auto lease = node.pool->acquire({}, deadline);
  if (!lease) return pass_error(lease);
  const auto asked = Deadline::Clock::now();
  if (auto probed = (*lease)->probe(deadline); !probed) return probed;
  report.latency = std::chrono::duration_cast<std::chrono::microseconds>(Deadline::Clock::now() - asked);
  auto server = (*lease)->server_info(deadline);
  if (!server) return pass_error(server);
  report.server = std::move(*server);
  return {};
}

void ask_and_report(const NodePool& node, HealthReport& report, Deadline deadline) {
  auto asked = ask(node, report, deadline);
  report.state = asked ? DataSourceState::up : DataSourceState::down;
  if (!asked) report.error = std::move(asked.error());
  report.pool = node.pool->statistics();
}

}  // namespace

DataSourceInfo describe(const Source& source) {
  DataSourceInfo info;
  info.name = source.config.name;
  info.type = source.config.type;
  info.description = source.config.description;
  info.access = source.config.access;
  for (const LogicalDatabase& database : source.config.databases)
    info.databases.push_back(database.name);
  if (!source.enabled()) {
    info.state = DataSourceState::disabled;
    info.state_reason = source.disabled_reason;
    return info;
  }
  const pool::NodeHealth primary = source.nodes.front().pool->health();
  info.state = to_state(primary.state);
  if (primary.state == pool::NodeState::down && primary.last_failure)
    info.state_reason = primary.last_failure->message;
  for (const NodePool& node : source.nodes)
    info.pools.emplace_back(node.node.name, node.pool->statistics());
  return info;
}

std::vector<HealthReport> check_health(const Catalogue& catalogue, std::chrono::milliseconds timeout) {
  struct Question {
    const NodePool* node;
    HealthReport report;
  };
  std::vector<Question> questions;
  for (const auto& source : catalogue.sources()) {
    for (const NodePool& node : source->nodes) {
      questions.push_back({&node, {.datasource = source->config.name, .node = node.node.name}});
    }
  }
  const Deadline deadline = Deadline::after(timeout);
  {
    std::vector<std::jthread> askers;
    askers.reserve(questions.size());
    for (Question& question : questions) {
      askers.emplace_back(
          [&question, deadline] { ask_and_report(*question.node, question.report, deadline); });
    }
  }
  std::vector<HealthReport> reports;
  reports.reserve(questions.size());
  for (Question& question : questions)
    reports.push_back(std::move(question.report));
  return reports;
}

Result<DatabaseSchema> introspect(const Catalogue& catalogue, std::string_view database,
                                  std::string_view table, const QueryOptions& options) {
  const Route* route = catalogue.find(database);
  if (route == nullptr) return std::unexpected(catalogue.unknown_database(database));
  const Source& source = *route->source;
  if (!source.enabled()) return std::unexpected(Catalogue::disabled_database(*route));
  Deadline deadline = options.timeout ? Deadline::after(*options.timeout) : Deadline::never();
  if (source.config.statement_timeout > std::chrono::milliseconds::zero()) {
    deadline = deadline.min(Deadline::after(source.config.statement_timeout));
  }
  const Deadline acquire_by = Deadline::after(source.config.pool.acquire_timeout);
  auto lease = source.nodes.front().pool->acquire(route->database, deadline.min(acquire_by), options.stop);
  if (!lease) return pass_error(lease);
  auto schema = (*lease)->introspect(route->database, table, deadline);
  if (!schema) return schema;
  schema->database = route->database;
  schema->datasource = source.config.name;
  return schema;
}

}  // namespace penstock
