// penstock validate: whether some databases can be part of one query.

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/printable.hpp"
#include "cli/text_table.hpp"
#include "formats/json_document.hpp"

namespace penstock::cli {

namespace {

std::string as_json(const DatabaseValidation& validation, bool pretty) {
  JsonDocument json(pretty);
  json.begin_object().member("success", validation.valid).member("valid", validation.valid);
  if (validation.valid) {
    json.member("datasource", validation.datasource);
  } else {
    json.member("error", validation.error);
    if (validation.code) json.member("code", to_string(*validation.code));
  }
  json.key("database_sources").begin_object();
  for (const auto& [database, datasource] : validation.database_sources)
    json.member(database, datasource);
  return json.end_object().end_object().take();
}

std::string as_text(const DatabaseValidation& validation, const Console& console) {
  TextTable table({"database", "datasource"});
  for (const auto& [database, datasource] : validation.database_sources)
    table.add({database, datasource});
  std::string text = table.empty() ? std::string() : table.to_text(console);
  if (validation.valid) {
    text += console.out().paint(Style::good, "valid");
    text += fmt::format(": one query can use them all, on {}\n", printable(validation.datasource));
  }
  return text;
}

ExitStatus run(Session& session, const std::vector<std::string>& databases) {
  const auto format = session.report_format();
  if (!format) return session.fail_usage(format.error());
  const auto manager = session.load();
  if (!manager) return session.fail_usage(manager.error());
  const std::vector<std::string_view> names(databases.begin(), databases.end());
  const DatabaseValidation validation = (*manager)->validate_databases(names);

  ExitStatus status = ExitStatus::done;
  if (!validation.valid) {
    const ErrorCode code = validation.code.value_or(ErrorCode::internal);
    session.console().error(Error{.code = code, .message = validation.error});
    status = code == ErrorCode::not_found ? ExitStatus::usage : exit_status_of(code);
  }
  return session.print(*format == ReportFormat::json
                           ? as_json(validation, session.console().out().is_terminal)
                           : as_text(validation, session.console()),
                       status);
}

constexpr const char* kDescription =
    "Says whether one query can use all of these databases\n"
    "It can when they live in one datasource. Reads the configuration only.";

constexpr const char* kFooter =
    "Examples:\n"
    "  penstock validate customer_db accounts_db\n"
    "  penstock validate customer_db loans_db --format json\n"
    "\n"
    "Exit status: 0 they live in one datasource, 1 they do not, 2 usage or\n"
    "configuration (an unknown database too), 3 their datasource is disabled.\n";

}  // namespace

Command add_validate(CLI::App& parent) {
  Subcommand command(parent, "validate", kDescription, kFooter);
  auto databases = std::make_shared<std::vector<std::string>>();
  command.add_list("DATABASE", *databases, "The logical databases").required();
  return {command.app(), [databases](Session& session) { return run(session, *databases); }};
}

}  // namespace penstock::cli
