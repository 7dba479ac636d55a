// The server put together: the manager, what runs its queries, the front ends, and the sockets before them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "penstock/manager.hpp"

#include "server/http_routes.hpp"
#include "server/http_server.hpp"

namespace penstock::server {

struct ApplicationOptions {
  std::filesystem::path config;  ///< the folder of datasources.yaml
  HttpOptions http;
};

/// One thread at a time. Members are declared in the order in which they need each other, and end the other
/// way round: first nobody asks any more, then nothing runs any more, then the pools go.
class Application {
 public:
  /// Reads the configuration, starts to connect, and listens. Errors: those of DataSourceManager::load() and
  /// HttpServer::start().
  [[nodiscard]] static Result<std::unique_ptr<Application>> start(ApplicationOptions options);
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;
  ~Application();

  [[nodiscard]] const std::vector<std::string>& urls() const noexcept { return http_->urls(); }
  /// Reads the configuration again: whole, or not at all with what is wrong with it.
  [[nodiscard]] Result<void> reload();
  /// Lets what is under way end, by HttpOptions::drain_timeout at the latest. True when nothing was cut
  /// short.
  bool stop();

 private:
  explicit Application(std::unique_ptr<DataSourceManager> manager);
  /// Where the front ends are: a line each.
  void add_routes();

  std::unique_ptr<DataSourceManager> manager_;
  HttpRoutes routes_;
  std::unique_ptr<HttpServer> http_;
};

}  // namespace penstock::server
