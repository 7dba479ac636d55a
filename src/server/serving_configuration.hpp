// The configuration's folder as a server reads it.
#pragma once

#include <filesystem>

#include "penstock/error.hpp"

#include "config/configuration.hpp"
#include "server/http_options.hpp"

namespace penstock::server {

/// All files of the folder, server.yaml and tools.yaml among them. `invalid_argument` lists every mistake as
/// file:line:column, one a line.
[[nodiscard]] Result<config::ServingConfiguration> read_serving_configuration(
    const std::filesystem::path& folder);

[[nodiscard]] HttpOptions http_options_of(const config::ServerConfig& config);

}  // namespace penstock::server
