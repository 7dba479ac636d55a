#include "server/node_report.hpp"

#include <string>

#include "server/log.hpp"

namespace penstock::server {

namespace {

void log_node(const HealthReport& report) {
  if (report.error) {
    log(LogLevel::warning, "node_not_asked",
        {{"datasource", report.datasource}, {"node", report.node}, {"error", report.error->message}});
    return;
  }
  log(LogLevel::info, "node",
      {{"datasource", report.datasource},
       {"node", report.node},
       {"server", report.server.product + " " + report.server.version}});
  for (const std::string& warning : report.server.warnings) {
    log(LogLevel::warning, "node_permissions",
        {{"datasource", report.datasource}, {"node", report.node}, {"what", warning}});
  }
  for (const DatabaseFailure& failure : report.server.failures) {
    log(LogLevel::warning, "database_not_served",
        {{"datasource", report.datasource},
         {"database", failure.database},
         {"error", failure.error.message}});
  }
}

}  // namespace

void log_nodes(std::span<const HealthReport> reports) {
  for (const HealthReport& report : reports)
    log_node(report);
}

}  // namespace penstock::server
