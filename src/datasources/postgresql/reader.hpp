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
  /// The one given, or another that reads columns as they turned out to be: the arrays of some have several
  /// dimensions, so they are JSON.
  [[nodiscard]] const PreparedStatementPtr& statement() const noexcept { return statement_; }

 private:
  [[nodiscard]] bool append_nested(std::size_t column, std::string_view bytes);
  [[nodiscard]] std::unexpected<Error> refuse(std::size_t column, std::string_view bytes) const;

  PreparedStatementPtr statement_;
  std::int64_t max_value_bytes_;
  std::optional<BatchBuilder> builder_;
  std::int64_t rows_ = 0;  // a result may have no columns
  std::size_t bytes_ = 0;
};

/// Runs from the statement's first row to the end of its transaction. See BatchReader.
class PostgresReader final : public BatchReader {
 public:
  PostgresReader(PostgresConnection& connection, const Execution& execution, TextParameters parameters,
                 std::shared_ptr<const MaskedStatement> masked);
  ~PostgresReader() override;

  /// Sends the statement and reads its first batch, so that what fails at once fails in execute(). May be
  /// called again after an error that left the connection fit.
  [[nodiscard]] Result<void> start();
  /// Of the last start(): the statement was prepared before.
  [[nodiscard]] bool was_cached() const noexcept { return was_cached_; }

  [[nodiscard]] const SchemaPtr& schema() const noexcept override { return schema_; }
  [[nodiscard]] Result<std::optional<RecordBatch>> next() override;

 private:
  [[nodiscard]] Result<void> send();
  [[nodiscard]] Result<std::optional<RecordBatch>> read_batch();
  [[nodiscard]] Result<void> append(std::string_view row);
  [[nodiscard]] Result<void> end();
  void remember();
  [[nodiscard]] Session& session() const noexcept { return *connection_.session_; }

  PostgresConnection& connection_;
  std::shared_ptr<const MaskedStatement> masked_;  // what the execution may refer to
  Execution execution_;                            // only what it refers to outlives the reader
  TextParameters parameters_;
  Deadline deadline_;  // with the grace for a server that stops by itself
  Run run_;
  PreparedStatementPtr statement_;
  SchemaPtr schema_;  // as of the first batch
  std::optional<RowDecoder> decoder_;
  std::optional<RecordBatch> ahead_;
  std::optional<Error> failure_;
  bool was_cached_ = false;
  bool running_ = false;  // the server has answers for us
};

}  // namespace penstock::postgresql
