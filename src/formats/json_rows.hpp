// Rows of record batches as JSON objects or arrays.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "penstock/batch.hpp"
#include "penstock/format.hpp"

#include "formats/json_cells.hpp"
#include "formats/output_buffer.hpp"

namespace penstock {

/// Writes the rows of one result. All that does not change from row to row is prepared before them.
class JsonRows {
 public:
  /// `spaced`: a space after ':' and ',', for a person.
  JsonRows(OutputBuffer& out, RowShape shape, bool spaced) : cells_(out), shape_(shape), spaced_(spaced) {}

  void set_columns(const Schema& schema);
  /// Makes `batch` the one that write_row() takes rows from; it must outlive those calls.
  void set_batch(const RecordBatch& batch);
  void write_row(std::int64_t index);

 private:
  struct Column {
    const ArrayData* array;
    JsonCells::Write write;
    bool may_be_null;
  };

  JsonCells cells_;
  RowShape shape_;
  bool spaced_;
  std::vector<std::string> before_;  ///< what stands before each value: the brace or the comma, and the key
  std::string after_;                ///< what ends a row
  std::vector<Column> columns_;
};

/// The text as a JSON string, see write_json_string().
[[nodiscard]] std::string json_string(std::string_view text);

}  // namespace penstock
