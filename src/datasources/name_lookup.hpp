// Addresses of hosts' names, looked up on threads of their own: getaddrinfo() asks whoever the system is
// configured to ask, for as long as that takes, and client libraries call it in the middle of a connect that
// has a deadline. The threads are made here and named "penstock-lookup".
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "penstock/query.hpp"

namespace penstock {

/// Thread-safe. A look-up that hangs goes on without anybody, one at most for each name; whoever asks for the
/// same name meanwhile waits for it too.
class NameLookup {
 public:
  /// The addresses of a name, as numbers, best first. Errors: `unavailable`.
  using LookUp = std::function<Result<std::vector<std::string>>(const std::string& host)>;
  /// As the system has it.
  [[nodiscard]] static Result<std::vector<std::string>> ask_system(const std::string& host);
  /// Whether there is something to look up: a number, or a path, is its own address.
  [[nodiscard]] static bool is_name(const std::string& host);

  explicit NameLookup(LookUp look_up = ask_system);

  /// Errors: `unavailable`, and `timeout`.
  [[nodiscard]] Result<std::vector<std::string>> addresses(const std::string& host, Deadline deadline);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace penstock
