#include "server/service.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "core/own_sqlstate.hpp"
#include "monitor/pool_samples.hpp"
#include "protocol/rest/trace_parent.hpp"
#include "server/gate_samples.hpp"
#include "server/log.hpp"
#include "server/mcp_tools.hpp"
#include "server/node_report.hpp"
#include "server/random_token.hpp"
#include "server/tool_check.hpp"

namespace penstock::server {

namespace {

using monitor::Sample;
using monitor::SampleType;
using std::chrono::microseconds;

/// For who is answered at the same time to ask again: about what it takes a client. Three times it was
/// slower.
constexpr microseconds kGather{20};

RestOptions rest_options_of(const config::ServerConfig& config) {
  return {.max_rows = config.max_rows,
          .max_bytes = config.max_bytes,
          .timeout = config.timeout,
          .explain_analyze = config.explain_analyze,
          .pass_trace_context = config.pass_trace_context};
}

McpLimits mcp_limits_of(const config::ServerConfig& config) {
  return {.max_rows = config.max_rows,
          .max_bytes = config.max_bytes,
          .timeout = config.timeout,
          .explain_analyze = config.explain_analyze,
          .pass_trace_context = config.pass_trace_context};
}

AuditOptions audit_options_of(const config::AuditConfig& config) {
  AuditOptions options;
  options.file = {.path = config.path,
                  .max_bytes = config.max_file_bytes,
                  .max_age = config.max_file_age,
                  .keep = static_cast<std::size_t>(config.keep_files)};
  options.on_failure = config.on_failure == config::AuditConfig::OnFailure::stop
                           ? AuditOptions::OnFailure::stop
                           : AuditOptions::OnFailure::go_on;
  options.statements = config.statements;
  options.params = config.params;
  options.sync_interval = config.sync_interval;
  options.max_waiting_bytes = static_cast<std::size_t>(config.max_waiting_bytes);
  return options;
}

// Times the calls of MCP.
class McpTimes final : public protocol::mcp::CallObserver {
 public:
  explicit McpTimes(std::shared_ptr<monitor::Metrics> metrics) : metrics_(std::move(metrics)) {}
  [[nodiscard]] std::int64_t now() noexcept override {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  void call_ended(const protocol::mcp::CallEnd& end) noexcept override {
    note(end);
    metrics_->mcp_answered({.method = end.method,
                            .tool = end.tool,
                            .error = end.error,
                            .duration = std::chrono::microseconds(now() - end.began)});
  }

 private:
  static void note(const protocol::mcp::CallEnd& end) {
    const bool failed = !end.error.empty() && end.error != "cancelled";
    const LogLevel level = failed ? LogLevel::info : LogLevel::debug;
    if (!logs(level)) return;
    const auto trace = protocol::rest::parse_trace_parent(end.trace_parent);
    log(level, failed ? "mcp_call_failed" : "mcp_call",
        {{"request_id", end.request_id},
         {"trace_id", trace ? trace->trace_id : std::string_view("-")},
         {"method", end.method},
         {"tool", end.tool},
         {"error", end.error}});
  }

  std::shared_ptr<monitor::Metrics> metrics_;
};

Result<std::shared_ptr<QueryGate>> make_gate(const config::AuditConfig& config) {
  if (config.path.empty()) return std::make_shared<QueryGate>();
  auto audit = AuditLog::open(audit_options_of(config));
  if (!audit) return pass_error(audit);
  return std::make_shared<QueryGate>(std::move(*audit));
}

// A login role that has more than `roles` allow is found by connecting. What cannot be reached now is refused
// in the same words when it comes up.
Result<void> check_roles(const config::ServingConfiguration& configuration, DataSourceManager& manager) {
  constexpr std::chrono::seconds kPatience{3};
  std::vector<std::string> with_roles;
  for (const DataSourceConfig& source : configuration.datasources.datasources) {
    if (source.enabled && !source.roles.empty()) with_roles.push_back(source.name);
  }
  if (with_roles.empty()) return {};
  std::string refused;
  for (const HealthReport& report : manager.health(kPatience, with_roles)) {
    if (report.error && report.error->sqlstate == kMisconfiguredServer)
      refused += (refused.empty() ? "" : "\n") + report.error->message;
  }
  if (refused.empty()) return {};
  return fail(ErrorCode::invalid_argument, std::move(refused),
              "docs/postgresql.md shows how to make a role that has nothing itself.");
}

void append_lane_samples(const std::vector<LaneStatistics>& lanes, std::vector<Sample>& samples) {
  for (const LaneStatistics& lane : lanes) {
    samples.push_back({"penstock_queue_waiting",
                       "Queries that wait for their turn.",
                       SampleType::gauge,
                       {{"datasource", lane.datasource}},
                       static_cast<double>(lane.waiting)});
    samples.push_back({"penstock_queue_running",
                       "Threads that run queries.",
                       SampleType::gauge,
                       {{"datasource", lane.datasource}},
                       static_cast<double>(lane.running)});
    for (const auto& [reason, count] : {std::pair{"overloaded", lane.refusals.overloaded},
                                        {"timeout", lane.refusals.timeouts},
                                        {"cancelled", lane.refusals.cancelled}}) {
      samples.push_back({"penstock_queue_refused_total",
                         "Queries that ended while they waited for their turn.",
                         SampleType::counter,
                         {{"datasource", lane.datasource}, {"reason", reason}},
                         static_cast<double>(count)});
    }
  }
}

}  // namespace

Service::Service(std::shared_ptr<monitor::Metrics> metrics, std::shared_ptr<QueryGate> gate,
                 std::unique_ptr<DataSourceManager> manager)
    : metrics_(std::move(metrics)), gate_(std::move(gate)), manager_(std::move(manager)) {}

// What still runs refers to the front ends.
Service::~Service() {
  close();
  wait();
}

void Service::wait() {
  if (executor_ != nullptr) executor_->wait();
}

Result<std::unique_ptr<Service>> Service::make(const ServiceOptions& options) {
  auto metrics = std::make_shared<monitor::Metrics>();
  ManagerOptions manager_options;
  manager_options.observer = metrics;
  auto manager = DataSourceManager::load(options.folder, std::move(manager_options));
  if (!manager) return pass_error(manager);
  if (auto checked = check_roles(options.configuration, **manager); !checked) return pass_error(checked);
  auto gate = make_gate(options.configuration.server.audit);
  if (!gate) return pass_error(gate);
  std::unique_ptr<Service> service(new Service(std::move(metrics), std::move(*gate), std::move(*manager)));
  Service& made = *service;
  made.identities_ = std::make_unique<Identities>(options.configuration.identities);
  ExecutorOptions executor_options;
  executor_options.max_eager = static_cast<std::size_t>(options.configuration.server.worker_threads);
  executor_options.on_together = [metrics = made.metrics_](std::size_t count) {
    metrics->queries_shared(count);
  };
  executor_options.gate = made.gate_;
  // A loop that looks without sleeping finds more meanwhile; one that sleeps would not.
  executor_options.gather = std::min(kGather, microseconds(options.configuration.server.busy_poll_us));
  made.mcp_front_end_ = options.mcp_front_end;
  made.executor_ = std::make_unique<QueryExecutor>(*made.manager_, std::move(executor_options));
  made.schemas_ = std::make_unique<SchemaCache>(*made.manager_, *made.executor_);
  made.rest_ = std::make_unique<RestApi>(*made.manager_, *made.executor_, *made.schemas_,
                                         rest_options_of(options.configuration.server), made.gate_);
  made.folder_ = options.folder;
  if (auto checked = made.check(options.configuration, *made.manager_); !checked) return pass_error(checked);
  auto catalog = made.make_catalog(options.configuration);
  if (!catalog) return pass_error(catalog);
  protocol::mcp::ServerOptions mcp_options;
  // Nobody tells us when a table changes.
  mcp_options.resource_subscriptions = false;
  mcp_options.observer = std::make_shared<McpTimes>(made.metrics_);
  mcp_options.admit = [gate = made.gate_,
                       front_end = made.mcp_front_end_](const protocol::mcp::Inbound& inbound) {
    if (inbound.caller == nullptr) return Result<void>{};
    return gate->request(*std::static_pointer_cast<const Principal>(inbound.caller), front_end,
                         inbound.request_id);
  };
  mcp_options.hidden_tool_called = [&made](const protocol::mcp::Inbound& inbound, std::string_view tool) {
    QueryCall call{.principal = std::static_pointer_cast<const Principal>(inbound.caller)};
    call.origin = {
        .front_end = made.mcp_front_end_, .request_id = inbound.request_id, .tool = std::string(tool)};
    made.executor_->refused(
        call, fail(ErrorCode::forbidden, "this principal may not use " + std::string(tool)).error());
  };
  mcp_options.sign = [key = random_token()](std::string_view text) { return keyed_hash(key, text); };
  made.mcp_ = std::make_shared<protocol::mcp::Server>(
      protocol::mcp::ServerInfo{.name = "penstock",
                                .title = "Penstock",
                                .version = options.version,
                                .instructions = std::string(kMcpInstructions)},
      std::move(mcp_options), std::move(*catalog));
  made.metrics_->add_provider([&made](std::vector<Sample>& samples) {
    monitor::append_pool_samples(made.manager_->datasources(), samples);
    append_lane_samples(made.executor_->statistics(), samples);
    append_gate_samples(*made.gate_, samples);
  });
  return service;
}

Result<void> Service::check(const config::ServingConfiguration& configuration,
                            const DataSourceManager& manager) {
  if (auto checked = check_tools(configuration.tools, folder_, manager); !checked) return checked;
  const auto catalog = make_catalog(configuration);
  return catalog ? Result<void>{} : std::unexpected(catalog.error());
}

Result<protocol::mcp::Catalog> Service::make_catalog(const config::ServingConfiguration& configuration) {
  const auto context = std::make_shared<const McpContext>(
      McpContext{*manager_, *executor_, *schemas_, mcp_limits_of(configuration.server), mcp_front_end_});
  return make_mcp_catalog(context, configuration.tools);
}

Result<void> Service::reload(const config::ServingConfiguration& configuration) {
  if (auto may = identities_->may_replace(configuration.identities); !may) return may;
  // What would keep the tools from being made, or roles from being used, is found by a manager that nobody
  // else uses: behind the reload of the one that is used, there would be no way back.
  const auto next = DataSourceManager::load(folder_);
  if (!next) return std::unexpected(next.error());
  if (auto checked = check_roles(configuration, **next); !checked) return checked;
  if (auto checked = check(configuration, **next); !checked) return checked;
  if (auto reloaded = manager_->reload(); !reloaded) return reloaded;
  // What was taken away is taken away first.
  const bool grants_changed = identities_->replace(configuration.identities);
  auto catalog = make_catalog(configuration);
  if (!catalog) return pass_error(catalog);
  schemas_->clear();
  rest_->set_options(rest_options_of(configuration.server));
  mcp_->replace(std::move(*catalog));
  log_nodes();
  if (!grants_changed) return {};
  using enum protocol::mcp::ListKind;
  for (const auto kind : {tools, resources, prompts})
    mcp_->list_changed(kind);
  return {};
}

void Service::warm_up() {
  manager_->warm_up();
  log_nodes();
}

void Service::log_nodes() {
  executor_->post([this] { server::log_nodes(manager_->health()); });
}

void Service::close() {
  if (mcp_ != nullptr) mcp_->close();
  if (executor_ != nullptr) executor_->stop();
  manager_->close();
}

}  // namespace penstock::server
