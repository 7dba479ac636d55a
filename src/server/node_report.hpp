// What the operator should know of the databases' servers, as lines of the log.
#pragma once

#include <span>

#include "penstock/manager.hpp"

namespace penstock::server {

/// A line for each node: its product and version, or why it does not answer; and a warning for each thing
/// that its session could do beyond its access, and for each logical database that it cannot serve.
void log_nodes(std::span<const HealthReport> reports);

}  // namespace penstock::server
