// Results for the tests of the formats.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "penstock/batch.hpp"
#include "penstock/builder.hpp"
#include "penstock/format.hpp"
#include "penstock/query.hpp"

namespace penstock {

using ValueRow = std::vector<Value>;

inline SchemaPtr make_schema(std::vector<Field> fields) {
  return std::make_shared<const Schema>(std::move(fields));
}

/// One batch of these rows. Text goes in as it is, even when it is no UTF-8.
inline RecordBatch make_batch(const SchemaPtr& schema, const std::vector<ValueRow>& rows) {
  BatchBuilder builder(schema);
  for (const ValueRow& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      ColumnBuilder& column = builder.column(i);
      const auto* text = row[i].get_if<std::string>();
      if (text != nullptr && column.type().id == TypeId::string) {
        column.append_string(*text);
      } else if (const auto appended = column.append(row[i]); !appended) {
        ADD_FAILURE() << appended.error().message;
      }
    }
  }
  return builder.finish();
}

inline QueryResult make_result(std::vector<Field> fields, const std::vector<ValueRow>& rows) {
  QueryResult result;
  result.success = true;
  result.schema = make_schema(std::move(fields));
  result.data = Rows({make_batch(result.schema, rows)});
  result.columns = result.schema->unique_names();
  result.row_count = result.data.size();
  result.execution_time_ms = 3;
  return result;
}

inline Error make_error(std::string message = "the deadline of 5 s passed") {
  Error error;
  error.code = ErrorCode::timeout;
  error.message = std::move(message);
  error.hint = "ask for fewer rows";
  error.retryable = true;
  return error;
}

inline std::string text_of(const QueryResult& result, Format format, const FormatOptions& options = {}) {
  auto text = to_text(result, format, options);
  EXPECT_TRUE(text.has_value()) << text.error().message;
  return text.value_or("");
}

/// What a writer has written so far.
class Recorder final : public ByteSink {
 public:
  Result<void> write(std::string_view bytes) override {
    text.append(bytes);
    ++writes;
    largest = std::max(largest, bytes.size());
    if (writes > fail_after) return fail(ErrorCode::unavailable, "the reader has gone");
    return {};
  }
  std::string text;
  std::size_t writes = 0;
  std::size_t largest = 0;
  std::size_t fail_after = std::numeric_limits<std::size_t>::max();
};

/// The rows, then an error, as a stream that breaks would write them.
inline std::string broken_after(const QueryResult& rows, Format format, const Error& error,
                                const FormatOptions& options = {}) {
  Recorder sink;
  const auto writer = make_writer(format, options, sink);
  EXPECT_TRUE(writer->begin(rows.schema).has_value());
  for (const RecordBatch& batch : rows.data.batches())
    EXPECT_TRUE(writer->batch(batch).has_value());
  EXPECT_TRUE(writer->fail(error, {}).has_value());
  return sink.text;
}

/// Texts that want to be more than a value.
inline const std::vector<std::string>& hostile_texts() {
  static const std::vector<std::string> kTexts{
      "",
      " ",
      "plain",
      "a|b",
      "a\r\nb\nc\rd",
      "\"quoted\", with comma; and\ttab",
      "back\\slash \\| \\n",
      std::string("nul\0inside", 10),
      "\x1b[31mred\x1b[0m\x07\x08\x7f",
      "c1 \xC2\x9B"
      "31m \xC2\x85",
      "\xE2\x80\xAEoverride\xE2\x80\xAC \xE2\x81\xA6isolate\xE2\x81\xA9",
      "invalid \xFF\xC3( \xED\xA0\x80 \xF0\x9F\x98 \xC0\xAF",
      "cut \xE4\xB8",
      "\xF0\x9F\x98\x80\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7",
      "e\xCC\x81\xCC\x82 \xE4\xB8\xAD\xE6\x96\x87",
      "\xE2\x80\xA8line separator\xE2\x80\xA9",
      "<script>alert(1)</script> & <b>",
      "![x](https://example.org/?q=1) [a](b) `code` *b* _i_ ~s~",
      "=1+1",
      "-2",
      "@SUM(A1)",
      "NULL",
      "\\.",
      "{\"$error\":{}}",
      "#error",
  };
  return kTexts;
}

}  // namespace penstock
