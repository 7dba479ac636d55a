// The types that a result's columns turned out to have.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "penstock/batch.hpp"

namespace penstock {

/// The columns of a result, each with the narrowest type that holds every batch seen so far.
class WidestSchema {
 public:
  void begin(SchemaPtr schema) {
    schema_ = std::move(schema);
    widened_.clear();
  }
  void widen(const RecordBatch& batch) {
    for (std::size_t i = 0; i < size() && i < batch.num_columns(); ++i) {
      const DataType& found = batch.column(i).type;
      if (found == type(i)) continue;
      if (auto common = common_type(type(i), found)) set_type(i, std::move(*common));
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return schema_->size(); }
  [[nodiscard]] const DataType& type(std::size_t index) const {
    return widened_.empty() ? schema_->field(index).type : widened_[index];
  }
  [[nodiscard]] const std::string& unique_name(std::size_t index) const {
    return schema_->unique_names()[index];
  }
  [[nodiscard]] const std::string& native_type(std::size_t index) const {
    return schema_->field(index).native_type;
  }

 private:
  void set_type(std::size_t index, DataType type) {
    if (widened_.empty()) {
      for (const Field& field : schema_->fields())
        widened_.push_back(field.type);
    }
    widened_[index] = std::move(type);
  }

  SchemaPtr schema_;
  std::vector<DataType> widened_;  ///< of all columns, once one of them differs from the schema's
};

}  // namespace penstock
