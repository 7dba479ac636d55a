#include "penstock/format.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "core/ascii_case.hpp"
#include "core/nearest.hpp"
#include "formats/arrow_writer.hpp"
#include "formats/csv_writer.hpp"
#include "formats/json_writer.hpp"
#include "formats/markdown_writer.hpp"
#include "formats/output_buffer.hpp"
#include "formats/table_writer.hpp"

namespace penstock {

namespace {

struct FormatName {
  std::string_view name;
  Format format;
};

// The first name of a format is the one to show.
constexpr std::array kFormatNames{
    FormatName{"table", Format::table}, FormatName{"json", Format::json},
    FormatName{"jsonl", Format::jsonl}, FormatName{"csv", Format::csv},
    FormatName{"tsv", Format::tsv},     FormatName{"markdown", Format::markdown},
    FormatName{"arrow", Format::arrow}, FormatName{"ndjson", Format::jsonl},
    FormatName{"md", Format::markdown},
};

QuerySummary summary_of(const QueryResult& result) {
  QuerySummary summary;
  summary.row_count = result.row_count;
  summary.affected_rows = result.affected_rows;
  summary.truncated = result.truncated;
  summary.datasource = result.datasource;
  summary.node = result.node;
  summary.execution_time = std::chrono::milliseconds(result.execution_time_ms);
  return summary;
}

Result<void> write_result(const QueryResult& result, ResultWriter& writer) {
  if (result.success || result.schema != nullptr) {
    auto begun = writer.begin(result.schema != nullptr ? result.schema : std::make_shared<const Schema>());
    if (!begun) return begun;
  }
  for (const RecordBatch& batch : result.data.batches()) {
    auto written = writer.batch(batch);
    if (!written) return written;
  }
  return result.success ? writer.end(summary_of(result)) : writer.fail(result.failure(), summary_of(result));
}

}  // namespace

std::string_view to_string(Format format) noexcept {
  const auto found = std::ranges::find(kFormatNames, format, &FormatName::format);
  return found == kFormatNames.end() ? std::string_view() : found->name;
}

Result<Format> parse_format(std::string_view name) {
  std::vector<std::string> names;
  std::string list;
  for (const FormatName& known : kFormatNames) {
    if (equal_ignoring_case(known.name, name)) return known.format;
    names.emplace_back(known.name);
    if (to_string(known.format) != known.name) continue;
    if (!list.empty()) list += ", ";
    list += known.name;
  }
  std::string hint;
  if (const auto nearest = nearest_name(name, names)) hint = "did you mean `" + std::string(*nearest) + "`?";
  return fail(ErrorCode::invalid_argument,
              "no format is called `" + std::string(name) + "`; there are " + list, std::move(hint));
}

std::unique_ptr<ResultWriter> make_writer(Format format, const FormatOptions& options, ByteSink& sink) {
  switch (format) {
    case Format::table:
      return make_table_writer(options.table, sink);
    case Format::json:
      return make_json_writer(options.json, sink);
    case Format::jsonl:
      return make_json_lines_writer(options.json, sink);
    case Format::csv:
      break;
    case Format::tsv: {
      CsvOptions tabs = options.csv;
      tabs.delimiter = '\t';
      return make_csv_writer(tabs, sink);
    }
    case Format::markdown:
      return make_markdown_writer(sink);
    case Format::arrow:
      return make_arrow_writer(sink);
  }
  return make_csv_writer(options.csv, sink);
}

Result<std::string> to_text(const QueryResult& result, Format format, const FormatOptions& options) {
  std::string text;
  StringSink sink(text);
  const auto writer = make_writer(format, options, sink);
  auto written = write_result(result, *writer);
  if (!written) return pass_error(written);
  return text;
}

}  // namespace penstock
