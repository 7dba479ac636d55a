#include "conformance/extremes.hpp"

#include <bit>
#include <cstdint>
#include <limits>

namespace penstock::conformance {

namespace {

template <typename T>
using Ends = std::numeric_limits<T>;

constexpr std::int64_t kDay = 86'400'000'000;  // microseconds
constexpr std::int32_t kYear1 = -719'162;      // days from 1970-01-01 to 0001-01-01
constexpr std::int32_t kYear9999End = 2'932'896;
constexpr std::int32_t kLeapDay2000 = 11'016;

Bytes bytes_of(std::size_t count) {
  Bytes out;
  for (std::size_t i = 0; i < count; ++i)
    out.data.push_back(static_cast<std::byte>(i & 0xFFU));
  return out;
}

Uuid uuid_of(std::byte value) {
  Uuid out;
  out.bytes.fill(value);
  return out;
}

std::vector<Extreme> numbers() {
  return {
      {"bool_false", false},
      {"bool_true", true},
      {"int64_min", Ends<std::int64_t>::min()},
      {"int64_minus_one", std::int64_t{-1}},
      {"int64_zero", std::int64_t{0}},
      {"int64_beyond_double", (std::int64_t{1} << 53) + 1},
      {"int64_max", Ends<std::int64_t>::max()},
      {"uint64_zero", std::uint64_t{0}},
      {"uint64_beyond_int64", std::uint64_t{1} << 63U},
      {"uint64_max", Ends<std::uint64_t>::max()},
      {"float32_max", Ends<float>::max()},
      {"float32_lowest", Ends<float>::lowest()},
      {"float32_smallest", Ends<float>::denorm_min()},
      {"float32_tenth", 0.1F},
      {"float32_infinity", Ends<float>::infinity()},
      {"float32_nan", Ends<float>::quiet_NaN(), false},
      {"float64_max", Ends<double>::max()},
      {"float64_lowest", Ends<double>::lowest()},
      {"float64_smallest", Ends<double>::denorm_min()},
      {"float64_tenth", 0.1},
      {"float64_whole", 3.0},
      {"float64_minus_zero", -0.0},
      {"float64_infinity", Ends<double>::infinity()},
      {"float64_minus_infinity", -Ends<double>::infinity()},
      {"float64_nan", Ends<double>::quiet_NaN(), false},
      {"decimal_zero", Decimal{"0"}},
      {"decimal_trailing_zero", Decimal{"-12.50"}},
      {"decimal_38_digits", Decimal{"99999999999999999999999999999999999999"}},
      {"decimal_scale_30", Decimal{"0.000000000000000000000000000001"}},
      {"decimal_money", Decimal{"-9223372036854775809.0001"}},
  };
}

std::vector<Extreme> texts() {
  return {
      {"string_empty", ""},
      {"string_spaces", "  two before, two after  "},
      {"string_quotes", R"(it's a "quoted" \n text, `with` 100 % of [them]; -- and /* more */)"},
      {"string_lines", "tab\tcarriage\r\nline\nend"},
      {"string_null_word", "NULL"},
      {"string_digits", "007"},
      {"string_emoji", "\U0001F469\u200D\U0001F469\u200D\U0001F467 \U0001F1EE\U0001F1F8"},
      {"string_right_to_left", "\u0645\u0631\u062D\u0628\u0627 \u05E9\u05DC\u05D5\u05DD"},
      {"string_combining", "e\u0301 is not \u00E9"},
      {"string_last_character", "\U0010FFFF\uFFFD\u0001\u007F"},
      {"string_megabyte", long_text()},
      {"bytes_empty", Bytes{}},
      {"bytes_every", bytes_of(256)},
      {"bytes_megabyte", bytes_of(1U << 20U)},
      {"json_object", Json{R"({"a": [1, null, "é", 1e300], "b": {}})"}, false},
      {"json_text", Json{R"("\u0000 is escaped")"}, false},
  };
}

std::vector<Extreme> times() {
  return {
      {"date_first", Date{kYear1}},
      {"date_before_epoch", Date{-1}},
      {"date_leap_day", Date{kLeapDay2000}},
      {"date_last", Date{kYear9999End}},
      {"time_midnight", Time{0}},
      {"time_microsecond", Time{1}},
      {"time_last", Time{kDay - 1}},
      {"timestamp_first", Timestamp{kYear1 * kDay}},
      {"timestamp_before_epoch", Timestamp{-1}},
      {"timestamp_epoch", Timestamp{0}},
      {"timestamp_last", Timestamp{kYear9999End * kDay + kDay - 1}},
      {"timestamp_tz_first", TimestampTz{kYear1 * kDay}},
      {"timestamp_tz_before_epoch", TimestampTz{-1}},
      {"timestamp_tz_last", TimestampTz{kYear9999End * kDay + kDay - 1}},
      {"interval_zero", Interval{}},
      {"interval_mixed", Interval{.months = 14, .days = -3, .nanoseconds = 4'005'006'000}},
      {"uuid_nil", uuid_of(std::byte{0})},
      {"uuid_max", uuid_of(std::byte{0xFF})},
      {"list_empty", Value::List{}, false},
      {"list_with_null", Value::List{Value("a"), Value(), Value("")}, false},
  };
}

}  // namespace

std::string long_text() {
  std::string out;
  out.reserve(1U << 20U);
  while (out.size() + 10 <= (1U << 20U))
    out += "a\u00E9\u20AC\U0001F600";
  out.resize(1U << 20U, 'z');
  return out;
}

const std::vector<Extreme>& extremes() {
  static const std::vector<Extreme> all = [] {
    std::vector<Extreme> list = numbers();
    for (auto& more : {texts(), times()})
      list.insert(list.end(), more.begin(), more.end());
    return list;
  }();
  return all;
}

bool identical(const Value& a, const Value& b) noexcept {
  if (const auto* x = a.get_if<double>()) {
    const auto* y = b.get_if<double>();
    return y != nullptr &&
           (std::bit_cast<std::uint64_t>(*x) == std::bit_cast<std::uint64_t>(*y) || (*x != *x && *y != *y));
  }
  if (const auto* x = a.get_if<float>()) {
    const auto* y = b.get_if<float>();
    return y != nullptr &&
           (std::bit_cast<std::uint32_t>(*x) == std::bit_cast<std::uint32_t>(*y) || (*x != *x && *y != *y));
  }
  return a == b;
}

}  // namespace penstock::conformance
