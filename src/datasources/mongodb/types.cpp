#include "datasources/mongodb/types.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "datasources/mongodb/bson.hpp"

namespace penstock::mongodb {

namespace {

struct Binary {
  bson_subtype_t subtype = BSON_SUBTYPE_BINARY;
  std::span<const std::byte> bytes;
};

Binary binary_at(const bson_iter_t& value) noexcept {
  Binary out;
  std::uint32_t length = 0;
  const std::uint8_t* data = nullptr;
  bson_iter_binary(&value, &out.subtype, &length, &data);
  out.bytes = {reinterpret_cast<const std::byte*>(data), length};
  return out;
}

TypeId binary_type(const bson_iter_t& value) noexcept {
  const Binary binary = binary_at(value);
  if (binary.subtype == BSON_SUBTYPE_UUID && binary.bytes.size() == sizeof(Uuid::bytes)) return TypeId::uuid;
  const bool plain =
      binary.subtype == BSON_SUBTYPE_BINARY || binary.subtype == BSON_SUBTYPE_BINARY_DEPRECATED;
  return plain ? TypeId::bytes : TypeId::json;
}

// A BSON date may lie beyond what microseconds in 64 bits reach.
bool is_representable(std::int64_t milliseconds) noexcept {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 1'000 - 1;
  return milliseconds >= -kMost && milliseconds <= kMost;
}

}  // namespace

TypeId type_of(const bson_iter_t& value) noexcept {
  switch (bson_iter_type(&value)) {
    case BSON_TYPE_BOOL:
      return TypeId::boolean;
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
      return TypeId::int64;
    case BSON_TYPE_DOUBLE:
      return TypeId::float64;
    case BSON_TYPE_DECIMAL128:
      return TypeId::decimal;
    case BSON_TYPE_UTF8:
    case BSON_TYPE_OID:
      return TypeId::string;
    case BSON_TYPE_DATE_TIME:
      return is_representable(bson_iter_date_time(&value)) ? TypeId::timestamp_tz : TypeId::json;
    case BSON_TYPE_BINARY:
      return binary_type(value);
    default:
      return TypeId::json;
  }
}

std::string_view native_type(const bson_iter_t& value) noexcept {
  switch (bson_iter_type(&value)) {
    case BSON_TYPE_DOUBLE:
      return "double";
    case BSON_TYPE_UTF8:
      return "string";
    case BSON_TYPE_DOCUMENT:
      return "object";
    case BSON_TYPE_ARRAY:
      return "array";
    case BSON_TYPE_BINARY:
      return "binData";
    case BSON_TYPE_UNDEFINED:
      return "undefined";
    case BSON_TYPE_OID:
      return "objectId";
    case BSON_TYPE_BOOL:
      return "bool";
    case BSON_TYPE_DATE_TIME:
      return "date";
    case BSON_TYPE_NULL:
      return "null";
    case BSON_TYPE_REGEX:
      return "regex";
    case BSON_TYPE_DBPOINTER:
      return "dbPointer";
    case BSON_TYPE_CODE:
      return "javascript";
    case BSON_TYPE_SYMBOL:
      return "symbol";
    case BSON_TYPE_CODEWSCOPE:
      return "javascriptWithScope";
    case BSON_TYPE_INT32:
      return "int";
    case BSON_TYPE_TIMESTAMP:
      return "timestamp";
    case BSON_TYPE_INT64:
      return "long";
    case BSON_TYPE_DECIMAL128:
      return "decimal";
    case BSON_TYPE_MINKEY:
      return "minKey";
    case BSON_TYPE_MAXKEY:
      return "maxKey";
    default:
      return "unknown";
  }
}

std::span<const std::byte> bytes_of(const bson_iter_t& value) noexcept {
  return binary_at(value).bytes;
}

void append_scalar(ColumnBuilder& builder, const bson_iter_t& value) {
  switch (bson_iter_type(&value)) {
    case BSON_TYPE_BOOL:
      return builder.append_bool(bson_iter_bool(&value));
    case BSON_TYPE_INT32:
      return builder.append_int64(bson_iter_int32(&value));
    case BSON_TYPE_INT64:
      return builder.append_int64(bson_iter_int64(&value));
    case BSON_TYPE_DOUBLE:
      return builder.append_float64(bson_iter_double(&value));
    case BSON_TYPE_DATE_TIME:
      return builder.append_timestamp_tz(TimestampTz{bson_iter_date_time(&value) * 1'000});
    case BSON_TYPE_DECIMAL128: {
      bson_decimal128_t number;
      bson_iter_decimal128(&value, &number);
      return builder.append_string(plain_digits(number));
    }
    case BSON_TYPE_BINARY: {
      const Binary binary = binary_at(value);
      if (binary.subtype != BSON_SUBTYPE_UUID) return builder.append_bytes(binary.bytes);
      Uuid uuid;
      std::memcpy(uuid.bytes.data(), binary.bytes.data(), std::min(uuid.bytes.size(), binary.bytes.size()));
      return builder.append_uuid(uuid);
    }
    default:
      return builder.append_null();
  }
}

}  // namespace penstock::mongodb
