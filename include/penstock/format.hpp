// Results as bytes: one streaming writer a format. docs/formats.md describes what each one writes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "penstock/batch.hpp"
#include "penstock/error.hpp"
#include "penstock/query.hpp"

namespace penstock {

enum class Format : std::uint8_t {
  table,     ///< for a person at a terminal
  json,      ///< one object: the columns, the rows, how it ended
  jsonl,     ///< one object (or array) a row
  csv,       ///< RFC 4180
  tsv,       ///< the same with tabs
  markdown,  ///< a table of GitHub flavoured Markdown
  arrow,     ///< an Arrow IPC stream; the only one that is not text
};

[[nodiscard]] std::string_view to_string(Format format) noexcept;
/// The format of this name, in any case; "ndjson" is jsonl and "md" is markdown. `invalid_argument`
/// otherwise, listing the names, with the nearest one as hint.
[[nodiscard]] Result<Format> parse_format(std::string_view name);

enum class RowShape : std::uint8_t {
  objects,  ///< {"id": 1, "name": "Ada"}, keys as in Schema::unique_names()
  arrays,   ///< [1, "Ada"]
};

struct JsonOptions {
  RowShape rows = RowShape::objects;
  bool pretty = false;  ///< json only: members and rows on lines of their own, for a person
};

struct CsvOptions {
  char delimiter =
      ',';             ///< an ASCII character other than '"' and a line end; tsv has a tab whatever this says
  bool header = true;  ///< the first record holds the columns' names
  bool crlf = true;    ///< records end in CR LF as in RFC 4180; otherwise in LF
  /// What stands, unquoted, for null; text that reads the same is quoted. Nothing: an empty field, and the
  /// empty text is quoted.
  std::optional<std::string> null_text;
  /// Text that a spreadsheet would run as a formula (it begins with = + - @, a tab or a carriage return) gets
  /// an apostrophe before it. Changes data, so it is off unless asked for.
  bool guard_formulas = false;
};

struct TableOptions {
  bool unicode = true;             ///< lines from box-drawing characters; otherwise from + - |
  bool color = false;              ///< null is dimmed by an escape sequence
  int width = 0;                   ///< columns of the terminal, to which rows are cut; 0: nothing is cut
  std::string null_text = "NULL";  ///< printable ASCII or Unicode text that stands for null
  bool footer = true;              ///< the last line: how many rows, how long
};

struct FormatOptions {
  JsonOptions json;
  CsvOptions csv;
  TableOptions table;
};

/// Where a writer's bytes go: a file descriptor, a socket, a string.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  /// Takes all the bytes, or fails. After a failure it is not called again.
  [[nodiscard]] virtual Result<void> write(std::string_view bytes) = 0;
};

/// Writes one result: begin(), then batch() any number of times, then end() or fail(), once. fail() may also
/// be called without begin(), when the query never came to a schema, or after a failed batch(). Bytes are
/// gathered to some 64 KiB before they go to the sink, and all have gone when end() or fail() returns. Memory
/// does not grow with the number of rows. An error is the sink's own, or `unsupported` when the format cannot
/// hold a value; then the output is incomplete. One thread at a time.
class ResultWriter {
 public:
  virtual ~ResultWriter() = default;
  [[nodiscard]] virtual Result<void> begin(const SchemaPtr& schema) = 0;
  /// The batch has begin()'s columns, or wider ones (see ResultStream::schema()).
  [[nodiscard]] virtual Result<void> batch(const RecordBatch& batch) = 0;
  [[nodiscard]] virtual Result<void> end(const QuerySummary& summary) = 0;
  /// The query broke: says so within the format, so that a part is never taken for the whole.
  /// `server_message` is not written.
  [[nodiscard]] virtual Result<void> fail(const Error& error, const QuerySummary& summary) = 0;
};

/// The writer of a format. `sink` must outlive it.
[[nodiscard]] std::unique_ptr<ResultWriter> make_writer(Format format, const FormatOptions& options,
                                                        ByteSink& sink);

/// A whole result in one string, written by the format's writer. Fails only as ResultWriter does.
[[nodiscard]] Result<std::string> to_text(const QueryResult& result, Format format,
                                          const FormatOptions& options = {});

}  // namespace penstock
