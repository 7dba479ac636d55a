#include "server/serving_configuration.hpp"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "penstock/data_source.hpp"

namespace penstock::server {

Result<config::ServingConfiguration> read_serving_configuration(const std::filesystem::path& folder) {
  std::vector<TypeSpec> types;
  const DataSourceRegistry registry = DataSourceRegistry::with_builtin_types();
  for (const DataSourceType& type : registry.types())
    types.push_back(type.spec);
  const auto configuration = config::load_serving_configuration(folder, types);
  if (configuration) return *configuration;
  std::string message;
  for (const config::Problem& problem : configuration.error()) {
    if (!message.empty()) message += '\n';
    message += problem.to_string();
  }
  return fail(ErrorCode::invalid_argument, std::move(message));
}

HttpOptions http_options_of(const config::ServerConfig& config) {
  HttpOptions options;
  options.listen = {config.listen.to_string()};
  options.event_loops = static_cast<std::size_t>(config.event_loops);
  options.busy_poll = std::chrono::microseconds(config.busy_poll_us);
  options.max_connections = static_cast<std::size_t>(config.max_connections);
  options.max_header_bytes = static_cast<std::size_t>(config.max_header_bytes);
  options.max_body_bytes = static_cast<std::size_t>(config.max_body_bytes);
  options.idle_timeout = config.idle_timeout;
  options.header_timeout = config.header_timeout;
  options.body_timeout = config.body_timeout;
  options.write_timeout = config.write_timeout;
  options.drain_timeout = config.drain_timeout;
  options.gzip = config.gzip;
  options.allowed_hosts = config.hosts;
  options.allowed_origins = config.origins;
  if (config.tls) {
    options.tls_certificate = config.tls->certificate;
    options.tls_key = config.tls->key;
  }
  return options;
}

}  // namespace penstock::server
