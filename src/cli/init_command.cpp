// penstock init: a commented configuration to start from.

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/embedded_files.hpp"
#include "cli/output.hpp"
#include "cli/printable.hpp"
#include "formats/json_document.hpp"

namespace penstock::cli {

namespace {

namespace fs = std::filesystem;

struct StarterFile {
  std::string_view name;
  const std::string_view* content;
};

constexpr std::array kFiles{
    StarterFile{"datasources.yaml", &embedded::kDatasourcesYaml},
    StarterFile{"summary.yaml", &embedded::kSummaryYaml}, StarterFile{"server.yaml", &embedded::kServerYaml},
    StarterFile{"tools.yaml", &embedded::kToolsYaml}, StarterFile{".env.example", &embedded::kEnvExample}};

/// All or nothing: the first file that is there already keeps any from being written.
Result<void> refuse_existing(const fs::path& directory) {
  for (const StarterFile& file : kFiles) {
    std::error_code ignored;
    const fs::path path = directory / file.name;
    if (fs::exists(fs::symlink_status(path, ignored))) {
      return fail(ErrorCode::invalid_argument, fmt::format("'{}' is there already", path.string()),
                  "name another folder, or write over it with --force");
    }
  }
  return {};
}

Result<void> write_files(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("cannot make the folder '{}': {}", directory.string(), error.message()));
  }
  for (const StarterFile& file : kFiles) {
    auto output = Output::open(directory / file.name);
    if (!output) return pass_error(output);
    auto written = (*output)->write(*file.content);
    if (written) written = (*output)->commit();
    if (!written) return written;
  }
  return {};
}

ExitStatus run(Session& session, const std::string& directory_argument, bool force) {
  const auto format = session.report_format();
  if (!format) return session.fail_usage(format.error());
  const fs::path directory =
      directory_argument.empty() ? session.config_directory() : fs::path(directory_argument);
  if (!force) {
    if (const auto free = refuse_existing(directory); !free) return session.fail_usage(free.error());
  }
  if (const auto written = write_files(directory); !written) return session.fail_usage(written.error());

  std::vector<std::string> paths;
  paths.reserve(kFiles.size());
  for (const StarterFile& file : kFiles)
    paths.push_back((directory / file.name).string());
  if (*format == ReportFormat::json) {
    JsonDocument json(session.console().out().is_terminal);
    json.begin_object().member("success", true).member("files", std::span<const std::string>(paths));
    return session.print(json.end_object().take());
  }
  std::string text;
  for (const std::string& path : paths)
    text += fmt::format("wrote {}\n", printable(path));
  const ExitStatus status = session.print(text);
  const std::string config = directory == "config" ? "" : fmt::format(" --config {}", directory.string());
  session.console().note(
      fmt::format("name your databases in {}, then run `penstock check{}`", paths.front(), config));
  return status;
}

constexpr const char* kDescription =
    "Writes a commented configuration to start from\n"
    "Makes DIR with datasources.yaml, summary.yaml, server.yaml, tools.yaml and .env.example. What is there "
    "already is never "
    "overwritten "
    "without --force.";

constexpr const char* kFooter =
    "Examples:\n"
    "  penstock init\n"
    "  penstock init /etc/penstock\n"
    "\n"
    "Exit status: 0 done, 2 usage, or a file is there already or cannot be written.\n";

}  // namespace

Command add_init(CLI::App& parent) {
  Subcommand command(parent, "init", kDescription, kFooter);
  auto directory = std::make_shared<std::string>();
  auto force = std::make_shared<bool>(false);
  command.add("DIR", *directory, "The folder (else --config, PENSTOCK_CONFIG, ./config)");
  command.add_flag("--force", *force, "Overwrite files that are there");
  return {command.app(), [directory, force](Session& session) { return run(session, *directory, *force); }};
}

}  // namespace penstock::cli
