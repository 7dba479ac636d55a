// penstock schema: the tables of a logical database.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/name_list.hpp"
#include "cli/option_value.hpp"
#include "cli/schema_text.hpp"
#include "cli/unknown_name.hpp"

namespace penstock::cli {

namespace {

struct SchemaArguments {
  std::string database;
  std::string table;
  bool names_only = false;
  bool full = false;
  std::optional<std::string> timeout;
  std::string role;  ///< empty: none
};

std::string describe(const DatabaseSchema& schema, const SchemaArguments& arguments, ReportFormat format,
                     const Console& console) {
  if (arguments.names_only) {
    std::vector<std::string> names;
    names.reserve(schema.tables.size());
    for (const TableInfo& table : schema.tables)
      names.push_back(table.name);
    return name_list(names, "tables", format, console);
  }
  if (format == ReportFormat::json) return schema_as_json(schema, console.out().is_terminal);
  if (schema.tables.empty()) {
    console.note(fmt::format("{} has no tables", schema.database));
    return {};
  }
  const bool in_full = arguments.full || !arguments.table.empty();
  return in_full ? schema_in_full(schema, console) : schema_overview(schema, console);
}

ExitStatus run(Session& session, const SchemaArguments& arguments) {
  const auto format = session.report_format();
  if (!format) return session.fail_usage(format.error());
  if (arguments.names_only && arguments.full) {
    return session.fail_usage(
        Error{.code = ErrorCode::invalid_argument, .message = "--names and --full contradict each other"});
  }
  QueryOptions options;
  if (arguments.timeout) {
    const auto timeout = parse_timeout(*arguments.timeout);
    if (!timeout) return session.fail_usage(timeout.error());
    options.timeout = *timeout;
  }
  options.role = arguments.role;
  Interrupts interrupts;
  options.stop = interrupts.token();
  const auto manager = session.load();
  if (!manager) return session.fail_usage(manager.error());
  const auto schema = (*manager)->schema(arguments.database, arguments.table, options);
  if (schema) return session.print(describe(*schema, arguments, *format, session.console()));
  if (interrupts.signal() != 0) session.end_by(interrupts.signal());
  if (is_unknown_database(**manager, arguments.database)) return session.fail_usage(schema.error());
  return session.fail(schema.error());
}

constexpr const char* kDescription =
    "Shows the tables of a logical database, or one of them\n"
    "Without TABLE, one line a table; with it, its columns, keys and indexes.";

constexpr const char* kFooter =
    "Examples:\n"
    "  penstock schema customer_db\n"
    "  penstock schema customer_db customers\n"
    "  penstock schema customer_db --full --format json\n"
    "\n"
    "Exit status: 0 done, 1 no such table, 2 usage or configuration (an unknown\n"
    "database too), 3 unreachable.\n";

}  // namespace

Command add_schema(CLI::App& parent) {
  Subcommand command(parent, "schema", kDescription, kFooter);
  auto arguments = std::make_shared<SchemaArguments>();
  command.add("DATABASE", arguments->database, "The logical database").required();
  command.add("TABLE", arguments->table, "One table, view, ... of it");
  command.add_flag("--names", arguments->names_only, "The names alone, one a line");
  command.add_flag("--full", arguments->full, "Every table with its columns, keys and indexes");
  command.add("--role", arguments->role, "As this one of the datasource's roles sees it").type("NAME");
  command.add("-t,--timeout", arguments->timeout, "Give up after this time: 500ms, 5s, 2m").type("TIME");
  return {command.app(), [arguments](Session& session) { return run(session, *arguments); }};
}

}  // namespace penstock::cli
