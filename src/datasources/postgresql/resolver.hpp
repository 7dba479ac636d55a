// Addresses of hosts' names, looked up on threads of their own: getaddrinfo() asks whoever the system is
// configured to ask, for as long as that takes, and libpq calls it in the middle of a connect that has a
// deadline. The threads are made here and named "penstock-lookup".
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "penstock/query.hpp"

#include "datasources/postgresql/keywords.hpp"

namespace penstock::postgresql {

/// Thread-safe. A look-up that hangs goes on without anybody, one at most for each name; whoever asks for the
/// same name meanwhile waits for it too.
class Resolver {
 public:
  /// The addresses of a name, as numbers, best first. Errors: `unavailable`.
  using LookUp = std::function<Result<std::vector<std::string>>(const std::string& host)>;
  /// As the system has it.
  [[nodiscard]] static Result<std::vector<std::string>> ask_system(const std::string& host);

  explicit Resolver(LookUp look_up = ask_system);

  /// Errors: `unavailable`, and `timeout`.
  [[nodiscard]] Result<std::vector<std::string>> addresses(const std::string& host, Deadline deadline);
  /// The same place with every address of its hosts beside their names (libpq's `hostaddr`), so that libpq
  /// has nothing to look up. Of several hosts, those that are not found are left out. Errors: those of the
  /// first when none is left.
  [[nodiscard]] Result<Keywords> resolve(const Keywords& place, Deadline deadline);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace penstock::postgresql
