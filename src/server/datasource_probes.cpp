#include "server/datasource_probes.hpp"

#include <string>
#include <utility>

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
  std::string answer;
  try {
    const auto reports = manager_.health(kTimeout);
    answer = datasources_json(manager_.datasources(), reports);
  } catch (...) {
    take_waiting();  // their exchanges answer as they go, and the next one who asks begins anew
    throw;
  }
  take_waiting();
  for (const auto& exchange : answered)
    respond_json(*exchange, answer);
}

}  // namespace penstock::server
