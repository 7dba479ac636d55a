#include "server/application.hpp"

#include <utility>

namespace penstock::server {

namespace {

/// The process is alive, whatever its datasources are.
void answer_healthz(const std::shared_ptr<Exchange>& exchange) {
  if (exchange->method() != "GET" && exchange->method() != "HEAD") {
    exchange->respond({.status = 405, .content_type = {}, .headers = {{"Allow", "GET, HEAD"}}, .body = {}});
    return;
  }
  exchange->respond({.content_type = "application/json",
                     .headers = {{"Cache-Control", "no-store"}},
                     .body = R"({"status":"ok"})"});
}

}  // namespace

Application::Application(std::unique_ptr<DataSourceManager> manager) : manager_(std::move(manager)) {}

Application::~Application() {
  http_.reset();
  manager_->close();
}

void Application::add_routes() {
  routes_.add("/healthz", [](const std::shared_ptr<Exchange>& exchange) { answer_healthz(exchange); });
}

Result<std::unique_ptr<Application>> Application::start(ApplicationOptions options) {
  auto manager = DataSourceManager::load(options.config);
  if (!manager) return pass_error(manager);
  std::unique_ptr<Application> application(new Application(std::move(*manager)));
  application->add_routes();
  auto http = HttpServer::start(std::move(options.http),
                                [routes = &application->routes_](std::shared_ptr<Exchange> exchange) {
                                  routes->answer(std::move(exchange));
                                });
  if (!http) return pass_error(http);
  application->http_ = std::move(*http);
  application->manager_->warm_up();
  return application;
}

Result<void> Application::reload() {
  return manager_->reload();
}

bool Application::stop() {
  return http_->stop();
}

}  // namespace penstock::server
