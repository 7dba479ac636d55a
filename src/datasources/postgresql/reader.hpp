// The rows of one statement that reads, decoded from the session's buffer into batches.
#pragma once

#include <memory>
#include <optional>

#include "datasources/postgresql/connection.hpp"

namespace penstock::postgresql {

/// Puts the rows of one statement into batches.
class RowDecoder {
 public:
  RowDecoder(PreparedStatementPtr statement, std::int64_t max_value_bytes);

  /// One DataRow. Errors: `invalid_data`, `limit_exceeded`, and `internal` when the row is not of the
  /// statement.
  [[nodiscard]] Result<void> append(std::string_view body);
  /// It is time to take() a batch.
  [[nodiscard]] bool full() const noexcept;
  /// Nothing when there are no rows.
  [[nodiscard]] std::optional<RecordBatch> take();
  /// The column whose array of several dimensions failed the last append().
  [[nodiscard]] std::optional<std::size_t> nested_array() const noexcept { return nested_array_; }

 private:
  [[nodiscard]] std::unexpected<Error> refuse(std::size_t column, std::string_view bytes);

  PreparedStatementPtr statement_;
  std::int64_t max_value_bytes_;
  std::optional<BatchBuilder> builder_;
  std::int64_t rows_ = 0;  // a result may have no columns
  std::size_t bytes_ = 0;
  std::optional<std::size_t> nested_array_;
};

/// Runs from the statement's first row to the end of its transaction. See BatchReader.
class PostgresReader final : public BatchReader {
 public:
  PostgresReader(PostgresConnection& connection, const Execution& execution, TextParameters parameters);
  ~PostgresReader() override;

  /// Sends the statement and reads its first batch, so that what fails at once fails in execute(). May be
  /// called again after an error that left the connection fit.
  [[nodiscard]] Result<void> start();
  /// Of the last start(): the statement was prepared before.
  [[nodiscard]] bool was_cached() const noexcept { return was_cached_; }
  /// Of the last start(): it failed at an array that the next one will read as text.
  [[nodiscard]] bool reads_differently() const noexcept { return reads_differently_; }

  [[nodiscard]] const SchemaPtr& schema() const noexcept override { return statement_->schema; }
  [[nodiscard]] Result<std::optional<RecordBatch>> next() override;

 private:
  [[nodiscard]] Result<void> send();
  [[nodiscard]] Result<std::optional<RecordBatch>> read_batch();
  [[nodiscard]] Result<void> append(std::string_view row);
  [[nodiscard]] Result<void> end();
  void read_as_text(std::size_t column);
  [[nodiscard]] Session& session() const noexcept { return *connection_.session_; }

  PostgresConnection& connection_;
  Execution execution_;  // only what it refers to outlives the reader
  TextParameters parameters_;
  Deadline deadline_;  // with the grace for a server that stops by itself
  Run run_;
  PreparedStatementPtr statement_;
  std::optional<RowDecoder> decoder_;
  std::optional<RecordBatch> ahead_;
  std::optional<Error> failure_;
  bool was_cached_ = false;
  bool reads_differently_ = false;
  bool started_ = false;  // the caller has the reader
  bool running_ = false;  // the server has answers for us
};

}  // namespace penstock::postgresql
