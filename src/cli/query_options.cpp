#include "cli/query_options.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "cli/option_value.hpp"
#include "cli/parameter.hpp"
#include "cli/statement_text.hpp"

namespace penstock::cli {

namespace {

Result<QueryOptions> options_of(const QueryArguments& arguments) {
  QueryOptions options;
  if (arguments.max_rows) {
    const auto rows = parse_count("--max-rows", *arguments.max_rows);
    if (!rows) return std::unexpected(rows.error());
    options.max_rows = *rows;
  }
  if (arguments.max_bytes) {
    const auto bytes = parse_byte_count("--max-bytes", *arguments.max_bytes);
    if (!bytes) return std::unexpected(bytes.error());
    options.max_bytes = *bytes;
  }
  if (arguments.timeout) {
    const auto timeout = parse_timeout(*arguments.timeout);
    if (!timeout) return std::unexpected(timeout.error());
    options.timeout = *timeout;
  }
  options.role = arguments.role;
  for (const std::string& setting : arguments.settings) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorCode::invalid_argument, "--setting needs NAME=VALUE",
                  "such as --setting app.user_id=42");
    }
    options.settings.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
  }
  return options;
}

/// The format that a file's name asks for.
std::optional<Format> format_of_file(const std::filesystem::path& file) {
  const std::string extension = file.extension().string();
  constexpr std::pair<std::string_view, Format> kExtensions[] = {
      {".json", Format::json},         {".jsonl", Format::jsonl}, {".ndjson", Format::jsonl},
      {".csv", Format::csv},           {".tsv", Format::tsv},     {".md", Format::markdown},
      {".markdown", Format::markdown}, {".arrow", Format::arrow}, {".arrows", Format::arrow},
      {".txt", Format::table}};
  for (const auto& [name, format] : kExtensions) {
    if (extension == name) return format;
  }
  return std::nullopt;
}

bool goes_to_standard_output(const QueryArguments& arguments) {
  return arguments.output.empty() || arguments.output == "-";
}

Result<Format> choose_format(const QueryArguments& arguments, const Session& session) {
  const bool to_terminal = goes_to_standard_output(arguments) && session.console().out().is_terminal;
  Format format = to_terminal ? Format::table : Format::csv;
  if (!session.options().format.empty()) {
    auto named = parse_format(session.options().format);
    if (!named) return pass_error(named);
    format = *named;
  } else if (const auto by_name = format_of_file(arguments.output)) {
    format = *by_name;
  }
  if (format == Format::arrow && to_terminal) {
    return fail(ErrorCode::invalid_argument, "arrow is binary, which a terminal cannot show",
                "write it to a file with --output, or into a pipe");
  }
  return format;
}

FormatOptions format_options_of(const QueryArguments& arguments, const Session& session) {
  const Console& console = session.console();
  const bool to_standard_output = goes_to_standard_output(arguments);
  FormatOptions options;
  options.json.pretty = to_standard_output && console.out().is_terminal;
  options.csv.header = !arguments.no_header;
  options.csv.crlf = arguments.crlf;
  options.csv.null_text = arguments.null_text;
  options.table.unicode = console.unicode();
  options.table.color = to_standard_output && console.out().color;
  options.table.width = to_standard_output ? console.width() : 0;
  options.table.footer = !session.options().quiet;
  if (arguments.null_text) options.table.null_text = *arguments.null_text;
  return options;
}

}  // namespace

Result<QueryPlan> plan_query(const QueryArguments& arguments, const Session& session) {
  auto format = choose_format(arguments, session);
  if (!format) return pass_error(format);
  auto options = options_of(arguments);
  if (!options) return pass_error(options);
  auto params = parse_parameters(arguments.params, arguments.named);
  if (!params) return pass_error(params);
  auto sql = read_statement({.sql = arguments.sql, .file = arguments.file});
  if (!sql) return pass_error(sql);
  return QueryPlan{.database = arguments.database,
                   .sql = std::move(*sql),
                   .params = std::move(*params),
                   .options = std::move(*options),
                   .output = arguments.output == "-" ? std::string() : arguments.output,
                   .format = *format,
                   .format_options = format_options_of(arguments, session)};
}

}  // namespace penstock::cli
