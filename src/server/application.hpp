// The server put together: the service, and the sockets before it.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "server/http_routes.hpp"
#include "server/http_server.hpp"
#include "server/identity/http_gate.hpp"
#include "server/identity/jwt_authenticator.hpp"
#include "server/identity/protected_resource.hpp"
#include "server/mcp_http.hpp"
#include "server/service.hpp"
#include "server/serving_configuration.hpp"

namespace penstock::server {

/// One thread at a time. Members are declared in the order in which they need each other, and end the other
/// way round: first nobody asks any more, then nothing runs any more, then the pools go.
class Application {
 public:
  /// Starts to connect, and listens. `options.configuration` is as read_serving_configuration() gives it,
  /// with what the command line changes. Errors: those of Service::make() and HttpServer::start().
  [[nodiscard]] static Result<std::unique_ptr<Application>> start(ServiceOptions options);
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;
  ~Application();

  [[nodiscard]] const std::vector<std::string>& urls() const noexcept { return http_->urls(); }
  /// Null: there is none.
  [[nodiscard]] AuditLog* audit() noexcept { return service_->gate().audit(); }
  /// Reads all files again: whole, or not at all with what is wrong with them. What server.yaml says now of
  /// sockets and threads holds from the next start on, which is logged.
  [[nodiscard]] Result<void> reload();
  /// Lets what is under way end, by HttpOptions::drain_timeout at the latest. True when nothing was cut
  /// short.
  bool stop();
  /// Looks after what is idle; to be called every kTickEvery or so.
  void tick() { mcp_.tick(); }
  static constexpr std::chrono::seconds kTickEvery{15};

 private:
  Application(ServiceOptions options, std::unique_ptr<Service> service);
  /// Whose tokens are taken.
  void set_tokens(const config::ServingConfiguration& configuration);
  /// Where the front ends are: a line each.
  void add_routes();

  const ServiceOptions options_;
  config::ServerConfig server_on_disk_;  ///< as it was read last
  std::unique_ptr<Service> service_;
  const std::shared_ptr<JwtAuthenticator> tokens_ = std::make_shared<JwtAuthenticator>();
  ProtectedResource resource_;
  HttpGate gate_;
  McpHttp mcp_;
  HttpRoutes routes_;
  HttpHandler admitted_;  ///< what the gate lets through
  std::unique_ptr<HttpServer> http_;
};

}  // namespace penstock::server
