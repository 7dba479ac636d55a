// The rows of one statement that reads, decoded from the session's buffer into batches.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "penstock/builder.hpp"

#include "datasources/mysql/connection.hpp"
#include "datasources/mysql/shapes.hpp"

namespace penstock::mysql {

/// Puts the rows of one statement into batches.
class RowDecoder {
 public:
  RowDecoder(ResultShapePtr shape, std::int64_t max_value_bytes);

  /// One row. Errors: `invalid_data`, `limit_exceeded`, and `internal` when the row is not of the statement.
  [[nodiscard]] Result<void> append(std::string_view payload);
  /// It is time to take() a batch.
  [[nodiscard]] bool full() const noexcept;
  /// Nothing when there are no rows.
  [[nodiscard]] std::optional<RecordBatch> take();
  [[nodiscard]] const ResultShapePtr& shape() const noexcept { return shape_; }

 private:
  [[nodiscard]] std::unexpected<Error> refuse(std::size_t column, std::string_view bytes) const;

  ResultShapePtr shape_;
  std::int64_t max_value_bytes_;
  SchemaPtr schema_;  // with the columns that turned out to be of several types
  std::optional<BatchBuilder> builder_;
  std::int64_t rows_ = 0;
  std::size_t bytes_ = 0;
};

/// Runs from the statement's first row to the end of its transaction. See BatchReader.
class MysqlReader final : public BatchReader {
 public:
  MysqlReader(MysqlConnection& connection, const Execution& execution, BoundParameters parameters);
  ~MysqlReader() override;

  /// Sends the statement and reads its first batch, so that what fails at once fails in execute(). May be
  /// called again after an error that left the connection fit.
  [[nodiscard]] Result<void> start();

  [[nodiscard]] const SchemaPtr& schema() const noexcept override { return schema_; }
  [[nodiscard]] Result<std::optional<RecordBatch>> next() override;

 private:
  [[nodiscard]] Result<void> send();
  [[nodiscard]] Result<std::optional<RecordBatch>> read_batch();
  [[nodiscard]] Result<void> append(std::string_view row);
  [[nodiscard]] Result<void> take_shape(ShapeReader& shape);
  [[nodiscard]] Result<void> end();
  [[nodiscard]] std::unexpected<Error> failed(Error error);
  [[nodiscard]] Session& session() const noexcept { return *connection_.session_; }

  MysqlConnection& connection_;
  Execution execution_;  // only what it refers to outlives the reader
  BoundParameters parameters_;
  Deadline deadline_;  // with the grace for a server that stops by itself
  Run run_;
  PreparedStatementPtr statement_;
  SchemaPtr schema_;  // as of the first batch
  std::optional<RowDecoder> decoder_;
  std::optional<RecordBatch> ahead_;
  std::optional<Error> failure_;
  bool running_ = false;         // the server has answers for us
  bool in_transaction_ = false;  // that we began, and end
};

}  // namespace penstock::mysql
