#include "server/datasource_probes.hpp"

#include <utility>

#include "server/identity/principal.hpp"
#include "server/rest_answers.hpp"

namespace penstock::server {

void DatasourceProbes::ask(std::shared_ptr<Exchange> exchange) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(std::move(exchange));
    if (waiting_.size() > 1) return;
  }
  executor_.post([this] { run(); });
}

void DatasourceProbes::run() {
  std::vector<std::shared_ptr<Exchange>> answered;
  const auto take_waiting = [&] {
    const std::scoped_lock lock(mutex_);
    answered.swap(waiting_);
  };
  std::vector<HealthReport> reports;
  try {
    reports = manager_.health(kTimeout);
  } catch (...) {
    take_waiting();  // their exchanges answer as they go, and the next one who asks begins anew
    throw;
  }
  take_waiting();
  // One answer of the datasources, of which each is told what is granted to it.
  for (const auto& exchange : answered) {
    const auto sources = manager_.datasources(&principal_of(*exchange)->grant);
    respond_json(*exchange, datasources_json(sources, reports));
  }
}

}  // namespace penstock::server
