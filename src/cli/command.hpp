// The subcommands: one function here, and one file, for each.
#pragma once

#include <functional>
#include <vector>

#include "cli/exit_status.hpp"
#include "cli/session.hpp"
#include "cli/subcommand.hpp"

namespace penstock::cli {

/// A subcommand: how its arguments are read, and what it does. `run` is called once they were read into what
/// it holds.
struct Command {
  CLI::App* app = nullptr;
  std::function<ExitStatus(Session&)> run;
};

[[nodiscard]] Command add_query(CLI::App& parent);
[[nodiscard]] Command add_databases(CLI::App& parent);
[[nodiscard]] Command add_datasources(CLI::App& parent);
[[nodiscard]] Command add_schema(CLI::App& parent);
[[nodiscard]] Command add_validate(CLI::App& parent);
[[nodiscard]] Command add_check(CLI::App& parent);
[[nodiscard]] Command add_serve(CLI::App& parent);
[[nodiscard]] Command add_mcp(CLI::App& parent);
[[nodiscard]] Command add_key(CLI::App& parent);
[[nodiscard]] Command add_init(CLI::App& parent);
[[nodiscard]] Command add_import(CLI::App& parent);
[[nodiscard]] Command add_completion(CLI::App& parent);
[[nodiscard]] Command add_version(CLI::App& parent);

}  // namespace penstock::cli
