#include "penstock/builder.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <limits>
#include <stdexcept>

#include "core/array_layout.hpp"
#include "core/list_json.hpp"

namespace penstock {

namespace {

constexpr std::size_t kFirstCapacity = 64;

bool is_text(TypeId type) noexcept {
  return type == TypeId::string || type == TypeId::decimal || type == TypeId::json || type == TypeId::bytes;
}

std::size_t variant_code(TypeId type) noexcept {
  return static_cast<std::size_t>(std::ranges::find(kVariantTypes, type) - kVariantTypes.begin());
}

void push_bit(Buffer& bits, std::int64_t index, bool value) {
  if ((index & 7) == 0) bits.append(std::byte{0});
  if (value) bits.data()[index >> 3] |= std::byte{1} << (index & 7);
}

// A number of type From as the column's To, when no digit is lost.
template <typename To, typename From>
std::optional<To> exactly(From value) noexcept {
  if constexpr (std::is_integral_v<To> && std::is_integral_v<From>) {
    if (!std::in_range<To>(value)) return std::nullopt;
    return static_cast<To>(value);
  } else if constexpr (std::is_floating_point_v<To> && std::is_integral_v<From>) {
    constexpr std::int64_t kExact = std::int64_t{1} << std::numeric_limits<To>::digits;
    if (std::cmp_greater(value, kExact) || std::cmp_less(value, -kExact)) return std::nullopt;
    return static_cast<To>(value);
  } else if constexpr (std::is_floating_point_v<To> && sizeof(To) >= sizeof(From)) {
    return static_cast<To>(value);
  } else {
    return std::nullopt;
  }
}

// Appends one value to a column, if it fits the column's type; says whether it did.
struct ValueAppender {
  ColumnBuilder& column;

  [[nodiscard]] bool is(TypeId type) const noexcept { return column.type().id == type; }

  template <typename T>
    requires std::is_arithmetic_v<T>
  bool operator()(T value) const {
    const auto take = [this](auto fitting, auto adder) {
      if (fitting) (column.*adder)(*fitting);
      return fitting.has_value();
    };
    if constexpr (std::is_same_v<T, bool>) {
      return is(TypeId::boolean) && take(std::optional(value), &ColumnBuilder::append_bool);
    } else {
      switch (column.type().id) {
        case TypeId::int64:
          return take(exactly<std::int64_t>(value), &ColumnBuilder::append_int64);
        case TypeId::uint64:
          return take(exactly<std::uint64_t>(value), &ColumnBuilder::append_uint64);
        case TypeId::float32:
          return take(exactly<float>(value), &ColumnBuilder::append_float32);
        case TypeId::float64:
          return take(exactly<double>(value), &ColumnBuilder::append_float64);
        default:
          return false;
      }
    }
  }
  bool operator()(const std::string& value) const { return text(TypeId::string, value); }
  bool operator()(const Decimal& value) const { return text(TypeId::decimal, value.text); }
  bool operator()(const Json& value) const { return text(TypeId::json, value.text); }
  bool operator()(const Bytes& value) const {
    if (is(TypeId::bytes)) column.append_bytes(value.data);
    return is(TypeId::bytes);
  }
  bool operator()(Date value) const { return plain(TypeId::date, value, &ColumnBuilder::append_date); }
  bool operator()(Time value) const { return plain(TypeId::time, value, &ColumnBuilder::append_time); }
  bool operator()(Timestamp value) const {
    return plain(TypeId::timestamp, value, &ColumnBuilder::append_timestamp);
  }
  bool operator()(TimestampTz value) const {
    return plain(TypeId::timestamp_tz, value, &ColumnBuilder::append_timestamp_tz);
  }
  bool operator()(Interval value) const {
    return plain(TypeId::interval, value, &ColumnBuilder::append_interval);
  }
  bool operator()(const Uuid& value) const { return plain(TypeId::uuid, value, &ColumnBuilder::append_uuid); }
  bool operator()(std::monostate) const {
    column.append_null();
    return true;
  }
  bool operator()(const Value::List& values) const {
    if (!is(TypeId::list)) return false;
    // A list is taken whole or not at all, so its elements are tried on a column of their own first.
    ColumnBuilder trial(column.element().type());
    for (const Value& value : values) {
      if (!trial.append(value)) return false;
    }
    for (const Value& value : values)
      static_cast<void>(column.element().append(value));
    column.end_list();
    return true;
  }

 private:
  bool text(TypeId type, std::string_view value) const {
    if (is(type)) column.append_string(value);
    return is(type);
  }
  template <typename T, typename Adder>
  bool plain(TypeId type, const T& value, Adder adder) const {
    if (is(type)) (column.*adder)(value);
    return is(type);
  }
};

}  // namespace

void Buffer::grow(std::size_t least) {
  const std::size_t capacity = std::max({least, capacity_ * 2, kFirstCapacity});
  void* grown = std::realloc(data_, capacity);
  if (grown == nullptr) throw std::bad_alloc();
  data_ = static_cast<std::byte*>(grown);
  capacity_ = capacity;
}

ColumnBuilder::ColumnBuilder(DataType type, std::int64_t expected_rows)
    : type_(std::move(type)), expected_rows_(expected_rows) {
  if (type_.id == TypeId::list) {
    children_.emplace_back(type_.element ? *type_.element : DataType(TypeId::null));
  } else if (type_.id == TypeId::variant) {
    children_.reserve(kVariantTypes.size());
    for (const TypeId alternative : kVariantTypes)
      children_.emplace_back(alternative);
  }
  start();
}

ColumnBuilder::ColumnBuilder(ColumnBuilder&&) noexcept = default;
ColumnBuilder& ColumnBuilder::operator=(ColumnBuilder&&) noexcept = default;
ColumnBuilder::~ColumnBuilder() = default;

void ColumnBuilder::start() {
  const auto rows = static_cast<std::size_t>(expected_rows_);
  if (is_text(type_.id) || type_.id == TypeId::list) {
    offsets_.reserve((rows + 1) * sizeof(std::int32_t));
    offsets_.append(std::int32_t{0});
  } else if (type_.id == TypeId::variant) {
    offsets_.reserve(rows * sizeof(std::int32_t));
    values_.reserve(rows);
  } else {
    values_.reserve(type_.id == TypeId::boolean ? (rows + 7) / 8 : rows * fixed_width(type_.id));
  }
}

std::size_t ColumnBuilder::byte_size() const noexcept {
  std::size_t size = validity_.size() + values_.size() + offsets_.size();
  for (const ColumnBuilder& child : children_)
    size += child.byte_size();
  return size;
}

void ColumnBuilder::push_validity(bool valid) {
  push_bit(validity_, length_, valid);
}

void ColumnBuilder::append_null() {
  if (type_.id == TypeId::variant) {
    alternative(kVariantTypes.front()).append_null();
    return;
  }
  if (type_.id == TypeId::null) {
    ++null_count_;
    ++length_;
    return;
  }
  if (null_count_ == 0) {
    for (std::int64_t i = 0; i < length_; ++i)
      push_bit(validity_, i, true);
  }
  push_validity(false);
  if (is_text(type_.id)) {
    append_offset(values_.size());
  } else if (type_.id == TypeId::list) {
    append_offset(static_cast<std::size_t>(element().length()));
  } else if (type_.id == TypeId::boolean) {
    push_bit(values_, length_, false);
  } else {
    values_.append_zeros(fixed_width(type_.id));
  }
  ++null_count_;
  ++length_;
}

void ColumnBuilder::append_bool(bool value) {
  push_bit(values_, length_, value);
  append_valid();
}

void ColumnBuilder::append_interval(Interval value) {
  static_assert(sizeof(Interval) == 16 && std::endian::native == std::endian::little);
  append_fixed(value);
}

void ColumnBuilder::throw_too_long() {
  throw std::length_error("a column of one batch has more than 2 GiB of text, or more elements of lists");
}

void ColumnBuilder::end_list() {
  append_offset(static_cast<std::size_t>(element().length()));
  append_valid();
}

ColumnBuilder& ColumnBuilder::alternative(TypeId type) {
  const std::size_t code = variant_code(type);
  if (type_.id != TypeId::variant || code >= children_.size()) {
    throw std::invalid_argument("a column of type " + type_.name() + " has no values of type " +
                                std::string(to_string(type)));
  }
  ColumnBuilder& child = children_[code];
  values_.append(static_cast<std::byte>(code));
  offsets_.append(static_cast<std::int32_t>(child.length()));
  ++length_;
  return child;
}

std::unexpected<Error> ColumnBuilder::misfit(std::string_view found) const {
  return fail(ErrorCode::invalid_data,
              "a value of type " + std::string(found) + " does not fit a column of type " + type_.name());
}

Result<void> ColumnBuilder::append(const Value& value) {
  if (type_.id == TypeId::variant && !value.is_null()) {
    const TypeId held = value.type() == TypeId::float32 ? TypeId::float64 : value.type();
    if (variant_code(held) == kVariantTypes.size()) return misfit(to_string(held));
    return alternative(held).append(value);
  }
  if (!std::visit(ValueAppender{*this}, value.storage())) return misfit(to_string(value.type()));
  return {};
}

Result<void> ColumnBuilder::append_from(const ArrayData& array, std::int64_t index) {
  if (array.is_null(index)) {
    append_null();
    return {};
  }
  if (array.type.id == TypeId::variant) {
    return append_from(array.children[std::to_integer<std::size_t>(array.values[index])],
                       array.offsets[index]);
  }
  if (type_.id == TypeId::variant) {
    if (array.type.id == TypeId::float32) {
      alternative(TypeId::float64).append_float64(static_cast<double>(array.values_as<float>()[index]));
      return {};
    }
    if (variant_code(array.type.id) == kVariantTypes.size()) return misfit(array.type.name());
    return alternative(array.type.id).append_from(array, index);
  }
  if (type_.id == TypeId::json && array.type.id == TypeId::list) {
    std::string text;
    append_json(text, array, index);
    append_string(text);
    return {};
  }
  if (array.type != type_) return misfit(array.type.name());
  if (is_text(type_.id)) {
    append_string(array.text(index));
  } else if (type_.id == TypeId::boolean) {
    append_bool(array.bit(index));
  } else if (type_.id == TypeId::list) {
    for (std::int64_t i = array.offsets[index]; i < array.offsets[index + 1]; ++i) {
      if (auto appended = element().append_from(array.children.front(), i); !appended) return appended;
    }
    end_list();
  } else {
    const std::size_t width = fixed_width(type_.id);
    values_.append(array.values + static_cast<std::size_t>(index) * width, width);
    append_valid();
  }
  return {};
}

void ColumnBuilder::widen_to_variant() {
  if (type_.id == TypeId::variant) return;
  ColumnBuilder wide(DataType(TypeId::variant), expected_rows_);
  if (type_.id == TypeId::null) {
    for (std::int64_t i = 0; i < length_; ++i)
      wide.append_null();
  } else if (type_.id == TypeId::float32) {
    std::vector<Buffer> storage;
    const std::int64_t length = length_;
    const ArrayData narrow = finish(storage);
    for (std::int64_t i = 0; i < length; ++i) {
      if (narrow.is_null(i)) {
        wide.append_null();
      } else {
        wide.alternative(TypeId::float64).append_float64(static_cast<double>(narrow.values_as<float>()[i]));
      }
    }
  } else {
    const std::size_t code = variant_code(type_.id);
    assert(code < kVariantTypes.size());
    for (std::int64_t i = 0; i < length_; ++i) {
      wide.values_.append(static_cast<std::byte>(code));
      wide.offsets_.append(static_cast<std::int32_t>(i));
    }
    wide.length_ = length_;
    ColumnBuilder& child = wide.children_[code];
    child = std::move(*this);
    child.expected_rows_ = 0;
  }
  *this = std::move(wide);
}

void ColumnBuilder::widen_to_json() {
  assert(type_.id == TypeId::list);
  ColumnBuilder wide(DataType(TypeId::json), expected_rows_);
  std::vector<Buffer> storage;
  const ArrayData lists = finish(storage);
  for (std::int64_t i = 0; i < lists.length; ++i)
    static_cast<void>(wide.append_from(lists, i));
  *this = std::move(wide);
}

void ColumnBuilder::retype_nulls(DataType type) {
  assert(null_count_ == length_);
  ColumnBuilder retyped(std::move(type), expected_rows_);
  for (std::int64_t i = 0; i < length_; ++i)
    retyped.append_null();
  *this = std::move(retyped);
}

ArrayData ColumnBuilder::finish(std::vector<Buffer>& storage) {
  ArrayData array;
  array.type = type_;
  array.length = length_;
  array.null_count = null_count_;
  const auto keep = [&storage](Buffer& buffer) -> const std::byte* {
    if (buffer.data() == nullptr) return nullptr;
    storage.push_back(std::exchange(buffer, Buffer{}));
    return storage.back().data();
  };
  if (null_count_ != 0 && type_.id != TypeId::null) {
    array.validity = reinterpret_cast<const std::uint8_t*>(keep(validity_));
  }
  array.values = keep(values_);
  array.offsets = reinterpret_cast<const std::int32_t*>(keep(offsets_));
  array.children.reserve(children_.size());
  for (ColumnBuilder& child : children_)
    array.children.push_back(child.finish(storage));
  length_ = 0;
  null_count_ = 0;
  validity_ = Buffer{};
  return array;
}

BatchBuilder::BatchBuilder(SchemaPtr schema, std::int64_t expected_rows) : schema_(std::move(schema)) {
  columns_.reserve(schema_->size());
  for (const Field& field : schema_->fields())
    columns_.emplace_back(field.type, expected_rows);
}

std::size_t BatchBuilder::byte_size() const noexcept {
  std::size_t size = 0;
  for (const ColumnBuilder& column : columns_)
    size += column.byte_size();
  return size;
}

RecordBatch BatchBuilder::finish() {
  const auto is_other_length = [this](const ColumnBuilder& column) { return column.length() != num_rows(); };
  if (std::ranges::any_of(columns_, is_other_length))
    throw std::logic_error("the columns of a batch differ in length");
  const auto widened = [this](std::size_t i) { return columns_[i].type() != schema_->field(i).type; };
  bool same = true;
  for (std::size_t i = 0; i < columns_.size(); ++i)
    same = same && !widened(i);
  if (!same) {
    std::vector<Field> fields = schema_->fields();
    for (std::size_t i = 0; i < columns_.size(); ++i)
      fields[i].type = columns_[i].type();
    schema_ = std::make_shared<const Schema>(std::move(fields));
  }
  auto storage = std::make_shared<std::vector<Buffer>>();
  storage->reserve(columns_.size() * 2);
  const std::int64_t rows = num_rows();
  std::vector<ArrayData> arrays;
  arrays.reserve(columns_.size());
  for (ColumnBuilder& column : columns_)
    arrays.push_back(column.finish(*storage));
  return RecordBatch(schema_, rows, std::move(arrays), std::move(storage));
}

}  // namespace penstock
