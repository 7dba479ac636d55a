// The text of --help.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace penstock::cli {

/// Lays out what a command's CLI::App holds: description, usage, arguments, options by group, commands, and
/// the footer as it is. The first line of a command's description stands in the list of commands; the rest
/// only in its own help.
class HelpFormatter : public CLI::FormatterBase {
 public:
  [[nodiscard]] std::string make_help(const CLI::App* app, std::string name,
                                      CLI::AppFormatMode mode) const override;
};

/// The names of the required arguments that were not given: "DATABASE", "DATABASE and SQL".
[[nodiscard]] std::string missing_arguments(const CLI::App& app);

}  // namespace penstock::cli
