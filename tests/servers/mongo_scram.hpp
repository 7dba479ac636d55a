// The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), for tests.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace penstock::test {

/// One conversation at a time.
class ScramServer {
 public:
  explicit ScramServer(std::string password) : password_(std::move(password)) {}

  /// The server's first message to the client's.
  [[nodiscard]] std::string start(std::string_view client_first);
  /// The server's last message, which proves that it knows the password too; nothing when the client does
  /// not.
  [[nodiscard]] std::optional<std::string> finish(std::string_view client_final);
  [[nodiscard]] bool authenticated() const noexcept { return authenticated_; }

 private:
  std::string password_;
  std::string client_first_bare_;
  std::string server_first_;
  bool authenticated_ = false;
};

}  // namespace penstock::test
