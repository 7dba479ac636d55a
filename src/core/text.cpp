// Dates, times, numbers and identifiers to text and back.
#include <cmath>

#include "penstock/value.hpp"

#include "core/number_text.hpp"

namespace penstock {

namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;
constexpr std::string_view kHexDigits = "0123456789abcdef";

struct CivilDay {
  std::int64_t year;
  unsigned month;
  unsigned day;
};

// Days since 1970-01-01 to the proleptic Gregorian calendar and back: H. Hinnant, "chrono-Compatible
// Low-Level Date Algorithms". 64-bit throughout, as std::chrono::year ends at 32767.
CivilDay civil_from_days(std::int64_t days) noexcept {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146'097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted_month = (5 * day_of_year + 2) / 153;
  const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const std::int64_t year = static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0);
  return {year, month, day_of_year - (153 * shifted_month + 2) / 5 + 1};
}

std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) noexcept {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + static_cast<std::int64_t>(day_of_era) - 719'468;
}

// At least `width` digits, with zeros before the value.
void append_padded(std::string& out, std::uint64_t value, std::size_t width) {
  std::array<char, 20> digits;
  std::size_t first = digits.size();
  do {
    digits[--first] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (digits.size() - first < width)
    digits[--first] = '0';
  out.append(digits.data() + first, digits.size() - first);
}

void append_day(std::string& out, std::int64_t days) {
  const CivilDay civil = civil_from_days(days);
  if (civil.year < 0) out += '-';
  if (civil.year > 9'999) out += '+';
  append_padded(out, static_cast<std::uint64_t>(civil.year < 0 ? -civil.year : civil.year), 4);
  out += '-';
  append_padded(out, civil.month, 2);
  out += '-';
  append_padded(out, civil.day, 2);
}

// `microseconds` since midnight, not negative; a fraction only when there is one, without trailing zeros.
void append_clock(std::string& out, std::int64_t microseconds) {
  const std::int64_t seconds = microseconds / kMicrosPerSecond;
  append_padded(out, static_cast<std::uint64_t>(seconds / 3'600), 2);
  out += ':';
  append_padded(out, static_cast<std::uint64_t>(seconds / 60 % 60), 2);
  out += ':';
  append_padded(out, static_cast<std::uint64_t>(seconds % 60), 2);
  const std::int64_t fraction = microseconds % kMicrosPerSecond;
  if (fraction == 0) return;
  out += '.';
  append_padded(out, static_cast<std::uint64_t>(fraction), 6);
  while (out.back() == '0')
    out.pop_back();
}

// Whether `value` is one of the extremes that stand for infinity; if so, it is written.
template <typename T>
bool append_infinity(std::string& out, T value) {
  if (value == std::numeric_limits<T>::max()) {
    out += "infinity";
    return true;
  }
  if (value == std::numeric_limits<T>::min()) {
    out += "-infinity";
    return true;
  }
  return false;
}

// `between` stands between the day and the time.
bool append_moment(std::string& out, std::int64_t microseconds, char between) {
  if (append_infinity(out, microseconds)) return false;
  std::int64_t days = microseconds / kMicrosPerDay;
  std::int64_t rest = microseconds % kMicrosPerDay;
  if (rest < 0) {
    rest += kMicrosPerDay;
    --days;
  }
  append_day(out, days);
  out += between;
  append_clock(out, rest);
  return true;
}

template <typename T>
void append_number(std::string& out, T value) {
  std::array<char, kMaxNumberText> digits;
  out.append(digits.data(), write_number(digits.data(), value));
}

// Exactly `count` digits from `at`; nothing otherwise.
std::optional<unsigned> read_digits(std::string_view text, std::size_t at, std::size_t count) noexcept {
  if (text.size() < at + count) return std::nullopt;
  unsigned value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

bool is_leap(unsigned year) noexcept {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

unsigned days_in_month(unsigned year, unsigned month) noexcept {
  static constexpr std::array<unsigned, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void append_text(std::string& out, Date value) {
  if (!append_infinity(out, value.days)) append_day(out, value.days);
}

void append_text(std::string& out, Time value) {
  append_clock(out, value.microseconds);
}

void append_text(std::string& out, Timestamp value) {
  append_moment(out, value.microseconds, ' ');
}

void append_text(std::string& out, TimestampTz value) {
  if (append_moment(out, value.microseconds, 'T')) out += 'Z';
}

void append_text(std::string& out, Interval value) {
  if (value == Interval{}) {
    out += "PT0S";
    return;
  }
  const auto part = [&out](std::int64_t count, char unit) {
    if (count == 0) return;
    out += std::to_string(count);
    out += unit;
  };
  out += 'P';
  part(value.months / 12, 'Y');
  part(value.months % 12, 'M');
  part(value.days, 'D');
  if (value.nanoseconds == 0) return;
  out += 'T';
  constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
  const std::int64_t seconds = value.nanoseconds / kNanosPerSecond;
  const std::int64_t fraction = value.nanoseconds % kNanosPerSecond;
  part(seconds / 3'600, 'H');
  part(seconds / 60 % 60, 'M');
  if (seconds % 60 == 0 && fraction == 0) return;
  if (value.nanoseconds < 0) out += '-';
  out += std::to_string(std::abs(seconds % 60));
  if (fraction != 0) {
    out += '.';
    append_padded(out, static_cast<std::uint64_t>(std::abs(fraction)), 9);
    while (out.back() == '0')
      out.pop_back();
  }
  out += 'S';
}

void append_text(std::string& out, const Uuid& value) {
  for (std::size_t i = 0; i < value.bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    const auto byte = std::to_integer<unsigned>(value.bytes[i]);
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
  }
}

void append_text(std::string& out, std::span<const std::byte> value) {
  out += "\\x";
  out.reserve(out.size() + value.size() * 2);
  for (const std::byte byte : value) {
    out += kHexDigits[std::to_integer<unsigned>(byte) >> 4];
    out += kHexDigits[std::to_integer<unsigned>(byte) & 15];
  }
}

void append_text(std::string& out, double value) {
  append_number(out, value);
}
void append_text(std::string& out, float value) {
  append_number(out, value);
}

std::optional<Date> parse_date(std::string_view text) noexcept {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = read_digits(text, 0, 4);
  const auto month = read_digits(text, 5, 2);
  const auto day = read_digits(text, 8, 2);
  if (!year || !month || !day) return std::nullopt;
  if (*month < 1 || *month > 12 || *day < 1 || *day > days_in_month(*year, *month)) return std::nullopt;
  return Date{static_cast<std::int32_t>(days_from_civil(*year, *month, *day))};
}

std::optional<Time> parse_time(std::string_view text) noexcept {
  if (text.size() < 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto hour = read_digits(text, 0, 2);
  const auto minute = read_digits(text, 3, 2);
  const auto second = read_digits(text, 6, 2);
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  std::int64_t fraction = 0;
  if (text.size() > 8) {
    const std::size_t digits = text.size() - 9;
    if (text[8] != '.' || digits < 1 || digits > 6) return std::nullopt;
    const auto value = read_digits(text, 9, digits);
    if (!value) return std::nullopt;
    fraction = *value;
    for (std::size_t i = digits; i < 6; ++i)
      fraction *= 10;
  }
  const std::int64_t seconds = std::int64_t{*hour} * 3'600 + std::int64_t{*minute} * 60 + *second;
  return Time{seconds * kMicrosPerSecond + fraction};
}

std::optional<Timestamp> parse_timestamp(std::string_view text) noexcept {
  if (text.size() < 19 || (text[10] != ' ' && text[10] != 'T')) return std::nullopt;
  const auto date = parse_date(text.substr(0, 10));
  const auto time = parse_time(text.substr(11));
  if (!date || !time) return std::nullopt;
  return Timestamp{date->days * kMicrosPerDay + time->microseconds};
}

std::optional<Uuid> parse_uuid(std::string_view text) noexcept {
  if (text.size() != 36) return std::nullopt;
  Uuid uuid;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = hex_value(text[i]);
    if (value < 0) return std::nullopt;
    std::byte& byte = uuid.bytes[digits / 2];
    byte = (byte << 4) | static_cast<std::byte>(value);
    ++digits;
  }
  return uuid;
}

}  // namespace penstock
