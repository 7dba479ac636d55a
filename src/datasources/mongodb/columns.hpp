// Documents into record batches.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <bson/bson.h>

#include "penstock/batch.hpp"
#include "penstock/builder.hpp"

namespace penstock::mongodb {

/// A column that is known before the first document.
struct ColumnPlan {
  std::string key;   ///< of the documents
  std::string name;  ///< of the column; several may have one name
};

/// Collects documents as rows. Columns are either planned, and other keys are ignored, or the keys of the
/// documents of the first batch; a key that comes up later is an error then, as a stream cannot add a column.
/// A column has the type of its values; values of several types make it a variant, documents and arrays
/// extended JSON. One thread at a time.
class Columns {
 public:
  /// Empty: found in the documents.
  Columns(std::vector<ColumnPlan> planned, std::int64_t max_value_bytes);
  ~Columns();
  Columns(const Columns&) = delete;
  Columns& operator=(const Columns&) = delete;

  /// One document as a row. Errors: `invalid_data`, `limit_exceeded`; they name the column.
  [[nodiscard]] Result<void> append_row(const std::uint8_t* data, std::uint32_t length);
  /// A row that has this value in the only column.
  [[nodiscard]] Result<void> append_value(const bson_iter_t& value);

  [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }
  /// Of the documents collected since the last batch.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  /// Whether a column has no value but null so far, in all batches; by its place.
  [[nodiscard]] bool is_hollow(std::size_t column) const;
  /// The rows collected, and none are after it. Only when there are any.
  [[nodiscard]] RecordBatch take_batch();
  /// What is known of the columns: after a batch, its schema.
  [[nodiscard]] const SchemaPtr& schema() const noexcept { return schema_; }
  /// Keeps the columns and their types and drops the rows: for documents that only show what there would be.
  void keep_types_only();

 private:
  struct Column;
  [[nodiscard]] Column* column_of(std::string_view key);
  [[nodiscard]] Result<void> append_cell(Column& column, const bson_iter_t& value);
  [[nodiscard]] Result<void> append_as(Column& column, const bson_iter_t& value);
  [[nodiscard]] Result<void> append_text_cell(Column& column, const bson_iter_t& value);
  [[nodiscard]] Result<void> append_json_cell(Column& column, const bson_iter_t& value);
  void fill_missing();
  void update_schema();
  [[nodiscard]] std::unexpected<Error> failed(const Column& column, ErrorCode code,
                                              std::string_view why) const;

  std::vector<std::unique_ptr<Column>> columns_;
  std::unordered_map<std::string, std::size_t> places_;  // by key: the first column of it
  const bool planned_;
  const std::int64_t max_value_bytes_;
  std::size_t expected_ = 0;  // where the next key of the document most likely goes
  std::int64_t rows_ = 0;
  std::size_t bytes_ = 0;
  std::int64_t rows_before_ = 0;  // in batches taken
  std::string json_;
  SchemaPtr schema_;
};

}  // namespace penstock::mongodb
