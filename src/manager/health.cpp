#include "manager/health.hpp"

#include <algorithm>
#include <stop_token>
#include <system_error>
#include <thread>

#include "datasources/guarded.hpp"
#include "manager/query_deadline.hpp"
#include "manager/query_identity.hpp"

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

// Whatever a driver that failed unforeseen left in the session, nobody gets it.
template <typename T>
void discard_if_defective(pool::Lease& lease, const Result<T>& answer) {
  if (!answer && answer.error().code == ErrorCode::internal) lease.discard();
}

Result<void> ask(pool::Lease& lease, HealthReport& report, Deadline deadline) {
  const auto asked = Deadline::Clock::now();
  if (auto probed = guarded(report.datasource, [&] { return lease->probe(deadline); }); !probed)
    return probed;
  report.latency = std::chrono::duration_cast<std::chrono::microseconds>(Deadline::Clock::now() - asked);
  auto server = guarded(report.datasource, [&] { return lease->server_info(deadline); });
  if (!server) return pass_error(server);
  report.server = std::move(*server);
  return {};
}

// A node whose connections are all in use was not asked, and is known to be up by those who use them.
bool is_busy(const NodePool& node, const Error& error) {
  const bool crowded = error.code == ErrorCode::timeout || error.code == ErrorCode::overloaded;
  return crowded && node.pool->health().state == pool::NodeState::up;
}

Result<void> acquire_and_ask(const NodePool& node, HealthReport& report, Deadline deadline) {
  auto lease = node.pool->acquire({}, deadline);
  if (!lease) {
    report.state = is_busy(node, lease.error()) ? DataSourceState::up : DataSourceState::down;
    return pass_error(lease);
  }
  auto asked = ask(*lease, report, deadline);
  discard_if_defective(*lease, asked);
  report.state = asked ? DataSourceState::up : DataSourceState::down;
  return asked;
}

void ask_and_report(const NodePool& node, HealthReport& report, Deadline deadline) {
  auto asked = acquire_and_ask(node, report, deadline);
  if (!asked) report.error = std::move(asked.error());
  report.pool = node.pool->statistics();
}

}  // namespace

DataSourceInfo describe(const Source& source, const Grant* grant) {
  DataSourceInfo info;
  info.name = source.config.name;
  info.type = source.config.type;
  info.description = source.config.description;
  info.access = source.access_for(grant);
  for (const LogicalDatabase& database : source.config.databases) {
    if (is_granted(grant, database.name)) info.databases.push_back(database.name);
  }
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

std::vector<HealthReport> check_health(const RoutingTable& routing, std::chrono::milliseconds timeout,
                                       std::span<const std::string> datasources) {
  struct Question {
    const NodePool* node;
    HealthReport report;
  };
  std::vector<Question> questions;
  for (const auto& source : routing.sources()) {
    const bool is_meant =
        datasources.empty() || std::ranges::find(datasources, source->config.name) != datasources.end();
    if (!is_meant) continue;
    for (const NodePool& node : source->nodes) {
      questions.push_back({&node, {.datasource = source->config.name, .node = node.node.name}});
    }
  }
  const Deadline deadline = Deadline::after(timeout);
  {
    std::vector<std::jthread> askers;
    askers.reserve(questions.size());
    for (Question& question : questions) {
      try {
        askers.emplace_back(
            [&question, deadline] { ask_and_report(*question.node, question.report, deadline); });
      } catch (const std::system_error& refused) {
        Error error = fail(ErrorCode::overloaded, "the system gave no thread to ask with").error();
        error.server_message = refused.what();
        error.retryable = true;
        question.report.error = std::move(error);
        question.report.pool = question.node->pool->statistics();
      }
    }
  }
  std::vector<HealthReport> reports;
  reports.reserve(questions.size());
  for (Question& question : questions)
    reports.push_back(std::move(question.report));
  return reports;
}

Result<DatabaseSchema> introspect(const RoutingTable& routing, std::string_view database,
                                  std::string_view table, const QueryOptions& options) {
  const Grant* grant = options.grant.get();
  const Route* route = routing.find(database, grant);
  if (route == nullptr) return std::unexpected(routing.unknown_database(database, grant));
  const Source& source = *route->source;
  if (!source.enabled()) return std::unexpected(RoutingTable::disabled_database(*route));
  const auto from = Deadline::Clock::now();
  const auto deadline = query_deadline(options, source.config, from);
  if (!deadline) return std::unexpected(deadline.error());
  const auto role = query_role(options, source.config);
  if (!role) return std::unexpected(role.error());
  auto lease = source.nodes.front().pool->acquire(
      route->database, acquire_deadline(*deadline, source.config, from), options.stop);
  if (!lease) return pass_error(lease);
  auto schema = guarded(source.config.name, [&]() -> Result<DatabaseSchema> {
    const std::stop_callback on_stop(options.stop, [&connection = **lease] { connection.cancel(); });
    // What came before the driver begins finds nothing to cancel.
    if (options.stop.stop_requested()) return fail(ErrorCode::cancelled, "the request was cancelled");
    return role->empty() ? (*lease)->introspect(route->database, table, *deadline)
                         : (*lease)->introspect_as(*role, route->database, table, *deadline);
  });
  discard_if_defective(*lease, schema);
  if (!schema) return schema;
  schema->database = route->database;
  schema->datasource = source.config.name;
  return schema;
}

}  // namespace penstock
