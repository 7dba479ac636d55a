#include "cli/session.hpp"

#include <csignal>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "penstock/format.hpp"

#include "cli/output.hpp"
#include "cli/printable.hpp"
#include "core/ascii_case.hpp"

namespace penstock::cli {

Session::Session(GlobalOptions options, ColorChoice color)
    : options_(std::move(options)), console_(color, options_.quiet, options_.verbose) {
  options_.format = ascii_lower(options_.format);
}

std::filesystem::path Session::config_directory() const {
  if (!options_.config.empty()) return options_.config;
  const char* const environment = std::getenv("PENSTOCK_CONFIG");
  if (environment != nullptr && *environment != '\0') return environment;
  return "config";
}

Result<std::unique_ptr<DataSourceManager>> Session::load() const {
  return DataSourceManager::load(config_directory());
}

Result<ReportFormat> Session::report_format() const {
  if (options_.format.empty() || options_.format == "table") return ReportFormat::table;
  if (options_.format == "json") return ReportFormat::json;
  return penstock::fail(ErrorCode::invalid_argument,
                        fmt::format("--format here is table or json, not '{}'", printable(options_.format)));
}

bool Session::wants_json() const {
  return options_.format == "json";
}

ExitStatus Session::print(std::string_view text, ExitStatus status) {
  auto output = Output::open({});
  if (!output) return fail(output.error(), ExitStatus::failed);
  const auto written = (*output)->write(text);
  if (written) return status;
  if ((*output)->reader_gone()) {
    end_by(SIGPIPE);
    return ExitStatus::failed;
  }
  console_.error(written.error());
  return ExitStatus::failed;
}

ExitStatus Session::fail(const Error& error, ExitStatus status) {
  console_.error(error);
  if (!wants_json()) return status;
  QueryResult result;
  result.set_failure(error);
  const auto text = to_text(result, Format::json);
  return text ? print(*text, status) : status;
}

}  // namespace penstock::cli
