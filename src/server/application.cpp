#include "server/application.hpp"

#include <utility>

#include "server/log.hpp"

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

Application::Application(ApplicationOptions options, std::unique_ptr<DataSourceManager> manager)
    : options_(std::move(options)),
      server_on_disk_(options_.configuration.server),
      manager_(std::move(manager)) {}

Application::~Application() {
  http_.reset();
  manager_->close();
}

void Application::add_routes() {
  routes_.add("/healthz", [](const std::shared_ptr<Exchange>& exchange) { answer_healthz(exchange); });
}

Result<std::unique_ptr<Application>> Application::start(ApplicationOptions options) {
  auto manager = DataSourceManager::load(options.folder);
  if (!manager) return pass_error(manager);
  std::unique_ptr<Application> application(new Application(std::move(options), std::move(*manager)));
  application->add_routes();
  auto http = HttpServer::start(http_options_of(application->options_.configuration.server),
                                [routes = &application->routes_](std::shared_ptr<Exchange> exchange) {
                                  routes->answer(std::move(exchange));
                                });
  if (!http) return pass_error(http);
  application->http_ = std::move(*http);
  application->manager_->warm_up();
  return application;
}

Result<void> Application::reload() {
  const auto read = read_serving_configuration(options_.folder);
  if (!read) return std::unexpected(read.error());
  if (auto reloaded = manager_->reload(); !reloaded) return reloaded;
  if (read->server != server_on_disk_)
    log(LogLevel::warning, "restart_needed",
        {{"hint", "what server.yaml says now holds from the next start on"}});
  server_on_disk_ = read->server;
  return {};
}

bool Application::stop() {
  return http_->stop();
}

}  // namespace penstock::server
