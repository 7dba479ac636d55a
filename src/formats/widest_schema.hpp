// The types that a result's columns turned out to have.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "penstock/batch.hpp"

namespace penstock {

/// The columns of a result, each with the narrowest type that holds every batch seen so far.
class WidestSchema {
 public:
  void begin(const Schema& schema) {
    fields_ = schema.fields();
    unique_names_ = schema.unique_names();
  }
  void widen(const RecordBatch& batch) {
    for (std::size_t i = 0; i < fields_.size() && i < batch.num_columns(); ++i) {
      const DataType& type = batch.column(i).type;
      if (type == fields_[i].type) continue;
      if (auto common = common_type(fields_[i].type, type)) fields_[i].type = std::move(*common);
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return fields_.size(); }
  [[nodiscard]] const DataType& type(std::size_t index) const { return fields_[index].type; }
  [[nodiscard]] const std::string& unique_name(std::size_t index) const { return unique_names_[index]; }
  [[nodiscard]] const std::string& native_type(std::size_t index) const { return fields_[index].native_type; }

 private:
  std::vector<Field> fields_;
  std::vector<std::string> unique_names_;
};

}  // namespace penstock
