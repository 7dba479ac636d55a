#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "cli/command_line.hpp"

int main(int argc, char** argv) {
  // A pipe or a socket that nobody reads any more is an error of the write, handled where it happens.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    penstock::cli::CommandLine command_line;
    return static_cast<int>(command_line.run(std::vector<std::string>(argv + 1, argv + argc)));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "penstock: error: %s\n", error.what());
    return static_cast<int>(penstock::cli::ExitStatus::failed);
  }
}
