// Results in columns: Arrow's memory layout with row-wise access that reads well.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "penstock/error.hpp"
#include "penstock/value.hpp"

namespace penstock {

class RecordBatch;

struct Field {
  std::string name;
  DataType type;
  bool nullable = true;
  std::string native_type;  ///< the type as the engine names it ("VARCHAR(50)"); empty for an expression
  friend bool operator==(const Field&, const Field&) = default;
};

/// The columns of a result, in order. Immutable; shared between batches.
class Schema {
 public:
  Schema() = default;
  explicit Schema(std::vector<Field> fields);

  [[nodiscard]] std::size_t size() const noexcept { return fields_.size(); }
  [[nodiscard]] const std::vector<Field>& fields() const noexcept { return fields_; }
  [[nodiscard]] const Field& field(std::size_t index) const { return fields_[index]; }
  /// Names that differ pairwise: the second column called `name` is `name_2`, or the next number that is
  /// free.
  [[nodiscard]] const std::vector<std::string>& unique_names() const noexcept { return unique_names_; }
  /// The index of the column with this unique name; nothing when there is none.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view unique_name) const noexcept;
  friend bool operator==(const Schema& a, const Schema& b) { return a.fields_ == b.fields_; }

 private:
  std::vector<Field> fields_;
  std::vector<std::string> unique_names_;
};
using SchemaPtr = std::shared_ptr<const Schema>;

/// One column's buffers, borrowed from whatever owns the batch. Offset is always zero; a null `validity`
/// means that nothing is null. Sizes follow from the type and `length`, as in Arrow's columnar format.
struct ArrayData {
  DataType type;
  std::int64_t length = 0;
  std::int64_t null_count = 0;
  const std::uint8_t* validity = nullptr;  ///< bit i (least significant first) set: value i is not null
  const std::byte* values = nullptr;  ///< fixed-width values, text, bits of bool, type codes of a variant
  const std::int32_t* offsets =
      nullptr;                      ///< string, bytes, list: length + 1 of them; variant: length of them
  std::vector<ArrayData> children;  ///< list: its elements; variant: one a kVariantTypes entry

  [[nodiscard]] bool is_null(std::int64_t index) const noexcept;
  template <typename T>
  [[nodiscard]] const T* values_as() const noexcept {
    return reinterpret_cast<const T*>(values);
  }
  [[nodiscard]] bool bit(std::int64_t index) const noexcept {
    return ((std::to_integer<unsigned>(values[index >> 3]) >> (index & 7)) & 1U) != 0;
  }
  [[nodiscard]] std::string_view text(std::int64_t index) const noexcept {
    return {reinterpret_cast<const char*>(values) + offsets[index],
            static_cast<std::size_t>(offsets[index + 1] - offsets[index])};
  }
};

/// Reading a cell as a type that it does not hold, reading a null as a plain value, or naming no column.
class BadCellAccess : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// One value of a batch: a view, valid as long as the batch (or the QueryResult) it came from.
/// Reading is thread-safe, as batches are immutable.
class Cell {
 public:
  Cell(const ArrayData& array, std::int64_t index, const Field& field) noexcept;

  [[nodiscard]] bool is_null() const noexcept { return array_->is_null(index_); }
  /// The type of this very value; of a variant column, what it holds here.
  [[nodiscard]] TypeId type() const noexcept { return array_->type.id; }
  [[nodiscard]] const ArrayData& array() const noexcept { return *array_; }
  [[nodiscard]] std::int64_t index() const noexcept { return index_; }

  /// The value as a T: bool; any integer type that it fits in; double (of float32, and of
  /// integers when exact); float (of float32 alone);
  /// std::string_view (string, decimal, json; borrowed), std::string (the same, copied); Date, Time,
  /// Timestamp, TimestampTz, Interval, Uuid, Decimal, Json; std::span<const std::byte> (bytes, borrowed);
  /// Value (anything); std::optional of those, empty for null. Throws BadCellAccess, naming the column, for
  /// anything else.
  template <typename T>
  [[nodiscard]] T as() const {
    Result<T> value = try_as<T>();
    if (!value) throw BadCellAccess(value.error().message);
    return std::move(*value);
  }
  /// As as(), with an `invalid_data` error instead of an exception.
  template <typename T>
  [[nodiscard]] Result<T> try_as() const;

  /// The value as text in the engine's usual notation; bytes as "\x" and hex; "NULL" for null.
  [[nodiscard]] std::string to_text() const;

 private:
  template <typename T>
  [[nodiscard]] Result<T> read() const;
  template <std::integral T>
  [[nodiscard]] Result<T> read_integer() const;
  [[nodiscard]] std::unexpected<Error> mismatch(std::string_view wanted) const;

  const ArrayData* array_;
  std::int64_t index_;
  const Field* field_;
};

/// One row of a batch: a view that lives as long as the RecordBatch or Rows object it came from.
class Row {
 public:
  Row(const RecordBatch& batch, std::int64_t index) noexcept : batch_(&batch), index_(index) {}
  [[nodiscard]] std::size_t size() const noexcept;
  /// The cell of the column with this unique name. Throws BadCellAccess, listing the columns, when there is
  /// none.
  [[nodiscard]] Cell operator[](std::string_view name) const;
  [[nodiscard]] Cell operator[](const char* name) const { return (*this)[std::string_view(name)]; }
  /// The cell of column `index`, from 0. Throws BadCellAccess beyond the last.
  [[nodiscard]] Cell operator[](std::size_t index) const;
  [[nodiscard]] Cell operator[](int index) const { return (*this)[static_cast<std::size_t>(index)]; }
  /// The first columns as a tuple: `auto [id, name] = row.as<std::int64_t, std::string_view>();`
  template <typename... T>
  [[nodiscard]] std::tuple<T...> as() const {
    return [this]<std::size_t... I>(std::index_sequence<I...>) {
      return std::tuple<T...>{(*this)[I].template as<T>()...};
    }(std::index_sequence_for<T...>{});
  }

 private:
  const RecordBatch* batch_;
  std::int64_t index_;
};

/// A number of rows in columns, all of the schema's length. Immutable and cheap to copy (the copy shares the
/// memory); may be read by several threads.
class RecordBatch {
 public:
  RecordBatch() = default;
  /// `owner` keeps alive what the columns point into.
  RecordBatch(SchemaPtr schema, std::int64_t rows, std::vector<ArrayData> columns,
              std::shared_ptr<const void> owner);

  [[nodiscard]] const SchemaPtr& schema() const noexcept { return schema_; }
  [[nodiscard]] std::int64_t num_rows() const noexcept { return rows_; }
  [[nodiscard]] std::size_t num_columns() const noexcept { return columns_ ? columns_->size() : 0; }
  [[nodiscard]] const ArrayData& column(std::size_t index) const { return (*columns_)[index]; }
  [[nodiscard]] Row row(std::int64_t index) const noexcept { return Row(*this, index); }
  /// The bytes that the values take: buffers by their used length, validity included.
  [[nodiscard]] std::int64_t byte_size() const noexcept;
  /// The first `count` rows, sharing the memory. `count` is at most num_rows().
  [[nodiscard]] RecordBatch first(std::int64_t count) const;

 private:
  SchemaPtr schema_;
  std::int64_t rows_ = 0;
  std::shared_ptr<const std::vector<ArrayData>> columns_;
  std::shared_ptr<const void> owner_;
};

/// The same rows under `schema`, whose columns are the batch's or wider: null becomes anything, any type of
/// kVariantTypes (and float32) becomes variant, a list becomes json. `invalid_data` names a column that would
/// have to narrow.
[[nodiscard]] Result<RecordBatch> widen(const RecordBatch& batch, const SchemaPtr& schema);
/// The narrowest type that holds both: one of them, or variant; json for a list and json; nothing for two
/// lists that differ.
[[nodiscard]] std::optional<DataType> common_type(const DataType& a, const DataType& b);

/// The rows of several batches as one sequence, the `data` of a QueryResult.
class Rows {
 public:
  Rows() = default;
  explicit Rows(std::vector<RecordBatch> batches);

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Row;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = Row;
    Iterator() = default;
    Iterator(const std::vector<RecordBatch>* batches, std::size_t batch) noexcept;
    [[nodiscard]] Row operator*() const noexcept { return (*batches_)[batch_].row(row_); }
    Iterator& operator++() noexcept;
    void operator++(int) noexcept { ++*this; }
    friend bool operator==(const Iterator& a, const Iterator& b) noexcept {
      return a.batch_ == b.batch_ && a.row_ == b.row_;
    }

   private:
    void skip_empty() noexcept;
    const std::vector<RecordBatch>* batches_ = nullptr;
    std::size_t batch_ = 0;
    std::int64_t row_ = 0;
  };

  [[nodiscard]] Iterator begin() const noexcept { return Iterator(&batches_, 0); }
  [[nodiscard]] Iterator end() const noexcept { return Iterator(&batches_, batches_.size()); }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }
  /// The row at `index`, from 0; finding it takes time linear in the number of batches.
  /// Throws BadCellAccess beyond the last.
  [[nodiscard]] Row operator[](std::int64_t index) const;
  [[nodiscard]] const std::vector<RecordBatch>& batches() const noexcept { return batches_; }

  /// A range of tuples: `for (auto [id, name] : result.data.as<std::int64_t, std::string_view>())`.
  template <typename... T>
  class Tuples {
   public:
    class Iterator {
     public:
      using iterator_category = std::input_iterator_tag;
      using value_type = std::tuple<T...>;
      using difference_type = std::ptrdiff_t;
      using pointer = void;
      using reference = std::tuple<T...>;
      Iterator() = default;
      explicit Iterator(Rows::Iterator at) noexcept : at_(at) {}
      [[nodiscard]] std::tuple<T...> operator*() const { return (*at_).template as<T...>(); }
      Iterator& operator++() noexcept {
        ++at_;
        return *this;
      }
      void operator++(int) noexcept { ++at_; }
      friend bool operator==(const Iterator& a, const Iterator& b) noexcept { return a.at_ == b.at_; }

     private:
      Rows::Iterator at_;
    };
    explicit Tuples(const Rows& rows) noexcept : rows_(&rows) {}
    [[nodiscard]] Iterator begin() const noexcept { return Iterator(rows_->begin()); }
    [[nodiscard]] Iterator end() const noexcept { return Iterator(rows_->end()); }

   private:
    const Rows* rows_;
  };
  /// Not of a temporary: `for (auto [id] : manager.execute_query(...).data.as<std::int64_t>())` would outlive
  /// the rows it reads. Keep the result in a variable.
  template <typename... T>
  [[nodiscard]] Tuples<T...> as() const& noexcept {
    return Tuples<T...>(*this);
  }
  template <typename... T>
  Tuples<T...> as() const&& = delete;

 private:
  std::vector<RecordBatch> batches_;
  std::int64_t size_ = 0;
};

// --- how Cell reads
// ------------------------------------------------------------------------------------------------

namespace detail {
template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};
}  // namespace detail

template <typename T>
Result<T> Cell::try_as() const {
  if constexpr (detail::IsOptional<T>::value) {
    if (is_null()) return T{};
    return read<typename T::value_type>();
  } else if constexpr (std::same_as<T, Value>) {
    return read<T>();
  } else {
    if (is_null()) return mismatch("a value that is not null");
    return read<T>();
  }
}

template <typename T>
Result<T> Cell::read() const {
  static_assert(std::integral<T>, "Cell::as: not a type that a cell can be read as");
  return read_integer<T>();
}

template <std::integral T>
Result<T> Cell::read_integer() const {
  if (array_->type.id == TypeId::int64) {
    const auto value = array_->values_as<std::int64_t>()[index_];
    if (std::in_range<T>(value)) return static_cast<T>(value);
  } else if (array_->type.id == TypeId::uint64) {
    const auto value = array_->values_as<std::uint64_t>()[index_];
    if (std::in_range<T>(value)) return static_cast<T>(value);
  }
  return mismatch("an integer of that width");
}

template <>
Result<bool> Cell::read<bool>() const;
template <>
Result<float> Cell::read<float>() const;
template <>
Result<double> Cell::read<double>() const;
template <>
Result<std::string_view> Cell::read<std::string_view>() const;
template <>
Result<std::string> Cell::read<std::string>() const;
template <>
Result<std::span<const std::byte>> Cell::read<std::span<const std::byte>>() const;
template <>
Result<Date> Cell::read<Date>() const;
template <>
Result<Time> Cell::read<Time>() const;
template <>
Result<Timestamp> Cell::read<Timestamp>() const;
template <>
Result<TimestampTz> Cell::read<TimestampTz>() const;
template <>
Result<Interval> Cell::read<Interval>() const;
template <>
Result<Uuid> Cell::read<Uuid>() const;
template <>
Result<Decimal> Cell::read<Decimal>() const;
template <>
Result<Json> Cell::read<Json>() const;
template <>
Result<Value> Cell::read<Value>() const;

}  // namespace penstock
