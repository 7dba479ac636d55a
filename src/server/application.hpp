// The server put together: the manager, what runs its queries, the front ends, and the sockets before them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "penstock/manager.hpp"

#include "server/http_routes.hpp"
#include "server/http_server.hpp"
#include "server/serving_configuration.hpp"

namespace penstock::server {

struct ApplicationOptions {
  std::filesystem::path folder;  ///< of datasources.yaml
  config::ServingConfiguration
      configuration;  ///< as read_serving_configuration() gives it, and as it is to be used
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
  /// Reads all files again: whole, or not at all with what is wrong with them. What server.yaml says now of
  /// sockets and threads holds from the next start on, which is logged.
  [[nodiscard]] Result<void> reload();
  /// Lets what is under way end, by HttpOptions::drain_timeout at the latest. True when nothing was cut
  /// short.
  bool stop();

 private:
  Application(ApplicationOptions options, std::unique_ptr<DataSourceManager> manager);
  /// Where the front ends are: a line each.
  void add_routes();

  const ApplicationOptions options_;
  config::ServerConfig server_on_disk_;  ///< as it was read last
  std::unique_ptr<DataSourceManager> manager_;
  HttpRoutes routes_;
  std::unique_ptr<HttpServer> http_;
};

}  // namespace penstock::server
