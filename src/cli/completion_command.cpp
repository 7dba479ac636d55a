// penstock completion: the scripts that teach a shell to complete the command.

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/embedded_files.hpp"
#include "cli/printable.hpp"

namespace penstock::cli {

namespace {

ExitStatus run(Session& session, std::string_view shell) {
  if (shell == "bash") return session.print(embedded::kBashCompletion);
  if (shell == "zsh") return session.print(embedded::kZshCompletion);
  return session.fail_usage(
      Error{.code = ErrorCode::invalid_argument,
            .message = fmt::format("there is completion for bash and zsh, not for '{}'", printable(shell))});
}

constexpr const char* kDescription =
    "Prints the completion script of a shell\n"
    "Commands, options and their values, logical databases and tables are completed.";

constexpr const char* kFooter =
    "Examples:\n"
    "  source <(penstock completion bash)                    in ~/.bashrc\n"
    "  penstock completion zsh > ~/.zfunc/_penstock          a folder of $fpath\n"
    "\n"
    "Exit status: 0 done, 2 usage.\n";

}  // namespace

Command add_completion(CLI::App& parent) {
  Subcommand command(parent, "completion", kDescription, kFooter);
  auto shell = std::make_shared<std::string>();
  command.add("SHELL", *shell, "bash or zsh").required();
  return {command.app(), [shell](Session& session) { return run(session, *shell); }};
}

}  // namespace penstock::cli
