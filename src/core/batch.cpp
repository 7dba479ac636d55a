#include "penstock/batch.hpp"

#include <algorithm>
#include <cassert>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "penstock/builder.hpp"

#include "core/array_layout.hpp"

namespace penstock {

namespace {

std::vector<std::string> make_unique_names(const std::vector<Field>& fields) {
  std::unordered_set<std::string_view> given;
  for (const Field& field : fields)
    given.insert(field.name);

  std::vector<std::string> names;
  names.reserve(fields.size());
  std::unordered_map<std::string_view, std::size_t> seen;
  std::unordered_set<std::string> made;
  for (const Field& field : fields) {
    std::size_t& count = seen[field.name];
    if (++count == 1) {
      names.push_back(field.name);
      continue;
    }
    std::string name = field.name + "_" + std::to_string(count);
    while (given.contains(name) || made.contains(name))
      name = field.name + "_" + std::to_string(++count);
    made.insert(name);
    names.push_back(std::move(name));
  }
  return names;
}

std::int64_t byte_size_of(const ArrayData& array) noexcept {
  std::int64_t size = array.validity != nullptr ? bitmap_bytes(array.length) : 0;
  switch (array.type.id) {
    case TypeId::null:
      break;
    case TypeId::boolean:
      size += bitmap_bytes(array.length);
      break;
    case TypeId::decimal:
    case TypeId::string:
    case TypeId::bytes:
    case TypeId::json:
      size += array.length * 4 + (array.length > 0 ? array.offsets[array.length] : 0);
      break;
    case TypeId::list:
      size += array.length * 4;
      break;
    case TypeId::variant:
      size += array.length * 5;
      break;
    default:
      size += array.length * static_cast<std::int64_t>(fixed_width(array.type.id));
  }
  for (const ArrayData& child : array.children)
    size += byte_size_of(child);
  return size;
}

// The first `count` values, with as much of the children as they need.
ArrayData first_of(const ArrayData& array, std::int64_t count) {
  ArrayData cut = array;
  cut.length = count;
  if (array.type.id == TypeId::list) {
    cut.children.front() = first_of(array.children.front(), array.offsets[count]);
  } else if (array.type.id == TypeId::variant) {
    std::vector<std::int64_t> lengths(array.children.size());
    for (std::int64_t i = 0; i < count; ++i) {
      std::int64_t& length = lengths[std::to_integer<std::size_t>(array.values[i])];
      length = std::max<std::int64_t>(length, std::int64_t{array.offsets[i]} + 1);
    }
    for (std::size_t i = 0; i < lengths.size(); ++i)
      cut.children[i] = first_of(array.children[i], lengths[i]);
  }
  cut.null_count = array.null_count == 0 ? 0 : count_nulls(cut);
  return cut;
}

bool can_be_variant(TypeId type) noexcept {
  return type == TypeId::float32 || type == TypeId::null ||
         std::ranges::find(kVariantTypes, type) != kVariantTypes.end();
}

}  // namespace

Schema::Schema(std::vector<Field> fields)
    : fields_(std::move(fields)), unique_names_(make_unique_names(fields_)) {}

std::optional<std::size_t> Schema::find(std::string_view unique_name) const noexcept {
  const auto found = std::ranges::find(unique_names_, unique_name);
  if (found == unique_names_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - unique_names_.begin());
}

bool ArrayData::is_null(std::int64_t index) const noexcept {
  if (type.id == TypeId::null) return true;
  if (type.id == TypeId::variant) {
    const auto code = std::to_integer<std::size_t>(values[index]);
    return children[code].is_null(offsets[index]);
  }
  return validity != nullptr && ((validity[index >> 3] >> (index & 7)) & 1U) == 0;
}

RecordBatch::RecordBatch(SchemaPtr schema, std::int64_t rows, std::vector<ArrayData> columns,
                         std::shared_ptr<const void> owner)
    : schema_(std::move(schema)),
      rows_(rows),
      columns_(std::make_shared<const std::vector<ArrayData>>(std::move(columns))),
      owner_(std::move(owner)) {
  assert(schema_ && schema_->size() == columns_->size());
}

std::int64_t RecordBatch::byte_size() const noexcept {
  std::int64_t size = 0;
  for (std::size_t i = 0; i < num_columns(); ++i)
    size += byte_size_of(column(i));
  return size;
}

RecordBatch RecordBatch::first(std::int64_t count) const {
  if (count >= rows_) return *this;
  std::vector<ArrayData> columns;
  columns.reserve(num_columns());
  for (const ArrayData& column : *columns_)
    columns.push_back(first_of(column, count));
  return RecordBatch(schema_, count, std::move(columns), owner_);
}

std::optional<DataType> common_type(const DataType& a, const DataType& b) {
  if (a == b) return a;
  if (a.id == TypeId::null) return b;
  if (b.id == TypeId::null) return a;
  if (a.id == TypeId::variant && can_be_variant(b.id)) return a;
  if (b.id == TypeId::variant && can_be_variant(a.id)) return b;
  if (can_be_variant(a.id) && can_be_variant(b.id)) return DataType(TypeId::variant);
  if (a.id == TypeId::list && b.id == TypeId::json) return b;
  if (a.id == TypeId::json && b.id == TypeId::list) return a;
  return std::nullopt;
}

Result<RecordBatch> widen(const RecordBatch& batch, const SchemaPtr& schema) {
  if (*batch.schema() == *schema) return batch;
  if (batch.num_columns() != schema->size()) {
    return fail(ErrorCode::invalid_data, "a batch of " + std::to_string(batch.num_columns()) +
                                             " columns does not fit a result of " +
                                             std::to_string(schema->size()));
  }
  struct Storage {
    RecordBatch source;
    std::vector<Buffer> buffers;
  };
  auto storage = std::make_shared<Storage>();
  storage->source = batch;
  std::vector<ArrayData> columns;
  for (std::size_t i = 0; i < schema->size(); ++i) {
    const Field& field = schema->field(i);
    const ArrayData& column = batch.column(i);
    if (column.type == field.type) {
      columns.push_back(column);
      continue;
    }
    if (common_type(column.type, field.type) != field.type) {
      return fail(ErrorCode::invalid_data,
                  "column `" + field.name + "` turned from " + field.type.name() + " to " +
                      column.type.name() +
                      " in the middle of the result; convert it to one type in the query, with CAST");
    }
    ColumnBuilder builder(field.type, column.length);
    for (std::int64_t row = 0; row < column.length; ++row) {
      if (auto appended = builder.append_from(column, row); !appended) return pass_error(appended);
    }
    columns.push_back(builder.finish(storage->buffers));
  }
  return RecordBatch(schema, batch.num_rows(), std::move(columns), std::move(storage));
}

Rows::Rows(std::vector<RecordBatch> batches) : batches_(std::move(batches)) {
  for (const RecordBatch& batch : batches_)
    size_ += batch.num_rows();
}

Row Rows::operator[](std::int64_t index) const {
  if (index < 0 || index >= size_) {
    throw BadCellAccess("there is no row " + std::to_string(index) + ": the result has " +
                        std::to_string(size_));
  }
  std::size_t batch = 0;
  while (index >= batches_[batch].num_rows())
    index -= batches_[batch++].num_rows();
  return batches_[batch].row(index);
}

Rows::Iterator::Iterator(const std::vector<RecordBatch>* batches, std::size_t batch) noexcept
    : batches_(batches), batch_(batch) {
  skip_empty();
}

Rows::Iterator& Rows::Iterator::operator++() noexcept {
  ++row_;
  skip_empty();
  return *this;
}

void Rows::Iterator::skip_empty() noexcept {
  while (batch_ < batches_->size() && row_ >= (*batches_)[batch_].num_rows()) {
    ++batch_;
    row_ = 0;
  }
}

}  // namespace penstock
