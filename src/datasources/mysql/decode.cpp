#include "datasources/mysql/decode.hpp"

#include <bit>
#include <chrono>
#include <cstdio>

#include "penstock/utf8.hpp"

#include "datasources/mysql/wire.hpp"

namespace penstock::mysql {

namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

template <std::integral T>
T number(std::string_view bytes) noexcept {
  return from_little_endian<T>(bytes);
}

ColumnBuilder& as(ColumnBuilder& into, TypeId type) {
  return into.type().id == TypeId::variant ? into.alternative(type) : into;
}

// For a value that is not of the column's own type.
ColumnBuilder& as_other(ColumnBuilder& into, TypeId type) {
  if (into.type().id != TypeId::variant) into.widen_to_variant();
  return into.alternative(type);
}

// What DATE, DATETIME and TIMESTAMP are sent as.
struct Moment {
  unsigned year = 0;
  unsigned month = 0;
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  std::uint32_t microsecond = 0;

  [[nodiscard]] std::int64_t time() const noexcept {
    return ((hour * 60LL + minute) * 60 + second) * kSecond + microsecond;
  }
  [[nodiscard]] std::optional<std::int32_t> days() const noexcept {
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                           std::chrono::month(month), std::chrono::day(day)};
    if (!date.ok()) return std::nullopt;
    return static_cast<std::int32_t>(std::chrono::sys_days(date).time_since_epoch().count());
  }
  [[nodiscard]] std::string text(bool with_time) const {
    char buffer[40];
    int length = std::snprintf(buffer, sizeof buffer, "%04u-%02u-%02u", year, month, day);
    if (with_time) {
      length += std::snprintf(buffer + length, sizeof buffer - static_cast<std::size_t>(length),
                              " %02u:%02u:%02u", hour, minute, second);
    }
    if (with_time && microsecond != 0) {
      length += std::snprintf(buffer + length, sizeof buffer - static_cast<std::size_t>(length), ".%06u",
                              static_cast<unsigned>(microsecond));
    }
    return {buffer, static_cast<std::size_t>(length)};
  }
};

// Of 0, 4, 7 or 11 bytes; what is not sent is zero.
std::optional<Moment> read_moment(std::string_view bytes) noexcept {
  Moment moment;
  const std::size_t size = bytes.size();
  if (size != 0 && size != 4 && size != 7 && size != 11) return std::nullopt;
  if (size >= 4) {
    moment.year = number<std::uint16_t>(bytes);
    moment.month = number<std::uint8_t>(bytes.substr(2));
    moment.day = number<std::uint8_t>(bytes.substr(3));
  }
  if (size >= 7) {
    moment.hour = number<std::uint8_t>(bytes.substr(4));
    moment.minute = number<std::uint8_t>(bytes.substr(5));
    moment.second = number<std::uint8_t>(bytes.substr(6));
  }
  if (size == 11) moment.microsecond = number<std::uint32_t>(bytes.substr(7));
  const bool fits =
      moment.hour < 24 && moment.minute < 60 && moment.second < 60 && moment.microsecond < kSecond;
  return fits ? std::optional(moment) : std::nullopt;
}

bool append_date(std::string_view bytes, ColumnBuilder& into) {
  const auto moment = read_moment(bytes);
  if (!moment) return false;
  if (const auto days = moment->days()) {
    as(into, TypeId::date).append_date(Date{*days});
  } else {
    as_other(into, TypeId::string).append_string(moment->text(false));
  }
  return true;
}

bool append_datetime(const Codec& codec, std::string_view bytes, ColumnBuilder& into) {
  const auto moment = read_moment(bytes);
  if (!moment) return false;
  const auto days = moment->days();
  if (!days) {
    as_other(into, TypeId::string).append_string(moment->text(true));
    return true;
  }
  const std::int64_t microseconds = *days * kDay + moment->time();
  if (codec.type.id == TypeId::timestamp_tz) {
    as(into, TypeId::timestamp_tz).append_timestamp_tz(TimestampTz{microseconds});
  } else {
    as(into, TypeId::timestamp).append_timestamp(Timestamp{microseconds});
  }
  return true;
}

// Of 0, 8 or 12 bytes: a sign, days, hours, minutes, seconds, microseconds.
bool append_time(std::string_view bytes, ColumnBuilder& into) {
  std::int64_t microseconds = 0;
  bool negative = false;
  if (!bytes.empty() && bytes.size() != 8 && bytes.size() != 12) return false;
  if (bytes.size() >= 8) {
    negative = bytes.front() != '\0';
    const std::int64_t days = number<std::uint32_t>(bytes.substr(1));
    const std::int64_t hours = days * 24 + number<std::uint8_t>(bytes.substr(5));
    const std::int64_t seconds =
        (hours * 60 + number<std::uint8_t>(bytes.substr(6))) * 60 + number<std::uint8_t>(bytes.substr(7));
    microseconds = seconds * kSecond;
  }
  if (bytes.size() == 12) microseconds += number<std::uint32_t>(bytes.substr(8));
  constexpr std::int64_t kMost = 1'000LL * 3'600 * kSecond;  // TIME ends at 838:59:59
  if (microseconds > kMost) return false;
  if (!negative && microseconds < kDay) {
    as(into, TypeId::time).append_time(Time{microseconds});
  } else {
    const std::int64_t sign = negative ? -1 : 1;
    as_other(into, TypeId::interval).append_interval(Interval{.nanoseconds = sign * microseconds * 1'000});
  }
  return true;
}

bool append_bit(std::string_view bytes, ColumnBuilder& into) {
  if (bytes.size() > sizeof(std::uint64_t)) return false;
  std::uint64_t value = 0;
  for (const char byte : bytes)
    value = (value << 8U) | static_cast<unsigned char>(byte);
  into.append_uint64(value);
  return true;
}

bool append_text(std::string_view bytes, ColumnBuilder& into) {
  if (!is_valid_utf8(bytes)) return false;
  into.append_string(bytes);
  return true;
}

bool append_uuid(std::string_view bytes, ColumnBuilder& into) {
  const auto uuid = parse_uuid(bytes);
  if (uuid) into.append_uuid(*uuid);
  return uuid.has_value();
}

bool append_geometry(std::string_view bytes, ColumnBuilder& into) {
  const auto text = geometry_text(bytes);
  if (text) into.append_string(*text);
  return text.has_value();
}

}  // namespace

bool append_value(const Codec& codec, std::string_view bytes, ColumnBuilder& into) {
  switch (codec.wire) {
    case Wire::int8:
      return into.append_int64(number<std::int8_t>(bytes)), true;
    case Wire::int16:
      return into.append_int64(number<std::int16_t>(bytes)), true;
    case Wire::int32:
      return into.append_int64(number<std::int32_t>(bytes)), true;
    case Wire::int64:
      return into.append_int64(number<std::int64_t>(bytes)), true;
    case Wire::uint8:
      return into.append_int64(number<std::uint8_t>(bytes)), true;
    case Wire::uint16:
      return into.append_int64(number<std::uint16_t>(bytes)), true;
    case Wire::uint32:
      return into.append_int64(number<std::uint32_t>(bytes)), true;
    case Wire::uint64:
      return into.append_uint64(number<std::uint64_t>(bytes)), true;
    case Wire::float32:
      return into.append_float32(std::bit_cast<float>(number<std::uint32_t>(bytes))), true;
    case Wire::float64:
      return into.append_float64(std::bit_cast<double>(number<std::uint64_t>(bytes))), true;
    case Wire::text:
      return append_text(bytes, into);
    case Wire::bytes:
      return into.append_bytes({reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()}), true;
    case Wire::uuid:
      return append_uuid(bytes, into);
    case Wire::bit:
      return append_bit(bytes, into);
    case Wire::date:
      return append_date(bytes, into);
    case Wire::datetime:
      return append_datetime(codec, bytes, into);
    case Wire::time:
      return append_time(bytes, into);
    case Wire::geometry:
      return append_geometry(bytes, into);
    case Wire::null:
      break;
  }
  return false;
}

}  // namespace penstock::mysql
