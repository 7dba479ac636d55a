// Types of values, and the owning scalar used for statement parameters.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "penstock/error.hpp"

namespace penstock {

/// The logical types of a column. Each one's memory layout is the Arrow type named beside it
/// (https://arrow.apache.org/docs/format/Columnar.html).
enum class TypeId : std::uint8_t {
  null,          ///< Null: every value is null
  boolean,       ///< Bool, bit-packed
  int64,         ///< Int64
  uint64,        ///< UInt64
  float32,       ///< Float32
  float64,       ///< Float64
  decimal,       ///< Utf8: exact digits such as "-12.50", or "NaN", "Infinity", "-Infinity" (any precision)
  string,        ///< Utf8
  bytes,         ///< Binary
  date,          ///< Date32: days since 1970-01-01, proleptic Gregorian
  time,          ///< Time64(us): microseconds since midnight
  timestamp,     ///< Timestamp(us), no zone: microseconds since 1970-01-01T00:00:00 on the wall clock
  timestamp_tz,  ///< Timestamp(us, "UTC"): microseconds since 1970-01-01T00:00:00Z
  interval,      ///< Interval(MonthDayNano)
  uuid,          ///< FixedSizeBinary(16)
  json,          ///< Utf8: one JSON text
  list,          ///< List of the element type
  variant,       ///< dense Union of kVariantTypes: a column whose values differ in type
};

/// The type's name: "int64", "timestamp_tz", ...; `boolean` is "bool".
[[nodiscard]] std::string_view to_string(TypeId type) noexcept;

/// What a variant column may hold; an Arrow type code is an index into this list. A null is a null of any of
/// them.
inline constexpr std::array kVariantTypes{
    TypeId::int64,        TypeId::float64,  TypeId::string, TypeId::bytes, TypeId::boolean,
    TypeId::uint64,       TypeId::decimal,  TypeId::date,   TypeId::time,  TypeId::timestamp,
    TypeId::timestamp_tz, TypeId::interval, TypeId::uuid,   TypeId::json};

/// A type id and, for a list, the type of its elements.
struct DataType {
  TypeId id = TypeId::null;
  std::shared_ptr<const DataType> element;  ///< set for TypeId::list, null otherwise

  DataType() = default;
  DataType(TypeId type) : id(type) {}  // NOLINT(google-explicit-constructor): a type id is a type
  [[nodiscard]] static DataType list_of(DataType element);

  /// "int64", "list<string>", ...
  [[nodiscard]] std::string name() const;
  friend bool operator==(const DataType& a, const DataType& b) noexcept;
};

struct Decimal {
  std::string text;  ///< digits as in TypeId::decimal
  friend bool operator==(const Decimal&, const Decimal&) = default;
};
struct Bytes {
  std::vector<std::byte> data;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};
struct Date {
  std::int32_t days = 0;  ///< since 1970-01-01
  friend auto operator<=>(const Date&, const Date&) = default;
};
struct Time {
  std::int64_t microseconds = 0;  ///< since midnight
  friend auto operator<=>(const Time&, const Time&) = default;
};
struct Timestamp {
  std::int64_t microseconds = 0;  ///< since 1970-01-01T00:00:00, no zone
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};
struct TimestampTz {
  std::int64_t microseconds = 0;  ///< since 1970-01-01T00:00:00Z
  friend auto operator<=>(const TimestampTz&, const TimestampTz&) = default;
};
struct Interval {
  std::int32_t months = 0;
  std::int32_t days = 0;
  std::int64_t nanoseconds = 0;
  friend bool operator==(const Interval&, const Interval&) = default;
};
struct Uuid {
  std::array<std::byte, 16> bytes{};
  friend bool operator==(const Uuid&, const Uuid&) = default;
};
struct Json {
  std::string text;  ///< one JSON text, not checked
  friend bool operator==(const Json&, const Json&) = default;
};

/// One owned value: null, a scalar of any type above, or a list. Converts implicitly from what a caller has
/// at hand, so that `{42, "Ada", nullptr}` is a list of parameters.
class Value {
 public:
  using List = std::vector<Value>;
  using Storage =
      std::variant<std::monostate, bool, std::int64_t, std::uint64_t, float, double, Decimal, std::string,
                   Bytes, Date, Time, Timestamp, TimestampTz, Interval, Uuid, Json, List>;

  Value() = default;
  Value(std::nullptr_t) {}  // NOLINT(google-explicit-constructor)
  template <std::same_as<bool> T>
  Value(T value) : storage_(value) {}  // NOLINT(google-explicit-constructor): and no pointer becomes a bool
  template <std::signed_integral T>
  Value(T value) : storage_(static_cast<std::int64_t>(value)) {}  // NOLINT(google-explicit-constructor)
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  Value(T value) : storage_(static_cast<std::uint64_t>(value)) {}  // NOLINT(google-explicit-constructor)
  Value(float value) : storage_(value) {}                          // NOLINT(google-explicit-constructor)
  Value(double value) : storage_(value) {}                         // NOLINT(google-explicit-constructor)
  Value(const char* value) : storage_(std::string(value)) {}       // NOLINT(google-explicit-constructor)
  Value(std::string_view value) : storage_(std::string(value)) {}  // NOLINT(google-explicit-constructor)
  Value(std::string value) : storage_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  template <typename T>
    requires(std::same_as<T, Decimal> || std::same_as<T, Bytes> || std::same_as<T, Date> ||
             std::same_as<T, Time> || std::same_as<T, Timestamp> || std::same_as<T, TimestampTz> ||
             std::same_as<T, Interval> || std::same_as<T, Uuid> || std::same_as<T, Json> ||
             std::same_as<T, List>)
  Value(T value) : storage_(std::move(value)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool is_null() const noexcept { return storage_.index() == 0; }
  [[nodiscard]] TypeId type() const noexcept;
  [[nodiscard]] const Storage& storage() const noexcept { return storage_; }
  /// The value as a T of the list in Storage; null when it holds another type.
  template <typename T>
  [[nodiscard]] const T* get_if() const noexcept {
    return std::get_if<T>(&storage_);
  }
  /// For people: text as in append_text(), "NULL" for null.
  [[nodiscard]] std::string to_text() const;
  friend bool operator==(const Value&, const Value&) = default;

 private:
  Storage storage_;
};

/// ISO 8601 / SQL text of each type, appended to `out`. Years beyond 9999 have a sign, as ISO 8601 asks;
/// infinity (the extreme values of the representation) is "infinity" or "-infinity", as PostgreSQL writes it.
void append_text(std::string& out, Date value);
void append_text(std::string& out, Time value);
void append_text(std::string& out, Timestamp value);
void append_text(std::string& out, TimestampTz value);
void append_text(std::string& out, Interval value);
void append_text(std::string& out, const Uuid& value);
/// "\\x" and two hexadecimal digits a byte, as PostgreSQL writes bytea.
void append_text(std::string& out, std::span<const std::byte> value);
/// The fewest digits that read back as the same number, integral values with ".0"; with an exponent below
/// 1e-4 and from 1e16 (of a float, 1e7) on. "NaN", "Infinity", "-Infinity".
void append_text(std::string& out, double value);
void append_text(std::string& out, float value);

/// Reads exactly "YYYY-MM-DD". Nothing when the text is anything else or names no day.
[[nodiscard]] std::optional<Date> parse_date(std::string_view text) noexcept;
/// Reads exactly "HH:MM:SS" with an optional fraction of 1 to 6 digits.
[[nodiscard]] std::optional<Time> parse_time(std::string_view text) noexcept;
/// Reads exactly a date and a time with ' ' or 'T' between them.
[[nodiscard]] std::optional<Timestamp> parse_timestamp(std::string_view text) noexcept;
/// Reads the canonical 8-4-4-4-12 form, in either case.
[[nodiscard]] std::optional<Uuid> parse_uuid(std::string_view text) noexcept;

}  // namespace penstock
