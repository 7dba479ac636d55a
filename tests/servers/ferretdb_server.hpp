// Private FerretDB servers for tests: MongoDB's protocol over SQLite files.
#pragma once

#include <cstdint>
#include <memory>

#include "servers/guarded_process.hpp"
#include "servers/scratch.hpp"

namespace penstock::test {

/// One empty server on a free port of the loopback, running until destroyed; gone with the test, however that
/// ends. Throws std::runtime_error, with the server's last words, when it does not start.
class FerretDbServer {
 public:
  /// Why none can be started here; empty when one can.
  [[nodiscard]] static std::string missing();

  FerretDbServer();  ///< started, and answering
  FerretDbServer(const FerretDbServer&) = delete;
  FerretDbServer& operator=(const FerretDbServer&) = delete;
  ~FerretDbServer();
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  [[nodiscard]] bool try_start();
  [[nodiscard]] std::filesystem::path log() const { return folder_.path() / "log"; }

  ScratchFolder folder_{"penstock-ferretdb-"};
  std::uint16_t port_ = 0;
  Guardian guardian_;
};

}  // namespace penstock::test
