#include "datasources/postgresql/decode.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <sys/socket.h>

#include "penstock/utf8.hpp"

#include "core/list_json.hpp"
#include "datasources/postgresql/geometry.hpp"
#include "datasources/postgresql/wire.hpp"

namespace penstock::postgresql::decode {

namespace {

// PostgreSQL counts from 2000-01-01, Arrow from 1970-01-01.
constexpr std::int32_t kEpochDays = 10'957;
constexpr std::int64_t kEpochMicroseconds = std::int64_t{kEpochDays} * 86'400'000'000;

// One fixed-width number, and nothing behind it.
template <typename T>
std::optional<T> whole(std::string_view bytes) noexcept {
  if (bytes.size() != sizeof(T)) return std::nullopt;
  return from_big_endian<T>(&bytes.front());
}

// Both ends of the representation are infinity, on both sides.
template <typename T>
std::optional<T> shifted(T value, T by) noexcept {
  if (value == std::numeric_limits<T>::max() || value == std::numeric_limits<T>::min()) return value;
  T moved;
  if (__builtin_add_overflow(value, by, &moved)) return std::nullopt;
  if (moved == std::numeric_limits<T>::max()) return std::nullopt;
  return moved;
}

void append_hex(std::string& out, std::uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

}  // namespace

bool boolean(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  if (bytes.size() != 1) return false;
  column.append_bool(bytes.front() != 0);
  return true;
}

bool int2(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  const auto value = whole<std::int16_t>(bytes);
  if (value) column.append_int64(*value);
  return value.has_value();
}

bool int4(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  const auto value = whole<std::int32_t>(bytes);
  if (value) column.append_int64(*value);
  return value.has_value();
}

bool int8(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  const auto value = whole<std::int64_t>(bytes);
  if (value) column.append_int64(*value);
  return value.has_value();
}

bool uint4(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  const auto value = whole<std::uint32_t>(bytes);
  if (value) column.append_int64(*value);
  return value.has_value();
}

bool uint8(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  const auto value = whole<std::uint64_t>(bytes);
  if (value) column.append_uint64(*value);
  return value.has_value();
}

bool float4(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  const auto value = whole<float>(bytes);
  if (value) column.append_float32(*value);
  return value.has_value();
}

bool float8(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  const auto value = whole<double>(bytes);
  if (value) column.append_float64(*value);
  return value.has_value();
}

bool numeric(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  thread_local std::string digits;
  digits.clear();
  if (!append_numeric(digits, bytes)) return false;
  column.append_string(digits);
  return true;
}

bool money(const Codec& codec, std::string_view bytes, ColumnBuilder& column) {
  const auto value = whole<std::int64_t>(bytes);
  if (!value) return false;
  const std::uint64_t magnitude =
      *value < 0 ? ~static_cast<std::uint64_t>(*value) + 1 : static_cast<std::uint64_t>(*value);
  std::string digits = std::to_string(magnitude);
  const auto scale = static_cast<std::size_t>(codec.scale);
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - scale, 1, '.');
  if (*value < 0) digits.insert(0, 1, '-');
  column.append_string(digits);
  return true;
}

// A server whose own encoding is SQL_ASCII sends whatever was stored.
bool text(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  if (!is_valid_utf8(bytes)) return false;
  column.append_string(bytes);
  return true;
}

// "char" is one byte, zero for the empty text; beyond ASCII it is written in octal, as charout() does.
bool single_char(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  if (bytes.size() != 1) return false;
  const auto byte = static_cast<unsigned char>(bytes.front());
  if (byte < 0x80) {
    column.append_string(byte == 0 ? std::string_view() : bytes);
    return true;
  }
  const std::array<char, 4> octal{'\\', static_cast<char>('0' + (byte >> 6)),
                                  static_cast<char>('0' + (byte >> 3 & 7)),
                                  static_cast<char>('0' + (byte & 7))};
  column.append_string({octal.data(), octal.size()});
  return true;
}

bool bytes(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  column.append_bytes(std::as_bytes(std::span(bytes)));
  return true;
}

bool date(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  const auto value = whole<std::int32_t>(bytes);
  const auto days = value ? shifted(*value, kEpochDays) : std::nullopt;
  if (days) column.append_date(Date{*days});
  return days.has_value();
}

bool time(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  const auto value = whole<std::int64_t>(bytes);
  if (value) column.append_time(Time{*value});
  return value.has_value();
}

bool time_tz(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  WireReader reader(bytes);
  const auto microseconds = reader.take<std::int64_t>();
  const auto west = reader.take<std::int32_t>();  // seconds west of Greenwich
  if (!microseconds || !west || !reader.empty()) return false;
  std::string out;
  append_text(out, Time{*microseconds});
  const int east = -*west;
  const int seconds = std::abs(east);
  out += east < 0 ? '-' : '+';
  const auto two = [&out](int value) {
    out += static_cast<char>('0' + value / 10);
    out += static_cast<char>('0' + value % 10);
  };
  two(seconds / 3'600);
  if (seconds % 3'600 != 0) out += ':', two(seconds / 60 % 60);
  if (seconds % 60 != 0) out += ':', two(seconds % 60);
  column.append_string(out);
  return true;
}

bool timestamp(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  const auto value = whole<std::int64_t>(bytes);
  const auto microseconds = value ? shifted(*value, kEpochMicroseconds) : std::nullopt;
  if (microseconds) column.append_timestamp(Timestamp{*microseconds});
  return microseconds.has_value();
}

bool timestamp_tz(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  const auto value = whole<std::int64_t>(bytes);
  const auto microseconds = value ? shifted(*value, kEpochMicroseconds) : std::nullopt;
  if (microseconds) column.append_timestamp_tz(TimestampTz{*microseconds});
  return microseconds.has_value();
}

bool interval(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  WireReader reader(bytes);
  const auto microseconds = reader.take<std::int64_t>();
  const auto days = reader.take<std::int32_t>();
  const auto months = reader.take<std::int32_t>();
  if (!microseconds || !days || !months || !reader.empty()) return false;
  std::int64_t nanoseconds = 0;
  if (__builtin_mul_overflow(*microseconds, std::int64_t{1'000}, &nanoseconds)) return false;
  column.append_interval(Interval{*months, *days, nanoseconds});
  return true;
}

bool uuid(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  Uuid value;
  if (bytes.size() != value.bytes.size()) return false;
  std::memcpy(value.bytes.data(), bytes.data(), bytes.size());
  column.append_uuid(value);
  return true;
}

// jsonb_send(): a version, 1, and the text.
bool jsonb(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  if (bytes.empty() || bytes.front() != 1 || !is_valid_utf8(bytes.substr(1))) return false;
  column.append_string(bytes.substr(1));
  return true;
}

bool bits(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  WireReader reader(bytes);
  const auto count = reader.take<std::int32_t>();
  if (!count || *count < 0 || reader.rest().size() != (static_cast<std::size_t>(*count) + 7) / 8)
    return false;
  std::string out;
  out.reserve(static_cast<std::size_t>(*count));
  for (std::size_t i = 0; i < static_cast<std::size_t>(*count); ++i) {
    const auto byte = static_cast<unsigned char>(reader.rest()[i / 8]);
    out += (byte >> (7 - i % 8) & 1U) != 0 ? '1' : '0';
  }
  column.append_string(out);
  return true;
}

// network_send(): family (2 or 3), bits of the mask, whether it is a cidr, length, address.
bool network_address(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  if (bytes.size() < 4) return false;
  constexpr char kIPv4 = 2;
  const bool is_ipv4 = bytes[0] == kIPv4;
  const auto mask = static_cast<unsigned char>(bytes[1]);
  const bool is_cidr = bytes[2] != 0;
  const std::string_view address = bytes.substr(4);
  if (address.size() != (is_ipv4 ? 4U : 16U)) return false;
  std::array<char, INET6_ADDRSTRLEN> printed{};
  if (inet_ntop(is_ipv4 ? AF_INET : AF_INET6, address.data(), printed.data(), printed.size()) == nullptr)
    return false;
  std::string out = printed.data();
  if (is_cidr || mask != (is_ipv4 ? 32 : 128)) out.append("/").append(std::to_string(mask));
  column.append_string(out);
  return true;
}

bool mac_address(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  if (bytes.size() != 6 && bytes.size() != 8) return false;
  std::string out;
  for (const char byte : bytes) {
    if (!out.empty()) out += ':';
    append_hex(out, static_cast<std::uint8_t>(byte));
  }
  column.append_string(out);
  return true;
}

bool tuple_id(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  WireReader reader(bytes);
  const auto block = reader.take<std::uint32_t>();
  const auto offset = reader.take<std::uint16_t>();
  if (!block || !offset || !reader.empty()) return false;
  std::string out("(");
  out.append(std::to_string(*block)).append(",").append(std::to_string(*offset)).append(")");
  column.append_string(out);
  return true;
}

bool log_position(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  const auto value = whole<std::uint64_t>(bytes);
  if (!value) return false;
  std::array<char, 32> printed{};
  const int length =
      std::snprintf(printed.data(), printed.size(), "%X/%X", static_cast<unsigned>(*value >> 32),
                    static_cast<unsigned>(*value & 0xFFFF'FFFFU));
  column.append_string({printed.data(), static_cast<std::size_t>(length)});
  return true;
}

bool geometry(const Codec&, std::string_view bytes, ColumnBuilder& column) {
  thread_local std::string text;
  text.clear();
  if (!append_geometry(text, bytes)) return false;
  column.append_string(text);
  return true;
}

namespace {

// PostgreSQL's MAXDIM.
constexpr std::int32_t kMaxDimensions = 6;

// array_send(): dimensions, whether there are nulls, the elements' type, and each dimension's length and
// lower bound; nothing when it is malformed. Then come the elements, each with its length, -1 for null.
std::optional<std::vector<std::int32_t>> take_dimensions(WireReader& reader) {
  const auto count = reader.take<std::int32_t>();
  const auto has_nulls = reader.take<std::int32_t>();
  const auto element_type = reader.take<std::int32_t>();
  if (!count || !has_nulls || !element_type || *count < 0 || *count > kMaxDimensions) return std::nullopt;
  std::vector<std::int32_t> lengths;
  for (std::int32_t i = 0; i < *count; ++i) {
    const auto length = reader.take<std::int32_t>();
    const auto lower_bound = reader.take<std::int32_t>();
    if (!length || !lower_bound || *length < 0) return std::nullopt;
    lengths.push_back(*length);
  }
  return lengths;
}

bool append_element(const Codec& codec, WireReader& reader, ColumnBuilder& column) {
  const auto size = reader.take<std::int32_t>();
  if (!size) return false;
  if (*size < 0) {
    column.append_null();
    return true;
  }
  const auto element = reader.take_bytes(static_cast<std::size_t>(*size));
  return element && codec.append(codec, *element, column);
}

// The elements from `at` on, in as many brackets as there are dimensions left.
void append_brackets(std::string& out, std::span<const std::int32_t> lengths, const ArrayData& elements,
                     std::int64_t& at) {
  out += '[';
  for (std::int32_t i = 0; i < lengths.front(); ++i) {
    if (i != 0) out += ',';
    if (lengths.size() == 1) {
      append_json(out, elements, at++);
    } else {
      append_brackets(out, lengths.subspan(1), elements, at);
    }
  }
  out += ']';
}

}  // namespace

bool array(const Codec& codec, std::string_view bytes, ColumnBuilder& column) {
  WireReader reader(bytes);
  const auto lengths = take_dimensions(reader);
  if (!lengths || lengths->size() > 1) return false;
  for (std::int32_t left = lengths->empty() ? 0 : lengths->front(); left > 0; --left) {
    if (!append_element(*codec.element, reader, column.element())) return false;
  }
  column.end_list();
  return reader.empty();
}

bool nested_array(const Codec& codec, std::string_view bytes, ColumnBuilder& column) {
  WireReader reader(bytes);
  const auto lengths = take_dimensions(reader);
  if (!lengths) return false;
  ColumnBuilder elements(codec.element->type);
  while (!reader.empty()) {
    if (!append_element(*codec.element, reader, elements)) return false;
  }
  std::int64_t wanted = lengths->empty() ? 0 : 1;
  for (const std::int32_t length : *lengths) {
    if (__builtin_mul_overflow(wanted, length, &wanted)) return false;
  }
  if (elements.length() != wanted) return false;
  if (wanted == 0) {
    column.append_string("[]");
    return true;
  }
  std::vector<Buffer> storage;
  const ArrayData read = elements.finish(storage);
  std::string text;
  std::int64_t at = 0;
  append_brackets(text, *lengths, read, at);
  column.append_string(text);
  return true;
}

bool is_nested_array(std::string_view bytes) {
  return WireReader(bytes).take<std::int32_t>().value_or(0) > 1;
}

}  // namespace penstock::postgresql::decode
