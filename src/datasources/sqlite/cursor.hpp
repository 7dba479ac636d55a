// Rows of a running statement into record batches.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include <sqlite3.h>

#include "penstock/batch.hpp"
#include "penstock/builder.hpp"

#include "datasources/sqlite/statement.hpp"

namespace penstock::sqlite {

struct CursorLimits {
  std::int64_t max_value_bytes = std::numeric_limits<std::int64_t>::max();
  std::int64_t max_rows = std::numeric_limits<std::int64_t>::max();
};

/// Steps a bound statement. Borrows it, and resets it at the end, on an error and when destroyed.
/// One thread at a time.
class Cursor {
 public:
  /// Where it stands after a step.
  enum class State : std::uint8_t { row, done, failed };

  Cursor(PreparedStatement& statement, CursorLimits limits);
  ~Cursor() { finish(); }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  /// To the first row. After `failed` the handle has SQLite's code and message, until the next use of the
  /// handle.
  [[nodiscard]] State start();
  [[nodiscard]] State state() const noexcept { return state_; }
  /// Reads rows from the one it stands on: about a mebibyte of them, at least one, and steps beyond. Only
  /// when it stands on a row. The rows read before a step that failed are lost with it: see state(). Errors:
  /// `limit_exceeded` for a value beyond max_value_bytes.
  [[nodiscard]] Result<RecordBatch> read_batch();
  /// Steps to the end without reading rows.
  State drain();
  /// The schema of the last batch; as declared before the first.
  [[nodiscard]] const SchemaPtr& schema() const noexcept { return schema_; }
  /// Ends the statement and lets go of its locks and values.
  void finish() noexcept;

 private:
  struct Column {
    Mapping mapping = Mapping::by_value;
    CellReader read = nullptr;           // null: the column is a variant
    bool is_number = false;              // declared so
    bool had_reals = false;              // in a batch before this one
    std::vector<std::int64_t> integers;  // of a number column that is float64: where this batch has them
  };

  [[nodiscard]] sqlite3_stmt* handle() const noexcept { return statement_->handle.get(); }
  void step();
  [[nodiscard]] Result<void> read_row();
  [[nodiscard]] bool read_mixed_number(std::size_t column, sqlite3_value* cell);
  [[nodiscard]] CellStatus read_misfit(std::size_t column, sqlite3_value* cell);
  [[nodiscard]] std::unexpected<Error> too_large(std::size_t column) const;
  [[nodiscard]] RecordBatch make_batch(std::int64_t rows);
  void share_schema();

  PreparedStatement* statement_;
  CursorLimits limits_;
  ReadValues read_;
  std::vector<Column> columns_;
  std::vector<ColumnBuilder> builders_;
  SchemaPtr schema_;
  State state_ = State::done;
  bool active_ = false;
  bool first_batch_ = true;
  std::int64_t rows_read_ = 0;
  std::int64_t expected_rows_ = 0;  // of the next batch
};

}  // namespace penstock::sqlite
