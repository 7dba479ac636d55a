// Server processes that end with the test that started them, however it ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace penstock::test {

/// For a start or a stop on a machine that is busy with other tests.
inline constexpr std::chrono::seconds kPatience{60};

/// A running guardian: closing `lifeline` ends the server and removes its folder.
struct Guardian {
  pid_t process = 0;
  pid_t server = 0;
  int lifeline = -1;
};

/// Starts `command` as server_user(), its output going to `log`. When this process ends, the server does, and
/// `remove` goes with all in it. Throws std::runtime_error.
[[nodiscard]] Guardian start_guarded(const std::filesystem::path& log, const std::filesystem::path& remove,
                                     std::vector<std::string> command);
/// Waits for the guardian, and with it for the server, to end; false when it is still there at `until`.
bool wait_for_end(Guardian& guardian, std::chrono::steady_clock::time_point until);
/// Runs a program to its end; its output goes to `folder`/log. Throws std::runtime_error.
void run_to_end(const std::filesystem::path& folder, std::vector<std::string> command);

/// A port of the loopback that nobody listens on, below those that the kernel gives to outgoing connections.
[[nodiscard]] std::uint16_t free_port();

[[nodiscard]] std::string read_file(const std::filesystem::path& path);
/// Throws std::runtime_error.
void write_file(const std::filesystem::path& path, std::string_view content);

}  // namespace penstock::test
