// penstock import: the configuration of another system as ours.

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "penstock/data_source.hpp"

#include "cli/command.hpp"
#include "cli/file_set.hpp"
#include "cli/import_report.hpp"
#include "cli/printable.hpp"
#include "config/dotenv.hpp"
#include "config/file.hpp"
#include "config/sources.hpp"
#include "importers/import.hpp"
#include "importers/secrets.hpp"

namespace penstock::cli {

namespace {

namespace fs = std::filesystem;

struct ImportArguments {
  std::string system;
  std::string file;
  std::string output;
  importers::ImportOptions options;
  bool force = false;
  bool dry_run = false;
};

bool is_dsn(std::string_view text) {
  return text.find("://") != std::string_view::npos;
}

Result<importers::Imported> read(const ImportArguments& arguments) {
  const DataSourceRegistry registry = DataSourceRegistry::with_builtin_types();
  importers::Outcome outcome;
  if (arguments.system == "dbhub" && is_dsn(arguments.file)) {
    outcome = importers::import_dsn(arguments.file, registry, arguments.options);
  } else {
    const auto text = config::read_file(arguments.file, config::kMaxFileBytes);
    if (!text)
      return fail(ErrorCode::invalid_argument, fmt::format("'{}': {}", arguments.file, text.error().message));
    const auto import = arguments.system == "toolbox" ? importers::import_toolbox : importers::import_dbhub;
    outcome = import(*text, arguments.file, registry, arguments.options);
  }
  if (outcome) return *std::move(outcome);
  std::string message;
  for (const config::Problem& problem : outcome.error())
    message += (message.empty() ? "" : "\n") + problem.to_string();
  return fail(ErrorCode::invalid_argument, std::move(message));
}

/// The .env to write: what is there already, and behind it what is not. Nothing when a variable has another
/// value there.
Result<std::string> dotenv_text(const fs::path& file, const importers::Imported& imported, bool force) {
  std::string text;
  config::Environment known;
  if (force) {
    auto there = config::read_file(file, config::kMaxFileBytes);
    if (!there && there.error().fault != config::FileFault::missing)
      return fail(ErrorCode::invalid_argument, fmt::format("'{}': {}", file.string(), there.error().message));
    if (there) text = *std::move(there);
    config::FileProblems ignored(file);
    known = config::parse_dotenv(text, ignored).values;
    if (!text.empty() && !text.ends_with('\n')) text += '\n';
  }
  for (const auto& [name, value] : imported.secrets) {
    const auto found = known.find(name);
    if (found == known.end()) {
      text += importers::dotenv_line(name, value);
    } else if (found->second != value) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("'{}' has another value for {}", file.string(), name),
                  "remove that line, or name another folder with --output");
    }
  }
  return text;
}

Result<std::vector<FileToWrite>> files_of(const importers::Imported& imported, const fs::path& folder,
                                          bool force) {
  std::vector<FileToWrite> files;
  for (const importers::NewFile& file : imported.files)
    files.push_back({file.name, file.text});
  if (!imported.secrets.empty()) {
    auto text = dotenv_text(folder / ".env", imported, force);
    if (!text) return pass_error(text);
    files.push_back({".env", *std::move(text), 0600});
  }
  return files;
}

std::string as_one_text(const importers::Imported& imported) {
  std::string text;
  for (const importers::NewFile& file : imported.files)
    text += fmt::format("### {}\n{}\n", file.name, file.text);
  if (imported.secrets.empty()) return text;
  text += "### .env\n";
  for (const auto& [name, value] : imported.secrets)
    text += fmt::format("{}='***'\n", name);
  return text;
}

ExitStatus run(Session& session, const ImportArguments& arguments) {
  const auto format = session.report_format();
  if (!format) return session.fail_usage(format.error());
  if (arguments.system != "toolbox" && arguments.system != "dbhub") {
    return session.fail_usage(
        Error{.code = ErrorCode::invalid_argument,
              .message = fmt::format("SYSTEM is toolbox or dbhub, not '{}'", printable(arguments.system))});
  }
  const auto imported = read(arguments);
  if (!imported) return session.fail_usage(imported.error());
  ImportReport report{.imported = *imported, .file = is_dsn(arguments.file) ? "" : arguments.file};
  const ExitStatus status = report.has_losses() ? ExitStatus::failed : ExitStatus::done;
  if (imported->sources.empty()) {
    report.tell(session.console());
    return session.fail_usage(Error{.code = ErrorCode::invalid_argument,
                                    .message = "nothing was written: no source can be carried over"});
  }
  const fs::path folder = arguments.output.empty() ? session.config_directory() : fs::path(arguments.output);
  if (!arguments.dry_run) {
    const auto files = files_of(*imported, folder, arguments.force);
    if (!files) return session.fail_usage(files.error());
    if (const auto written = write_files(folder, *files, arguments.force); !written)
      return session.fail_usage(written.error());
    for (const FileToWrite& file : *files)
      report.written.push_back((folder / file.name).string());
  }
  report.folder = folder.string();
  if (*format == ReportFormat::json)
    return session.print(report.as_json(session.console().out().is_terminal), status);
  const ExitStatus printed =
      session.print(arguments.dry_run ? as_one_text(*imported) : report.as_text(), status);
  report.tell(session.console());
  return printed;
}

constexpr const char* kDescription =
    "Writes Penstock's configuration from that of MCP Toolbox or DBHub\n"
    "Reads Toolbox's tools.yaml in either form, or DBHub's dbhub.toml or one of its connection strings, and "
    "writes datasources.yaml, tools.yaml and what else it takes into DIR, all of it or nothing. Passwords "
    "that "
    "stand in the file become variables, and their values go to DIR/.env, which its owner alone can read. "
    "Whatever could not be carried over is listed, with its place, why, and what to do instead.";

constexpr const char* kFooter =
    "Examples:\n"
    "  penstock import toolbox tools.yaml\n"
    "  penstock import dbhub dbhub.toml --output /etc/penstock\n"
    "  penstock import toolbox tools.yaml --read-write hotels\n"
    "  penstock import dbhub 'postgres://app@db.example:5432/shop' --dry-run\n"
    "\n"
    "Exit status: 0 all was carried over or replaced; 1 written, and something could not be carried over;\n"
    "2 usage, a file that cannot be read, or nothing was written.\n";

}  // namespace

Command add_import(CLI::App& parent) {
  Subcommand command(parent, "import", kDescription, kFooter);
  auto arguments = std::make_shared<ImportArguments>();
  command.add("SYSTEM", arguments->system, "Whose configuration it is: toolbox or dbhub").required();
  command.add("FILE", arguments->file, "Its file; of DBHub, a connection string will do").required();
  command
      .add("--output", arguments->output, "The folder to write to (else --config, PENSTOCK_CONFIG, ./config)")
      .type("DIR");
  command
      .add_list("--read-write", arguments->options.writable,
                "A source that agents may write to, so that its tools that write are carried over; may be "
                "given several times")
      .type("SOURCE");
  command.add_flag("--force", arguments->force, "Overwrite files that are there; .env is added to");
  command.add_flag("--dry-run", arguments->dry_run, "Write nothing, and show what would be written");
  return {command.app(), [arguments](Session& session) { return run(session, *arguments); }};
}

}  // namespace penstock::cli
