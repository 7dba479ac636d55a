// A result that is there as a whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "penstock/data_source.hpp"

namespace penstock {

/// Hands out its batches one after the other. Borrows nothing.
class HeldRows final : public BatchReader {
 public:
  HeldRows(SchemaPtr schema, std::vector<RecordBatch> batches,
           std::optional<std::int64_t> affected_rows = std::nullopt)
      : schema_(std::move(schema)), batches_(std::move(batches)), affected_rows_(affected_rows) {}

  [[nodiscard]] const SchemaPtr& schema() const noexcept override { return schema_; }
  [[nodiscard]] Result<std::optional<RecordBatch>> next() override {
    if (next_ == batches_.size()) return std::nullopt;
    return std::move(batches_[next_++]);
  }
  [[nodiscard]] std::optional<std::int64_t> affected_rows() const noexcept override { return affected_rows_; }

 private:
  SchemaPtr schema_;
  std::vector<RecordBatch> batches_;
  std::optional<std::int64_t> affected_rows_;
  std::size_t next_ = 0;
};

}  // namespace penstock
