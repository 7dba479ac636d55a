// Building record batches value by value, for drivers.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/batch.hpp"

namespace penstock {

/// Growing memory that is not initialised before it is written. One owner; not thread-safe.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { std::free(data_); }

  [[nodiscard]] std::byte* data() noexcept { return data_; }
  [[nodiscard]] const std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  void reserve(std::size_t bytes) {
    if (bytes > capacity_) grow(bytes);
  }
  template <typename T>
  void append(T value) {
    append(&value, sizeof(T));
  }
  void append(const void* bytes, std::size_t count) {
    if (count > capacity_ - size_) grow(size_ + count);
    if (count != 0) std::memcpy(data_ + size_, bytes, count);
    size_ += count;
  }
  void append_zeros(std::size_t count) {
    if (count > capacity_ - size_) grow(size_ + count);
    if (count != 0) std::memset(data_ + size_, 0, count);
    size_ += count;
  }

 private:
  void grow(std::size_t least);
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// Collects the values of one column. Each append_*() belongs to the column's type, which the caller knows;
/// append_null() to all. Text and bytes of one column stay below 2 GiB a batch, and lists have as many
/// elements at most: std::length_error otherwise. Limit a batch's bytes and this does not come up. Not
/// thread-safe.
class ColumnBuilder {
 public:
  explicit ColumnBuilder(DataType type, std::int64_t expected_rows = 0);
  ColumnBuilder(ColumnBuilder&&) noexcept;
  ColumnBuilder& operator=(ColumnBuilder&&) noexcept;
  ~ColumnBuilder();

  [[nodiscard]] const DataType& type() const noexcept { return type_; }
  [[nodiscard]] std::int64_t length() const noexcept { return length_; }
  /// Whether no value but null was appended. Of a variant this is not known: false.
  [[nodiscard]] bool holds_only_nulls() const noexcept {
    return null_count_ == length_ && type_.id != TypeId::variant;
  }
  /// Bytes of the values so far.
  [[nodiscard]] std::size_t byte_size() const noexcept;

  void append_null();
  void append_bool(bool value);
  void append_int64(std::int64_t value) { append_fixed(value); }
  void append_uint64(std::uint64_t value) { append_fixed(value); }
  void append_float32(float value) { append_fixed(value); }
  void append_float64(double value) { append_fixed(value); }
  /// For string, decimal and json. The caller vouches for valid UTF-8.
  void append_string(std::string_view value) { append_variable(value.data(), value.size()); }
  void append_bytes(std::span<const std::byte> value) { append_variable(value.data(), value.size()); }
  void append_date(Date value) { append_fixed(value.days); }
  void append_time(Time value) { append_fixed(value.microseconds); }
  void append_timestamp(Timestamp value) { append_fixed(value.microseconds); }
  void append_timestamp_tz(TimestampTz value) { append_fixed(value.microseconds); }
  void append_interval(Interval value);
  void append_uuid(const Uuid& value) { append_fixed(value.bytes); }
  /// For a list: append the elements to element(), then close the list.
  [[nodiscard]] ColumnBuilder& element() noexcept { return children_.front(); }
  void end_list();
  /// For a variant: announces one value of this type (of kVariantTypes); append it to the builder returned.
  /// std::invalid_argument for another type, and for a builder that is no variant.
  [[nodiscard]] ColumnBuilder& alternative(TypeId type);
  /// Any value that fits the column's type without loss; `invalid_data` otherwise, with nothing appended.
  [[nodiscard]] Result<void> append(const Value& value);
  /// Row `index` of another column, of the same type or one that widens to this column's.
  [[nodiscard]] Result<void> append_from(const ArrayData& array, std::int64_t index);

  /// Makes a variant of what was collected so far (null, or any type of kVariantTypes, or float32).
  void widen_to_variant();
  /// Makes JSON of the lists that were collected so far.
  void widen_to_json();
  /// Changes a column of nothing but nulls to another type.
  void retype_nulls(DataType type);

  /// The column's array; its buffers are moved into `storage`, which must outlive it. The builder is spent.
  [[nodiscard]] ArrayData finish(std::vector<Buffer>& storage);

 private:
  template <typename T>
  void append_fixed(T value) {
    values_.append(value);
    append_valid();
  }
  void append_variable(const void* data, std::size_t size) {
    append_offset(values_.size() + size);
    values_.append(data, size);
    append_valid();
  }
  void append_offset(std::size_t end) {
    if (end > kMaxOffset) throw_too_long();
    offsets_.append(static_cast<std::int32_t>(end));
  }
  void append_valid() {
    if (null_count_ != 0) push_validity(true);
    ++length_;
  }
  void push_validity(bool valid);
  [[noreturn]] static void throw_too_long();
  void start();
  [[nodiscard]] std::unexpected<Error> misfit(std::string_view found) const;

  static constexpr std::size_t kMaxOffset = 0x7FFF'FFFF;

  DataType type_;
  std::int64_t expected_rows_;
  std::int64_t length_ = 0;
  std::int64_t null_count_ = 0;
  Buffer validity_;
  Buffer values_;
  Buffer offsets_;
  std::vector<ColumnBuilder> children_;
};

/// The builders of one batch.
class BatchBuilder {
 public:
  explicit BatchBuilder(SchemaPtr schema, std::int64_t expected_rows = 0);

  [[nodiscard]] ColumnBuilder& column(std::size_t index) { return columns_[index]; }
  [[nodiscard]] std::size_t num_columns() const noexcept { return columns_.size(); }
  [[nodiscard]] std::int64_t num_rows() const noexcept {
    return columns_.empty() ? 0 : columns_.front().length();
  }
  [[nodiscard]] std::size_t byte_size() const noexcept;
  /// The batch of what was collected; columns that were widened or retyped change its schema. The builder is
  /// spent. std::logic_error when the columns differ in length.
  [[nodiscard]] RecordBatch finish();

 private:
  SchemaPtr schema_;
  std::vector<ColumnBuilder> columns_;
};

}  // namespace penstock
