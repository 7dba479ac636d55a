#include "datasources/mysql/types.hpp"

#include <algorithm>
#include <array>

#include "datasources/mysql/wire.hpp"

namespace penstock::mysql {

namespace {

// The protocol's numbers of types (enum_field_types).
enum : std::uint8_t {
  kTiny = 1,
  kShort = 2,
  kLong = 3,
  kFloat = 4,
  kDouble = 5,
  kNull = 6,
  kTimestamp = 7,
  kLongLong = 8,
  kInt24 = 9,
  kDate = 10,
  kTime = 11,
  kDatetime = 12,
  kYear = 13,
  kNewDate = 14,
  kBit = 16,
  kJson = 245,
  kNewDecimal = 246,
  kEnum = 247,
  kSet = 248,
  kTinyBlob = 249,
  kMediumBlob = 250,
  kLongBlob = 251,
  kBlob = 252,
  kGeometry = 255,
};
constexpr std::uint8_t kOldDecimal = 0;
constexpr std::uint16_t kUnsigned = 32;
constexpr std::uint16_t kNotNull = 1;
constexpr std::uint16_t kIsEnum = 256;
constexpr std::uint16_t kIsSet = 2048;
constexpr std::uint16_t kBinaryCharset = 63;

struct Description {
  std::string_view table;  // empty: an expression
  std::string_view name;
  std::string_view extended_type;  // "uuid", "inet6", "point"; of MariaDB
  std::string_view format;         // "json"; of MariaDB
  std::uint16_t charset = 0;
  std::uint32_t length = 0;
  std::uint8_t type = 0;
  std::uint16_t flags = 0;
  std::uint8_t decimals = 0;

  [[nodiscard]] bool is_unsigned() const noexcept { return (flags & kUnsigned) != 0; }
  [[nodiscard]] bool is_binary() const noexcept { return charset == kBinaryCharset; }
};

// MariaDB's further words on a type: pairs of a kind and a text.
void read_extended(std::string_view bytes, Description& into) {
  WireReader all(bytes);
  WireReader pairs(all.take_text().value_or(std::string_view()));
  while (const auto kind = pairs.take<std::uint8_t>()) {
    const auto text = pairs.take_text();
    if (!text) return;
    if (*kind == 0) into.extended_type = *text;
    if (*kind == 1) into.format = *text;
  }
}

std::optional<Description> describe(std::string_view payload) {
  Description out;
  WireReader reader(payload);
  const auto skip = [&] { return reader.take_text().has_value(); };
  if (!skip() || !skip() || !skip()) return std::nullopt;  // catalogue, database, alias
  const auto table = reader.take_text();
  const auto name = reader.take_text();
  if (!table || !name || !skip()) return std::nullopt;
  out.table = *table;
  out.name = *name;
  constexpr std::size_t kFixed = 13;
  if (reader.rest().size() < kFixed) return std::nullopt;
  read_extended(reader.rest().substr(0, reader.rest().size() - kFixed), out);
  WireReader fixed(reader.rest().substr(reader.rest().size() - kFixed + 1));
  out.charset = *fixed.take<std::uint16_t>();
  out.length = *fixed.take<std::uint32_t>();
  out.type = *fixed.take<std::uint8_t>();
  out.flags = *fixed.take<std::uint16_t>();
  out.decimals = *fixed.take<std::uint8_t>();
  return out;
}

Codec integer(Wire with_sign, Wire without_sign, bool is_unsigned) {
  return {is_unsigned ? without_sign : with_sign, TypeId::int64};
}

Codec text_codec(const Description& column) {
  if (column.format == "json" || column.type == kJson) return {Wire::text, TypeId::json};
  if (column.extended_type == "uuid") return {Wire::uuid, TypeId::uuid};
  if (column.extended_type.starts_with("inet")) return {Wire::text, TypeId::string};
  const bool named = (column.flags & (kIsEnum | kIsSet)) != 0;
  if (column.is_binary() && !named) return {Wire::bytes, TypeId::bytes};
  return {Wire::text, TypeId::string};
}

Codec codec_of(const Description& column) {
  const bool is_unsigned = column.is_unsigned();
  switch (column.type) {
    case kNull:
      return {Wire::null, TypeId::null};
    case kTiny:
      return integer(Wire::int8, Wire::uint8, is_unsigned);
    case kShort:
      return integer(Wire::int16, Wire::uint16, is_unsigned);
    case kYear:
      return {Wire::uint16, TypeId::int64};
    case kLong:
    case kInt24:
      return integer(Wire::int32, Wire::uint32, is_unsigned);
    case kLongLong:
      if (is_unsigned) return {Wire::uint64, TypeId::uint64};
      return {Wire::int64, TypeId::int64};
    case kFloat:
      return {Wire::float32, TypeId::float32};
    case kDouble:
      return {Wire::float64, TypeId::float64};
    case kOldDecimal:
    case kNewDecimal:
      return {Wire::text, TypeId::decimal};
    case kDate:
    case kNewDate:
      return {Wire::date, TypeId::date};
    case kTime:
      return {Wire::time, TypeId::time};
    case kDatetime:
      return {Wire::datetime, TypeId::timestamp};
    case kTimestamp:
      return {Wire::datetime, TypeId::timestamp_tz};
    case kBit:
      return {Wire::bit, TypeId::uint64};
    case kGeometry:
      return {Wire::geometry, TypeId::string};
    default:
      return text_codec(column);
  }
}

std::string sized(std::string_view name, std::uint64_t size) {
  return std::string(name) + "(" + std::to_string(size) + ")";
}

std::string text_name(const Description& column) {
  // Lengths are in bytes, and a character of utf8mb4 has four at most.
  constexpr std::uint32_t kBytes = 4;
  const bool binary = column.is_binary();
  switch (column.type) {
    case kTinyBlob:
    case kMediumBlob:
    case kLongBlob:
    case kBlob: {
      constexpr std::array<std::uint32_t, 3> kEnds{255, 65'535, 16'777'215};
      const auto size =
          std::ranges::lower_bound(
              kEnds, binary || column.length == UINT32_MAX ? column.length : column.length / kBytes) -
          kEnds.begin();
      constexpr std::array<std::string_view, 4> kSizes{"tiny", "", "medium", "long"};
      return std::string(kSizes[static_cast<std::size_t>(size)]) + (binary ? "blob" : "text");
    }
    case 254:  // fixed length
      return binary ? sized("binary", column.length) : sized("char", column.length / kBytes);
    default:
      return binary ? sized("varbinary", column.length) : sized("varchar", column.length / kBytes);
  }
}

// As SHOW COLUMNS would have it, as far as the protocol tells.
std::string native_name(const Description& column) {
  if (column.format == "json" || column.type == kJson) return "json";
  if (!column.extended_type.empty()) return std::string(column.extended_type);
  if ((column.flags & kIsEnum) != 0) return "enum";
  if ((column.flags & kIsSet) != 0) return "set";
  const std::string sign = column.is_unsigned() ? " unsigned" : "";
  const auto fraction = [&](std::string_view name) {
    return column.decimals == 0 ? std::string(name) : sized(name, column.decimals);
  };
  switch (column.type) {
    case kTiny:
      return "tinyint" + sign;
    case kShort:
      return "smallint" + sign;
    case kInt24:
      return "mediumint" + sign;
    case kLong:
      return "int" + sign;
    case kLongLong:
      return "bigint" + sign;
    case kYear:
      return "year";
    case kFloat:
      return "float" + sign;
    case kDouble:
      return "double" + sign;
    case kOldDecimal:
    case kNewDecimal: {
      const std::uint32_t marks = (column.decimals > 0 ? 1U : 0U) + (column.is_unsigned() ? 0U : 1U);
      return "decimal(" + std::to_string(column.length - std::min(column.length, marks)) + "," +
             std::to_string(column.decimals) + ")" + sign;
    }
    case kDate:
    case kNewDate:
      return "date";
    case kTime:
      return fraction("time");
    case kDatetime:
      return fraction("datetime");
    case kTimestamp:
      return fraction("timestamp");
    case kBit:
      return sized("bit", column.length);
    case kGeometry:
      return "geometry";
    default:
      return text_name(column);
  }
}

}  // namespace

std::optional<Column> read_column(std::string_view payload) {
  const auto description = describe(payload);
  if (!description) return std::nullopt;
  Column column;
  column.codec = codec_of(*description);
  column.field.name = description->name;
  column.field.type = column.codec.type;
  column.field.nullable = (description->flags & kNotNull) == 0;
  if (!description->table.empty()) column.field.native_type = native_name(*description);
  return column;
}

std::uint8_t width_of(Wire wire) noexcept {
  switch (wire) {
    case Wire::int8:
    case Wire::uint8:
      return 1;
    case Wire::int16:
    case Wire::uint16:
      return 2;
    case Wire::int32:
    case Wire::uint32:
    case Wire::float32:
      return 4;
    case Wire::int64:
    case Wire::uint64:
    case Wire::float64:
      return 8;
    default:
      return 0;
  }
}

DataType type_of(std::string_view data_type, std::string_view column_type, bool is_json) {
  struct Known {
    std::string_view name;
    TypeId type;
  };
  constexpr std::array kKnown{
      Known{"tinyint", TypeId::int64},      Known{"smallint", TypeId::int64},
      Known{"mediumint", TypeId::int64},    Known{"int", TypeId::int64},
      Known{"year", TypeId::int64},         Known{"float", TypeId::float32},
      Known{"double", TypeId::float64},     Known{"decimal", TypeId::decimal},
      Known{"date", TypeId::date},          Known{"time", TypeId::time},
      Known{"datetime", TypeId::timestamp}, Known{"timestamp", TypeId::timestamp_tz},
      Known{"bit", TypeId::uint64},         Known{"json", TypeId::json},
      Known{"uuid", TypeId::uuid},          Known{"binary", TypeId::bytes},
      Known{"varbinary", TypeId::bytes},    Known{"tinyblob", TypeId::bytes},
      Known{"blob", TypeId::bytes},         Known{"mediumblob", TypeId::bytes},
      Known{"longblob", TypeId::bytes},
  };
  if (is_json) return TypeId::json;
  if (data_type == "bigint")
    return column_type.find("unsigned") == column_type.npos ? TypeId::int64 : TypeId::uint64;
  const auto found = std::ranges::find(kKnown, data_type, &Known::name);
  return found == kKnown.end() ? TypeId::string : found->type;
}

}  // namespace penstock::mysql
