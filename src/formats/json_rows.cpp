#include "formats/json_rows.hpp"

#include <cstddef>
#include <string_view>

#include "formats/json_text.hpp"

namespace penstock {

std::string json_string(std::string_view text) {
  std::string json;
  StringSink sink(json);
  OutputBuffer out(sink);
  write_json_string(out, text);
  (void)out.flush();  // a string takes all
  return json;
}

void JsonRows::set_columns(const Schema& schema) {
  const bool objects = shape_ == RowShape::objects;
  const std::string_view comma = spaced_ ? ", " : ",";
  before_.clear();
  before_.reserve(schema.size());
  for (const std::string& name : schema.unique_names()) {
    std::string before(before_.empty() ? std::string_view(objects ? "{" : "[") : comma);
    if (objects) before += json_string(name) + (spaced_ ? ": " : ":");
    before_.push_back(std::move(before));
  }
  const std::string_view empty_row = objects ? "{}" : "[]";
  after_ = before_.empty() ? empty_row : empty_row.substr(1);
}

void JsonRows::set_batch(const RecordBatch& batch) {
  columns_.clear();
  columns_.reserve(batch.num_columns());
  for (std::size_t i = 0; i < batch.num_columns(); ++i) {
    const ArrayData& array = batch.column(i);
    const bool finds_null_itself = array.type.id == TypeId::variant || array.type.id == TypeId::null;
    columns_.push_back({&array, JsonCells::choose(array), array.validity != nullptr && !finds_null_itself});
  }
}

void JsonRows::write_row(std::int64_t index) {
  OutputBuffer& out = cells_.out();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    out.append(before_[i]);
    if (column.may_be_null && column.array->is_null(index)) {
      out.append("null");
    } else {
      column.write(cells_, *column.array, index);
    }
  }
  out.append(after_);
}

}  // namespace penstock
