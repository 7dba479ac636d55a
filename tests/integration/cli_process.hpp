// Runs the real penstock command, as a shell would.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace penstock::test {

/// How a process ended and what it wrote.
struct Finished {
  int status = -1;  ///< as a shell shows it: the exit status, or 128 + the signal that ended it
  std::string out;
  std::string err;
  long max_resident_kib = 0;
};

/// What surrounds the command.
struct Surroundings {
  std::filesystem::path directory;
  std::string input;  ///< its standard input, a file
  std::map<std::string, std::string> environment;
};

/// One run of a program with its output in pipes (or, for the terminal() kind, in a pseudo-terminal of 100
/// columns). Killed when it is not over at the destruction or within `wait`'s patience.
class Process {
 public:
  /// The command with these arguments.
  Process(const std::vector<std::string>& arguments, const Surroundings& surroundings);
  /// Any program of PATH.
  Process(const std::string& program, const std::vector<std::string>& arguments,
          const Surroundings& surroundings);
  /// The command with standard input, output and error in one terminal.
  [[nodiscard]] static Process terminal(const std::vector<std::string>& arguments,
                                        const Surroundings& surroundings);
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();

  void send_signal(int signal) const;
  /// Types into its terminal.
  void type(std::string_view text) const;
  /// Reads until `text` was written to either stream (of a terminal: to it). False when it is over, or after
  /// `patience`.
  bool wait_for_text(std::string_view text, std::chrono::seconds patience = std::chrono::seconds(30));
  /// Reads to the end. `status` is -1 when it had to be killed.
  [[nodiscard]] Finished wait(std::chrono::seconds patience = std::chrono::seconds(60));
  /// Waits until it has filled the pipe of its standard output, which nobody reads meanwhile.
  [[nodiscard]] bool wait_for_full_pipe(std::chrono::seconds patience = std::chrono::seconds(30)) const;
  /// As wait(), but reads nothing before the process is over.
  [[nodiscard]] Finished wait_unread(std::chrono::seconds patience);
  /// Stops reading its standard output, as `head` does.
  void close_output();
  [[nodiscard]] const std::string& output() const noexcept { return out_; }
  [[nodiscard]] const std::string& errors() const noexcept { return err_; }

 private:
  Process() = default;
  [[nodiscard]] Finished wait(std::chrono::seconds patience, bool read_meanwhile);
  /// Reads what there is, for at most 50 ms. False when both streams have ended.
  bool read_some();

  pid_t pid_ = -1;
  int out_fd_ = -1;
  int err_fd_ = -1;  ///< -1 for a terminal
  std::string out_;
  std::string err_;
};

/// Runs the command to its end.
[[nodiscard]] Finished run_penstock(const std::vector<std::string>& arguments,
                                    const Surroundings& surroundings);

}  // namespace penstock::test
