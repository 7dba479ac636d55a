// From the arguments of the process to its exit status.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/command.hpp"
#include "cli/session.hpp"

namespace penstock::cli {

/// The whole command: its options, its subcommands and what they do.
class CommandLine {
 public:
  CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// Reads the arguments (without the program's name) and does what they say.
  /// Does not return when a signal is to end the process.
  [[nodiscard]] ExitStatus run(std::vector<std::string> arguments);

 private:
  [[nodiscard]] ExitStatus run_command(Session& session);
  [[nodiscard]] ExitStatus report_usage(const std::vector<std::string>& arguments,
                                        const CLI::ParseError& error);
  [[nodiscard]] Error explain(const CLI::ParseError& error) const;
  [[nodiscard]] Error explain_extra(const std::vector<std::string>& extra) const;
  /// The subcommand that the arguments named, else the whole.
  [[nodiscard]] const CLI::App& selected() const;

  GlobalOptions options_;
  CLI::App app_;
  std::vector<Command> commands_;
};

}  // namespace penstock::cli
