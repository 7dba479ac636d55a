#include <cmath>
#include <cstring>

#include "penstock/batch.hpp"

namespace penstock {

namespace {

// A variant's value is read from the child that holds it.
struct Resolved {
  const ArrayData* array;
  std::int64_t index;
};

Resolved resolve(const ArrayData& array, std::int64_t index) noexcept {
  if (array.type.id != TypeId::variant) return {&array, index};
  return {&array.children[std::to_integer<std::size_t>(array.values[index])], array.offsets[index]};
}

// Only integers that a double holds exactly; the bounds are those of contiguous integers.
template <typename T>
std::optional<double> exact_double(T value) noexcept {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  if (std::cmp_greater(value, kExact) || std::cmp_less(value, -kExact)) return std::nullopt;
  return static_cast<double>(value);
}

bool holds_text(TypeId type) noexcept {
  return type == TypeId::string || type == TypeId::decimal || type == TypeId::json;
}

}  // namespace

Cell::Cell(const ArrayData& array, std::int64_t index, const Field& field) noexcept : field_(&field) {
  const Resolved at = resolve(array, index);
  array_ = at.array;
  index_ = at.index;
}

std::unexpected<Error> Cell::mismatch(std::string_view wanted) const {
  std::string message = "column `" + field_->name + "` holds ";
  message += is_null() ? std::string_view("null") : to_string(type());
  message += " here, not ";
  message += wanted;
  return fail(ErrorCode::invalid_data, std::move(message));
}

template <>
Result<bool> Cell::read<bool>() const {
  if (type() != TypeId::boolean) return mismatch("bool");
  return array_->bit(index_);
}

template <>
Result<double> Cell::read<double>() const {
  std::optional<double> value;
  switch (type()) {
    case TypeId::float64:
      value = array_->values_as<double>()[index_];
      break;
    case TypeId::float32:
      value = static_cast<double>(array_->values_as<float>()[index_]);
      break;
    case TypeId::int64:
      value = exact_double(array_->values_as<std::int64_t>()[index_]);
      break;
    case TypeId::uint64:
      value = exact_double(array_->values_as<std::uint64_t>()[index_]);
      break;
    default:
      break;
  }
  if (!value) return mismatch("a number that a double holds exactly");
  return *value;
}

template <>
Result<float> Cell::read<float>() const {
  if (type() != TypeId::float32) return mismatch("float32");
  return array_->values_as<float>()[index_];
}

template <>
Result<std::string_view> Cell::read<std::string_view>() const {
  if (!holds_text(type())) return mismatch("text");
  return array_->text(index_);
}

template <>
Result<std::string> Cell::read<std::string>() const {
  if (!holds_text(type())) return mismatch("text");
  return std::string(array_->text(index_));
}

template <>
Result<std::span<const std::byte>> Cell::read<std::span<const std::byte>>() const {
  if (type() != TypeId::bytes) return mismatch("bytes");
  return std::as_bytes(std::span(array_->text(index_)));
}

template <>
Result<Date> Cell::read<Date>() const {
  if (type() != TypeId::date) return mismatch("date");
  return Date{array_->values_as<std::int32_t>()[index_]};
}

template <>
Result<Time> Cell::read<Time>() const {
  if (type() != TypeId::time) return mismatch("time");
  return Time{array_->values_as<std::int64_t>()[index_]};
}

template <>
Result<Timestamp> Cell::read<Timestamp>() const {
  if (type() != TypeId::timestamp) return mismatch("timestamp");
  return Timestamp{array_->values_as<std::int64_t>()[index_]};
}

template <>
Result<TimestampTz> Cell::read<TimestampTz>() const {
  if (type() != TypeId::timestamp_tz) return mismatch("timestamp_tz");
  return TimestampTz{array_->values_as<std::int64_t>()[index_]};
}

template <>
Result<Interval> Cell::read<Interval>() const {
  if (type() != TypeId::interval) return mismatch("interval");
  Interval value;
  static_assert(sizeof(Interval) == 16);
  std::memcpy(&value, array_->values + index_ * 16, sizeof value);
  return value;
}

template <>
Result<Uuid> Cell::read<Uuid>() const {
  if (type() != TypeId::uuid) return mismatch("uuid");
  Uuid value;
  std::memcpy(value.bytes.data(), array_->values + index_ * 16, value.bytes.size());
  return value;
}

template <>
Result<Decimal> Cell::read<Decimal>() const {
  if (type() != TypeId::decimal) return mismatch("decimal");
  return Decimal{std::string(array_->text(index_))};
}

template <>
Result<Json> Cell::read<Json>() const {
  if (type() != TypeId::json) return mismatch("json");
  return Json{std::string(array_->text(index_))};
}

namespace {

template <typename T>
Result<Value> to_value(Result<T> value) {
  if (!value) return pass_error(value);
  return Value(std::move(*value));
}

}  // namespace

template <>
Result<Value> Cell::read<Value>() const {
  if (is_null()) return Value();
  switch (type()) {
    case TypeId::null:
    case TypeId::variant:
      return Value();
    case TypeId::boolean:
      return Value(array_->bit(index_));
    case TypeId::int64:
      return Value(array_->values_as<std::int64_t>()[index_]);
    case TypeId::uint64:
      return Value(array_->values_as<std::uint64_t>()[index_]);
    case TypeId::float32:
      return Value(array_->values_as<float>()[index_]);
    case TypeId::float64:
      return Value(array_->values_as<double>()[index_]);
    case TypeId::decimal:
      return to_value(read<Decimal>());
    case TypeId::string:
      return Value(array_->text(index_));
    case TypeId::date:
      return to_value(read<Date>());
    case TypeId::time:
      return to_value(read<Time>());
    case TypeId::timestamp:
      return to_value(read<Timestamp>());
    case TypeId::timestamp_tz:
      return to_value(read<TimestampTz>());
    case TypeId::interval:
      return to_value(read<Interval>());
    case TypeId::uuid:
      return to_value(read<Uuid>());
    case TypeId::json:
      return to_value(read<Json>());
    case TypeId::bytes: {
      const auto bytes = std::as_bytes(std::span(array_->text(index_)));
      return Value(Bytes{{bytes.begin(), bytes.end()}});
    }
    case TypeId::list:
      break;
  }
  Value::List values;
  const ArrayData& elements = array_->children.front();
  for (std::int64_t i = array_->offsets[index_]; i < array_->offsets[index_ + 1]; ++i) {
    auto value = Cell(elements, i, *field_).read<Value>();
    if (!value) return pass_error(value);
    values.push_back(std::move(*value));
  }
  return Value(std::move(values));
}

std::string Cell::to_text() const {
  if (is_null()) return "NULL";
  if (holds_text(type())) return std::string(array_->text(index_));
  return read<Value>()->to_text();
}

std::size_t Row::size() const noexcept {
  return batch_->num_columns();
}

Cell Row::operator[](std::size_t index) const {
  if (index >= size()) {
    throw BadCellAccess("there is no column " + std::to_string(index) + ": the row has " +
                        std::to_string(size()));
  }
  return Cell(batch_->column(index), index_, batch_->schema()->field(index));
}

Cell Row::operator[](std::string_view name) const {
  const auto index = batch_->schema()->find(name);
  if (index) return (*this)[*index];
  std::string message = "there is no column `" + std::string(name) + "`; the columns are";
  for (const std::string& known : batch_->schema()->unique_names())
    message += " `" + known + "`";
  throw BadCellAccess(message);
}

}  // namespace penstock
