// The rows of one running command.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "penstock/data_source.hpp"

#include "datasources/mongodb/columns.hpp"
#include "datasources/mongodb/cursor.hpp"
#include "datasources/mongodb/interrupt.hpp"
#include "datasources/mongodb/statement.hpp"

namespace penstock::mongodb {

class Reader final : public BatchReader {
 public:
  /// Begins the run. Borrows client and interrupt.
  Reader(Client& client, Interrupt& interrupt, const Execution& execution, std::string physical_database);
  ~Reader() override;

  /// Sends the command and reads the first batch, which the columns are told from.
  /// `statement` and `params` are what it was bound from.
  [[nodiscard]] Result<void> start(BoundCommand command, const Statement& statement, const Params& params);
  [[nodiscard]] const SchemaPtr& schema() const noexcept override { return schema_; }
  [[nodiscard]] Result<std::optional<RecordBatch>> next() override;

 private:
  [[nodiscard]] Result<void> fill();
  [[nodiscard]] Result<void> append(const bson_iter_t& value);
  [[nodiscard]] Result<void> settle_empty(const BoundCommand& command, const EmptyQuestions& questions);
  [[nodiscard]] Result<void> check_fields(const BoundCommand& command);
  void limit_first_batch(bson_t& command) const;

  Client* client_;
  Interrupt* interrupt_;
  std::optional<Run> run_;
  std::string database_;
  std::string logical_database_;
  std::int64_t max_value_bytes_;
  std::optional<std::int64_t> row_limit_;
  std::uint32_t server_ = 0;
  std::optional<Cursor> cursor_;
  std::optional<Columns> columns_;
  std::optional<RecordBatch> ahead_;
  SchemaPtr schema_;
  bool at_end_ = false;
};

}  // namespace penstock::mongodb
