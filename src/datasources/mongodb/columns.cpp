#include "datasources/mongodb/columns.hpp"

#include <array>
#include <span>
#include <utility>

#include "penstock/utf8.hpp"

#include "datasources/mongodb/bson.hpp"
#include "datasources/mongodb/extended_json.hpp"
#include "datasources/mongodb/types.hpp"

namespace penstock::mongodb {

struct Columns::Column {
  explicit Column(ColumnPlan column_plan) : plan(std::move(column_plan)), builder(DataType(TypeId::null)) {}

  ColumnPlan plan;
  ColumnBuilder builder;
  std::string_view native_type;  // of all values so far; empty when they differ
  std::size_t twin = 0;          // the next column of the same key; 0: none
  bool has_values = false;       // in any batch
};

Columns::Columns(std::vector<ColumnPlan> planned, std::int64_t max_value_bytes)
    : planned_(!planned.empty()),
      max_value_bytes_(max_value_bytes),
      schema_(std::make_shared<const Schema>()) {
  for (ColumnPlan& plan : planned) {
    const std::size_t place = columns_.size();
    columns_.push_back(std::make_unique<Column>(std::move(plan)));
    const auto [found, is_new] = places_.emplace(columns_[place]->plan.key, place);
    if (is_new) continue;
    std::size_t last = found->second;
    while (columns_[last]->twin != 0)
      last = columns_[last]->twin;
    columns_[last]->twin = place;
  }
  update_schema();
}

Columns::~Columns() = default;

std::unexpected<Error> Columns::failed(const Column& column, ErrorCode code, std::string_view why) const {
  return fail(code, "column '" + column.plan.name + "': " + std::string(why));
}

Columns::Column* Columns::column_of(std::string_view key) {
  if (expected_ < columns_.size() && columns_[expected_]->plan.key == key) return columns_[expected_++].get();
  const auto found = places_.find(std::string(key));
  if (found != places_.end()) {
    expected_ = found->second + 1;
    return columns_[found->second].get();
  }
  if (planned_ || rows_before_ > 0) return nullptr;
  const std::size_t place = columns_.size();
  auto& column =
      columns_.emplace_back(std::make_unique<Column>(ColumnPlan{std::string(key), std::string(key)}));
  for (std::int64_t row = 0; row < rows_; ++row)
    column->builder.append_null();
  places_.emplace(column->plan.key, place);
  expected_ = place + 1;
  return column.get();
}

Result<void> Columns::append_row(const std::uint8_t* data, std::uint32_t length) {
  bson_iter_t iter;
  if (!bson_iter_init_from_data(&iter, data, length))
    return fail(ErrorCode::invalid_data, "a document is damaged");
  expected_ = 0;
  while (bson_iter_next(&iter)) {
    const std::string_view key = key_of(iter);
    Column* column = column_of(key);
    if (column == nullptr) {
      if (planned_) continue;
      if (!is_valid_utf8(key)) return fail(ErrorCode::invalid_data, "the name of a field is not valid UTF-8");
      return fail(ErrorCode::invalid_data,
                  "field '" + std::string(key) + "' first comes up in document " +
                      std::to_string(rows_before_ + rows_ + 1) + ", when the columns were fixed",
                  "name the fields that are wanted: SELECT a, b, or a `projection`");
    }
    for (;;) {
      if (column->builder.length() > rows_)
        return failed(*column, ErrorCode::invalid_data, "a document has two fields of this name");
      if (auto appended = append_cell(*column, iter); !appended) return appended;
      if (column->twin == 0) break;
      column = columns_[column->twin].get();
    }
  }
  if (iter.err_off != 0) return fail(ErrorCode::invalid_data, "a document is damaged");
  ++rows_;
  bytes_ += length;
  fill_missing();
  return {};
}

Result<void> Columns::append_value(const bson_iter_t& value) {
  if (auto appended = append_cell(*columns_.front(), value); !appended) return appended;
  ++rows_;
  bytes_ = columns_.front()->builder.byte_size();
  return {};
}

void Columns::fill_missing() {
  for (const auto& column : columns_)
    if (column->builder.length() < rows_) column->builder.append_null();
}

Result<void> Columns::append_cell(Column& column, const bson_iter_t& value) {
  const bson_type_t type = bson_iter_type(&value);
  if (type == BSON_TYPE_NULL) {
    column.builder.append_null();
    return {};
  }
  const std::string_view native = native_type(value);
  if (!column.has_values) {
    column.native_type = native;
    column.has_values = true;
  } else if (column.native_type != native) {
    column.native_type = {};
  }
  return append_as(column, value);
}

Result<void> Columns::append_as(Column& column, const bson_iter_t& value) {
  const TypeId type = type_of(value);
  if (column.builder.type().id == TypeId::null) column.builder.retype_nulls(DataType(type));
  const bool is_variant = column.builder.type().id == TypeId::variant;
  if (!is_variant && column.builder.type().id != type) column.builder.widen_to_variant();
  // The one place that a text or JSON goes to: checked before anything is announced.
  if (type == TypeId::json) return append_json_cell(column, value);
  if (type == TypeId::string) return append_text_cell(column, value);
  if (type == TypeId::bytes) {
    const auto bytes = bytes_of(value);
    if (std::cmp_greater(bytes.size(), max_value_bytes_))
      return failed(column, ErrorCode::limit_exceeded, "a value is larger than max_value_bytes");
  }
  ColumnBuilder& builder =
      column.builder.type().id == TypeId::variant ? column.builder.alternative(type) : column.builder;
  append_scalar(builder, value);
  return {};
}

Result<void> Columns::append_text_cell(Column& column, const bson_iter_t& value) {
  std::array<char, 25> id{};
  std::string_view text;
  if (BSON_ITER_HOLDS_OID(&value)) {
    bson_oid_to_string(bson_iter_oid(&value), id.data());
    text = {id.data(), 24};
  } else {
    text = text_of(value);
    if (std::cmp_greater(text.size(), max_value_bytes_))
      return failed(column, ErrorCode::limit_exceeded, "a value is larger than max_value_bytes");
    if (!is_valid_utf8(text)) return failed(column, ErrorCode::invalid_data, "a text is not valid UTF-8");
  }
  ColumnBuilder& builder = column.builder.type().id == TypeId::variant
                               ? column.builder.alternative(TypeId::string)
                               : column.builder;
  builder.append_string(text);
  return {};
}

Result<void> Columns::append_json_cell(Column& column, const bson_iter_t& value) {
  json_.clear();
  if (auto written = append_extended_json(json_, value, static_cast<std::size_t>(max_value_bytes_)); !written)
    return failed(column, written.error().code, written.error().message);
  ColumnBuilder& builder =
      column.builder.type().id == TypeId::variant ? column.builder.alternative(TypeId::json) : column.builder;
  builder.append_string(json_);
  return {};
}

bool Columns::is_hollow(std::size_t column) const {
  return !columns_[column]->has_values;
}

void Columns::update_schema() {
  std::vector<Field> fields;
  fields.reserve(columns_.size());
  for (const auto& column : columns_) {
    fields.push_back({.name = column->plan.name,
                      .type = column->builder.type(),
                      .nullable = true,
                      .native_type = std::string(column->native_type)});
  }
  if (schema_->fields() != fields) schema_ = std::make_shared<const Schema>(std::move(fields));
}

void Columns::keep_types_only() {
  update_schema();
  for (const auto& column : columns_)
    column->builder = ColumnBuilder(column->builder.type());
  rows_ = 0;
  bytes_ = 0;
}

RecordBatch Columns::take_batch() {
  update_schema();
  struct Memory {
    std::vector<Buffer> buffers;
  };
  auto memory = std::make_shared<Memory>();
  std::vector<ArrayData> arrays;
  arrays.reserve(columns_.size());
  for (const auto& column : columns_) {
    DataType type = column->builder.type();
    arrays.push_back(column->builder.finish(memory->buffers));
    column->builder = ColumnBuilder(std::move(type), rows_);
  }
  RecordBatch batch(schema_, rows_, std::move(arrays), memory);
  rows_before_ += rows_;
  rows_ = 0;
  bytes_ = 0;
  return batch;
}

}  // namespace penstock::mongodb
