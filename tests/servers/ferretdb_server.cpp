#include "servers/ferretdb_server.hpp"

#include <csignal>
#include <stdexcept>

#include "servers/mongo_servers.hpp"

namespace penstock::test {

namespace fs = std::filesystem;

namespace {

const fs::path kProgram = PENSTOCK_TEST_FERRETDB;

// Whether this process does: another server may have had the port before.
bool answers(std::uint16_t port, pid_t process) {
  try {
    const std::string status =
        MongoAdmin(port, "serverSelectionTimeoutMS=100").ask("admin", R"({"serverStatus": 1})");
    return status.find(R"("pid" : { "$numberLong" : ")" + std::to_string(process) + "\" }") !=
           std::string::npos;
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace

std::string FerretDbServer::missing() {
  if (fs::exists(kProgram)) return {};
  return "no FerretDB in " + kProgram.string() + " (run scripts/setup)";
}

FerretDbServer::FerretDbServer() {
  // The user that it runs as need not see the folder where it was built.
  fs::copy_file(kProgram, folder_.path() / "ferretdb_server");
  fs::create_directory(folder_.path() / "data");
  give_to_server(folder_.path());
  for (int attempt = 0; attempt < 20; ++attempt) {
    port_ = free_port();
    if (try_start()) return;
  }
  throw std::runtime_error("FerretDB found no free port: " + read_file(log()));
}

FerretDbServer::~FerretDbServer() {
  if (guardian_.process == 0) return;
  ::kill(guardian_.server, SIGKILL);
  wait_for_end(guardian_, std::chrono::steady_clock::now() + kPatience);
}

// Whether it came up; false when somebody else has the port.
bool FerretDbServer::try_start() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  write_file(log(), "");
  guardian_ = start_guarded(log(), folder_.path(),
                            {(folder_.path() / "ferretdb_server").string(), std::to_string(port_),
                             (folder_.path() / "data").string()});
  while (!answers(port_, guardian_.server)) {
    const std::string words = read_file(log());
    if (wait_for_end(guardian_, std::chrono::steady_clock::now() + std::chrono::milliseconds(10))) {
      if (words.find("address already in use") != std::string::npos) return false;
      throw std::runtime_error("FerretDB did not start: " + words);
    }
    if (std::chrono::steady_clock::now() > until)
      throw std::runtime_error("FerretDB does not answer: " + words);
  }
  return true;
}

}  // namespace penstock::test
