// The life of a serving process: signals, reloads, the service manager.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/application.hpp"

namespace penstock::server {

/// From its making on, SIGINT, SIGTERM and SIGHUP are kept from this thread and those it starts, and wait for
/// serve(). Make it before any other thread.
class ServingSignals {
 public:
  ServingSignals();
  ServingSignals(const ServingSignals&) = delete;
  ServingSignals& operator=(const ServingSignals&) = delete;
  ~ServingSignals();
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  /// From now on they end the process, as they do by default: for who is in a hurry.
  void release() const noexcept;

 private:
  int descriptor_ = -1;
};

/// Allows as many open files as the process may have, as each connection is one.
void raise_file_limit() noexcept;

/// Serves until SIGINT or SIGTERM, then stops gracefully and returns; a second one ends the process. SIGHUP,
/// and a change of the configuration's files, reads the configuration again, whole or not at all; what came
/// of it is logged. `on_ready` is called once it listens. Errors: those of Application::start().
[[nodiscard]] Result<void> serve(const ServingSignals& signals, ServiceOptions options,
                                 const std::function<void(const std::vector<std::string>& urls)>& on_ready);

}  // namespace penstock::server
