// penstock version: which Penstock this is, and which datasource types it has.

#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/version.hpp"
#include "formats/json_document.hpp"

namespace penstock::cli {

std::string version_number() {
  return PENSTOCK_VERSION;
}
std::string version_text() {
  return "penstock " PENSTOCK_VERSION;
}

namespace {

ExitStatus run(Session& session) {
  const auto format = session.report_format();
  if (!format) return session.fail_usage(format.error());
  const DataSourceRegistry registry = DataSourceRegistry::with_builtin_types();
  if (*format == ReportFormat::json) {
    JsonDocument json(session.console().out().is_terminal);
    json.begin_object()
        .member("success", true)
        .member("version", version_number())
        .key("types")
        .begin_array();
    for (const DataSourceType& type : registry.types()) {
      json.begin_object()
          .member("name", type.spec.name)
          .member("available", static_cast<bool>(type.create))
          .end_object();
    }
    return session.print(json.end_array().end_object().take());
  }
  std::string text = version_text() + "\n";
  if (session.console().verbose()) {
    text += "datasource types:";
    for (const DataSourceType& type : registry.types()) {
      text += fmt::format(" {}{}", type.spec.name, type.create ? "" : " (not in this build)");
    }
    text += '\n';
  }
  return session.print(text);
}

constexpr const char* kDescription =
    "Shows the version\n"
    "With --verbose or --format json, also the datasource types that this build has.";

constexpr const char* kFooter =
    "Examples:\n"
    "  penstock version\n"
    "  penstock version --format json\n"
    "\n"
    "Exit status: 0 done, 2 usage.\n";

}  // namespace

Command add_version(CLI::App& parent) {
  Subcommand command(parent, "version", kDescription, kFooter);
  return {command.app(), [](Session& session) { return run(session); }};
}

}  // namespace penstock::cli
