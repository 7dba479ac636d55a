// What every subcommand is given: the options that all of them take, the console, and the way to the manager.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/manager.hpp"

#include "cli/console.hpp"
#include "cli/exit_status.hpp"

namespace penstock::cli {

/// As on the command line; empty: not given.
struct GlobalOptions {
  std::string config;
  std::string format;
  std::string color;
  bool quiet = false;
  bool verbose = false;
};

/// How a subcommand that does not run a query may write its answer.
enum class ReportFormat : std::uint8_t {
  table,  ///< for a person
  json,   ///< one JSON object with `success`
};

/// One run of the command. One thread at a time.
class Session {
 public:
  Session(GlobalOptions options, ColorChoice color);

  [[nodiscard]] const GlobalOptions& options() const noexcept { return options_; }
  [[nodiscard]] const Console& console() const noexcept { return console_; }
  /// --config, else PENSTOCK_CONFIG, else "config".
  [[nodiscard]] std::filesystem::path config_directory() const;
  /// Reads the configuration. `invalid_argument` lists its mistakes.
  [[nodiscard]] Result<std::unique_ptr<DataSourceManager>> load() const;

  /// --format of a subcommand that knows the formats of ReportFormat.
  [[nodiscard]] Result<ReportFormat> report_format() const;
  /// Whether --format asks for JSON, so that a failure belongs on standard output too.
  [[nodiscard]] bool wants_json() const;

  /// Writes a command's whole answer to standard output.
  [[nodiscard]] ExitStatus print(std::string_view text, ExitStatus status = ExitStatus::done);
  /// Tells of a failure: a message on standard error and, when JSON was asked for, the JSON result on
  /// standard output.
  [[nodiscard]] ExitStatus fail(const Error& error, ExitStatus status);
  [[nodiscard]] ExitStatus fail(const Error& error) { return fail(error, exit_status_of(error.code)); }
  /// The same for a mistake on the command line or in the configuration.
  [[nodiscard]] ExitStatus fail_usage(const Error& error) { return fail(error, ExitStatus::usage); }

  /// After the command, the process is to end by this signal; 0: by its exit status.
  void end_by(int signal) noexcept { signal_ = signal; }
  [[nodiscard]] int ending_signal() const noexcept { return signal_; }

 private:
  GlobalOptions options_;
  Console console_;
  int signal_ = 0;
};

}  // namespace penstock::cli
