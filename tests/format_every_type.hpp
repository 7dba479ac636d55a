// One result with every type, its extremes, nulls and hostile content; tests/integration/read_formats.py
// knows it too.
#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "format_results.hpp"

namespace penstock {

inline std::vector<Field> every_type_fields() {
  return {{"null", TypeId::null},
          {"bool", TypeId::boolean},
          {"int64", TypeId::int64, true, "BIGINT"},
          {"uint64", TypeId::uint64},
          {"float32", TypeId::float32},
          {"float64", TypeId::float64},
          {"decimal", TypeId::decimal},
          {"string", TypeId::string},
          {"bytes", TypeId::bytes},
          {"date", TypeId::date},
          {"time", TypeId::time},
          {"timestamp", TypeId::timestamp},
          {"timestamp_tz", TypeId::timestamp_tz},
          {"interval", TypeId::interval},
          {"uuid", TypeId::uuid},
          {"json", TypeId::json},
          {"list", DataType::list_of(TypeId::int64)},
          {"nested", DataType::list_of(DataType::list_of(TypeId::string))},
          {"variant", TypeId::variant},
          {"int64", TypeId::int64}};
}

inline std::vector<ValueRow> every_type_rows() {
  constexpr std::int64_t kDay = 86'400'000'000;
  constexpr std::int32_t kFirstDay = -719'162;  // 0001-01-01, where Python's calendar begins
  constexpr std::int32_t kLastDay = 2'932'896;  // 9999-12-31
  const Uuid uuid = *parse_uuid("01234567-89ab-cdef-0123-456789abcdef");
  const Timestamp leap_day = *parse_timestamp("2024-02-29T12:34:56.789");
  const ValueRow nulls(every_type_fields().size());
  return {
      {nullptr,
       true,
       1,
       1U,
       1.5F,
       0.1,
       Decimal{"12.50"},
       "text",
       Bytes{{std::byte{0}, std::byte{0xFF}}},
       *parse_date("2024-02-29"),
       *parse_time("12:34:56.789"),
       leap_day,
       TimestampTz{leap_day.microseconds},
       Interval{14, 3, 1'500'000'000},
       uuid,
       Json{R"({"a": [1, 2.50]})"},
       Value::List{1, nullptr, 3},
       Value::List{Value::List{"a", "b"}, nullptr, Value::List{}},
       42,
       7},
      {nullptr,
       false,
       std::numeric_limits<std::int64_t>::min(),
       0U,
       -std::numeric_limits<float>::max(),
       -std::numeric_limits<double>::max(),
       Decimal{"-99999999999999999999999999999999999999999.99"},
       "",
       Bytes{},
       Date{kFirstDay},
       Time{0},
       Timestamp{kFirstDay * kDay},
       TimestampTz{kFirstDay * kDay},
       Interval{-14, -3, -1'500'000'001},
       Uuid{},
       Json{"null"},
       Value::List{},
       Value::List{},
       "text",
       8},
      {nullptr,
       true,
       std::numeric_limits<std::int64_t>::max(),
       std::numeric_limits<std::uint64_t>::max(),
       HUGE_VALF,
       std::nan(""),
       Decimal{"NaN"},
       "tab\t\"quote\", \xF0\x9F\x98\x80\r\nline | \\",
       Bytes{{std::byte{'a'}}},
       Date{kLastDay},
       Time{kDay - 1},
       Timestamp{(kLastDay + 1) * kDay - 1},
       TimestampTz{(kLastDay + 1) * kDay - 1},
       Interval{},
       uuid,
       Json{"\"\\u00e9\""},
       Value::List{std::numeric_limits<std::int64_t>::min()},
       Value::List{nullptr},
       Decimal{"1.10"},
       9},
      nulls,
      {nullptr,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       Bytes{{std::byte{1}}},
       nullptr},
  };
}

inline QueryResult every_type_result() {
  return make_result(every_type_fields(), every_type_rows());
}

}  // namespace penstock
