#include "servers/guarded_process.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "servers/scratch.hpp"

namespace penstock::test {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return std::move(text).str();
}

void write_file(const fs::path& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

Guardian start_guarded(const fs::path& log, const fs::path& remove, std::vector<std::string> command) {
  command.insert(command.begin(),
                 {PENSTOCK_TEST_GUARDIAN, server_user().name, log.string(), remove.string()});
  std::vector<char*> arguments;
  for (std::string& argument : command)
    arguments.push_back(argument.data());
  arguments.push_back(nullptr);

  std::array<int, 2> lifeline{};
  std::array<int, 2> report{};
  if (pipe2(lifeline.data(), O_CLOEXEC) != 0 || pipe2(report.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe2");
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, lifeline[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, report[1], STDOUT_FILENO);
  Guardian guardian;
  const int failed =
      posix_spawn(&guardian.process, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(lifeline[0]);
  close(report[1]);
  guardian.lifeline = lifeline[1];
  FILE* answer = fdopen(report[0], "r");
  const bool told = failed == 0 && std::fscanf(answer, "%d", &guardian.server) == 1;
  std::fclose(answer);
  if (!told) throw std::runtime_error("the guardian of a test server did not start");
  return guardian;
}

bool wait_for_end(Guardian& guardian, std::chrono::steady_clock::time_point until) {
  for (;;) {
    if (guardian.process == 0) return true;
    const pid_t ended = waitpid(guardian.process, nullptr, WNOHANG);
    if (ended == guardian.process || (ended < 0 && errno == ECHILD)) {
      close(guardian.lifeline);
      guardian = Guardian{};
      return true;
    }
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(2ms);
  }
}

std::uint16_t free_port() {
  static thread_local std::mt19937 random{std::random_device{}()};
  std::uniform_int_distribution<std::uint16_t> ports(15'000, 32'000);
  for (;;) {
    const std::uint16_t port = ports(random);
    const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool free = bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(probe);
    if (free) return port;
  }
}

void run_to_end(const fs::path& folder, std::vector<std::string> command) {
  const std::string name = command.front();
  Guardian guardian = start_guarded(folder / "log", folder, std::move(command));
  if (!wait_for_end(guardian, std::chrono::steady_clock::now() + kPatience)) {
    throw std::runtime_error(name + " did not end");
  }
}

}  // namespace penstock::test
