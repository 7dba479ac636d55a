#include "datasources/duckdb/vector_reader.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "core/array_layout.hpp"
#include "datasources/duckdb/number_text.hpp"
#include "datasources/duckdb/own_statements.hpp"
#include "datasources/duckdb/vector_texts.hpp"

namespace penstock::duckdb {

namespace {

template <typename T>
using Ends = std::numeric_limits<T>;

// DuckDB's infinities are the highest value and its negative; a batch's are the highest and the lowest.
template <typename T>
constexpr T infinity_of(T value) noexcept {
  return value == -Ends<T>::max() ? Ends<T>::min() : value;
}

std::optional<std::int64_t> times(std::int64_t value, std::int64_t factor) noexcept {
  std::int64_t out = 0;
  if (__builtin_mul_overflow(value, factor, &out)) return std::nullopt;
  return out;
}

// Of a moment in units of `factor` microseconds.
std::optional<std::int64_t> moment(std::int64_t value, std::int64_t factor) noexcept {
  if (value == Ends<std::int64_t>::max() || value == -Ends<std::int64_t>::max()) return infinity_of(value);
  return times(value, factor);
}

std::optional<std::int64_t> microseconds(std::int64_t nanoseconds) noexcept {
  if (nanoseconds == Ends<std::int64_t>::max() || nanoseconds == -Ends<std::int64_t>::max())
    return infinity_of(nanoseconds);
  if (nanoseconds % 1'000 != 0) return std::nullopt;
  return nanoseconds / 1'000;
}

Int128 wide(const duckdb_hugeint& value) noexcept {
  return static_cast<Int128>((static_cast<UInt128>(static_cast<std::uint64_t>(value.upper)) << 64U) |
                             value.lower);
}

void append_two(std::string& out, int value) {
  out += static_cast<char>('0' + value / 10);
  out += static_cast<char>('0' + value % 10);
}

// "12:00:00.5+01:00", as DuckDB writes it.
void append_time_tz(std::string& out, const duckdb_time_tz_struct& value) {
  constexpr std::int64_t kSecond = 1'000'000;
  const std::int64_t micros =
      ((value.time.hour * 60LL + value.time.min) * 60 + value.time.sec) * kSecond + value.time.micros;
  append_text(out, Time{micros});
  const std::int32_t offset = std::abs(value.offset);
  out += value.offset < 0 ? '-' : '+';
  append_two(out, offset / 3'600);
  if (offset % 3'600 == 0) return;
  out += ':';
  append_two(out, offset / 60 % 60);
  if (offset % 60 == 0) return;
  out += ':';
  append_two(out, offset % 60);
}

// Most texts have a few bytes, for which a call takes longer than the copy: two overlapping pieces of one
// size are copied without.
template <std::size_t piece>
void copy_ends(std::byte* to, std::string_view text) noexcept {
  std::memcpy(to, text.data(), piece);
  std::memcpy(to + (text.size() - piece), text.data() + (text.size() - piece), piece);
}

void copy_text(std::byte* to, std::string_view text) noexcept {
  if (text.size() > 32 || text.size() < 4) {
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
  } else if (text.size() >= 16) {
    copy_ends<16>(to, text);
  } else if (text.size() >= 8) {
    copy_ends<8>(to, text);
  } else {
    copy_ends<4>(to, text);
  }
}

}  // namespace

std::unexpected<Error> VectorReader::too_large() const {
  return fail(ErrorCode::limit_exceeded, "a value of column `" + *column_ +
                                             "` is larger than a single value may be (" +
                                             std::to_string(max_value_bytes_) + " bytes)");
}

std::unexpected<Error> VectorReader::unfit(std::string_view why) const {
  return fail(ErrorCode::invalid_data, "a value of column `" + *column_ + "` " + std::string(why),
              "Cast it: CAST(" + *column_ + " AS VARCHAR).");
}

std::byte* VectorReader::room(std::size_t bytes) {
  Buffer buffer;
  buffer.reserve(std::max<std::size_t>(bytes, 8));
  storage_->push_back(std::move(buffer));
  return storage_->back().data();
}

Result<ArrayData> VectorReader::read(const ColumnType& type, duckdb_vector vector, std::int64_t from,
                                     std::int64_t count) {
  ArrayData array;
  array.type = type.type;
  array.length = count;
  const Slice slice{vector, static_cast<const std::byte*>(api_->vector_get_data(vector)), from, count};
  if (type.type.id == TypeId::null) {
    array.null_count = count;
    return array;
  }
  read_validity(array, slice);
  if (auto filled = fill(array, type, slice); !filled) return pass_error(filled);
  return array;
}

// Both sides have a bit a value, the least significant first.
void VectorReader::read_validity(ArrayData& array, const Slice& slice) {
  const std::uint64_t* mask = api_->vector_get_validity(slice.vector);
  if (mask == nullptr || slice.count == 0) return;
  const auto bytes = static_cast<std::size_t>(bitmap_bytes(slice.count));
  auto* bits = reinterpret_cast<std::uint8_t*>(room(bytes));
  if (slice.from % 8 == 0) {
    std::memcpy(bits, reinterpret_cast<const std::uint8_t*>(mask) + slice.from / 8, bytes);
  } else {
    std::memset(bits, 0, bytes);
    for (std::int64_t i = 0; i < slice.count; ++i) {
      const auto at = static_cast<std::uint64_t>(slice.from + i);
      const auto bit = static_cast<unsigned>((mask[at / 64] >> (at % 64)) & 1U);
      bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | (bit << (i % 8)));
    }
  }
  if (slice.count % 8 != 0) bits[bytes - 1] &= static_cast<std::uint8_t>((1U << (slice.count % 8)) - 1U);
  std::int64_t valid = 0;
  for (std::size_t i = 0; i < bytes; ++i)
    valid += std::popcount(bits[i]);
  array.null_count = slice.count - valid;
  if (array.null_count != 0) array.validity = bits;
}

template <typename From, typename To>
void VectorReader::copy(ArrayData& array, const Slice& slice) {
  auto* out = reinterpret_cast<To*>(room(static_cast<std::size_t>(slice.count) * sizeof(To)));
  if constexpr (sizeof(From) == sizeof(To)) {
    if (slice.count != 0)
      std::memcpy(out, slice.values<From>(), static_cast<std::size_t>(slice.count) * sizeof(To));
  } else {
    std::copy_n(slice.values<From>(), slice.count, out);
  }
  array.values = reinterpret_cast<const std::byte*>(out);
}

template <typename From, typename To, typename Scaled>
Result<void> VectorReader::convert(ArrayData& array, const Slice& slice, Scaled&& scaled) {
  auto* out = reinterpret_cast<To*>(room(static_cast<std::size_t>(slice.count) * sizeof(To)));
  const From* values = slice.values<From>();
  for (std::int64_t i = 0; i < slice.count; ++i) {
    out[i] = To{};
    if (array.is_null(i)) continue;  // what lies there means nothing
    const std::optional<To> value = scaled(values[i]);
    if (!value) return unfit("is finer than a microsecond, or beyond what Penstock's type can hold");
    out[i] = *value;
  }
  array.values = reinterpret_cast<const std::byte*>(out);
  return {};
}

void VectorReader::read_bits(ArrayData& array, const Slice& slice) {
  const auto bytes = static_cast<std::size_t>(bitmap_bytes(slice.count));
  auto* bits = reinterpret_cast<std::uint8_t*>(room(bytes));
  std::memset(bits, 0, bytes);
  const auto* values = slice.values<std::uint8_t>();
  for (std::int64_t i = 0; i < slice.count; ++i)
    bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | ((values[i] != 0 ? 1U : 0U) << (i % 8)));
  array.values = reinterpret_cast<const std::byte*>(bits);
}

// DuckDB keeps them as integers whose highest bit is flipped, so that they sort.
void VectorReader::read_uuids(ArrayData& array, const Slice& slice) {
  auto* out = reinterpret_cast<std::uint8_t*>(room(static_cast<std::size_t>(slice.count) * 16));
  const auto* values = slice.values<duckdb_hugeint>();
  for (std::int64_t i = 0; i < slice.count; ++i) {
    const std::uint64_t upper = static_cast<std::uint64_t>(values[i].upper) ^ (std::uint64_t{1} << 63U);
    for (unsigned byte = 0; byte < 8; ++byte) {
      out[i * 16 + byte] = static_cast<std::uint8_t>(upper >> (56 - 8 * byte));
      out[i * 16 + 8 + byte] = static_cast<std::uint8_t>(values[i].lower >> (56 - 8 * byte));
    }
  }
  array.values = reinterpret_cast<const std::byte*>(out);
}

// Once for the lengths, once for the bytes.
Result<void> VectorReader::read_strings(ArrayData& array, const Slice& slice) {
  auto* offsets = reinterpret_cast<std::int32_t*>(room((static_cast<std::size_t>(slice.count) + 1) * 4));
  const auto* values = slice.values<duckdb_string_t>();
  const std::uint8_t* valid = array.validity;
  const auto is_null = [valid](std::int64_t i) {
    return valid != nullptr && ((valid[i / 8] >> (i % 8)) & 1U) == 0;
  };
  std::size_t total = 0;
  offsets[0] = 0;
  for (std::int64_t i = 0; i < slice.count; ++i) {
    const std::size_t length = is_null(i) ? 0 : values[i].value.inlined.length;
    total += length;
    if (std::cmp_greater(length, max_value_bytes_) ||
        total > static_cast<std::size_t>(Ends<std::int32_t>::max()))
      return too_large();
    offsets[i + 1] = static_cast<std::int32_t>(total);
  }
  std::byte* text = room(total);
  for (std::int64_t i = 0; i < slice.count; ++i) {
    if (!is_null(i)) copy_text(text + offsets[i], text_of(values[i]));
  }
  array.offsets = offsets;
  array.values = text;
  return {};
}

Result<void> VectorReader::read_decimals(ArrayData& array, const ColumnType& type, const Slice& slice) {
  const auto append = [](std::string& text, Int128 value, unsigned scale) {
    std::array<char, kMaxDecimalText> digits;
    text.append(digits.data(), write_decimal(digits.data(), value, scale));
    return Result<void>();
  };
  const unsigned scale = type.scale;
  const auto each = [&]<typename T>(const T* values) {
    return write_texts(array, slice, [&, values](std::string& text, std::int64_t i) {
      return append(text, values[i], scale);
    });
  };
  switch (type.id == DUCKDB_TYPE_DECIMAL ? type.storage : type.id) {
    case DUCKDB_TYPE_SMALLINT:
      return each(slice.values<std::int16_t>());
    case DUCKDB_TYPE_INTEGER:
      return each(slice.values<std::int32_t>());
    case DUCKDB_TYPE_BIGINT:
      return each(slice.values<std::int64_t>());
    default:
      return write_texts(array, slice, [&](std::string& text, std::int64_t i) {
        return append(text, wide(slice.values<duckdb_hugeint>()[i]), scale);
      });
  }
}

// Types whose text is made here.
Result<void> VectorReader::read_odd_texts(ArrayData& array, const ColumnType& type, const Slice& slice) {
  return write_texts(array, slice, [&](std::string& text, std::int64_t i) -> Result<void> {
    switch (type.id) {
      case DUCKDB_TYPE_UHUGEINT: {
        const auto& value = slice.values<duckdb_uhugeint>()[i];
        std::array<char, kMaxDecimalText> digits;
        const UInt128 whole = (static_cast<UInt128>(value.upper) << 64U) | value.lower;
        text.append(digits.data(), write_unsigned(digits.data(), whole));
        return {};
      }
      case DUCKDB_TYPE_BIGNUM: {
        const std::string digits = bignum_text(text_of(slice.values<duckdb_string_t>()[i]));
        if (digits.empty()) return unfit("has too many digits");
        text += digits;
        return {};
      }
      case DUCKDB_TYPE_BIT:
        text += bit_text(text_of(slice.values<duckdb_string_t>()[i]));
        return {};
      case DUCKDB_TYPE_TIME_TZ:
        append_time_tz(text, api_->from_time_tz(slice.values<duckdb_time_tz>()[i]));
        return {};
      default: {  // an enumeration, by the number of its label
        std::uint64_t label = 0;
        if (type.storage == DUCKDB_TYPE_UTINYINT) label = slice.values<std::uint8_t>()[i];
        if (type.storage == DUCKDB_TYPE_USMALLINT) label = slice.values<std::uint16_t>()[i];
        if (type.storage == DUCKDB_TYPE_UINTEGER) label = slice.values<std::uint32_t>()[i];
        if (label >= type.labels.size()) return unfit("is no label of its type");
        text += type.labels[label];
        return {};
      }
    }
  });
}

Result<void> VectorReader::fill_moments(ArrayData& array, const ColumnType& type, const Slice& slice) {
  using std::int64_t;
  switch (type.id) {
    case DUCKDB_TYPE_DATE:
      return convert<std::int32_t, std::int32_t>(
          array, slice, [](std::int32_t days) { return std::optional(infinity_of(days)); });
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return convert<int64_t, int64_t>(array, slice, [](int64_t v) { return std::optional(infinity_of(v)); });
    case DUCKDB_TYPE_TIMESTAMP_S:
      return convert<int64_t, int64_t>(array, slice, [](int64_t v) { return moment(v, 1'000'000); });
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return convert<int64_t, int64_t>(array, slice, [](int64_t v) { return moment(v, 1'000); });
    case DUCKDB_TYPE_TIMESTAMP_NS:
    case DUCKDB_TYPE_TIME_NS:
      return convert<int64_t, int64_t>(array, slice, &microseconds);
    case DUCKDB_TYPE_INTERVAL:
      return convert<duckdb_interval, Interval>(array, slice, [](const duckdb_interval& v) {
        const auto nanoseconds = times(v.micros, 1'000);
        return nanoseconds ? std::optional(Interval{v.months, v.days, *nanoseconds}) : std::nullopt;
      });
    default:
      return read_odd_texts(array, type, slice);
  }
}

Result<void> VectorReader::fill(ArrayData& array, const ColumnType& type, const Slice& slice) {
  using std::int64_t;
  switch (type.id) {
    case DUCKDB_TYPE_BOOLEAN:
      return read_bits(array, slice), Result<void>();
    case DUCKDB_TYPE_TINYINT:
      return copy<std::int8_t, int64_t>(array, slice), Result<void>();
    case DUCKDB_TYPE_SMALLINT:
      return copy<std::int16_t, int64_t>(array, slice), Result<void>();
    case DUCKDB_TYPE_INTEGER:
      return copy<std::int32_t, int64_t>(array, slice), Result<void>();
    case DUCKDB_TYPE_UTINYINT:
      return copy<std::uint8_t, int64_t>(array, slice), Result<void>();
    case DUCKDB_TYPE_USMALLINT:
      return copy<std::uint16_t, int64_t>(array, slice), Result<void>();
    case DUCKDB_TYPE_UINTEGER:
      return copy<std::uint32_t, int64_t>(array, slice), Result<void>();
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_TIME:
      return copy<int64_t, int64_t>(array, slice), Result<void>();
    case DUCKDB_TYPE_FLOAT:
      return copy<float, float>(array, slice), Result<void>();
    case DUCKDB_TYPE_UUID:
      return read_uuids(array, slice), Result<void>();
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB:
      return read_strings(array, slice);
    case DUCKDB_TYPE_DECIMAL:
    case DUCKDB_TYPE_HUGEINT:
      return read_decimals(array, type, slice);
    case DUCKDB_TYPE_LIST:
    case DUCKDB_TYPE_ARRAY:
      return read_list(array, type, slice);
    case DUCKDB_TYPE_MAP:
      return read_map(array, type, slice);
    case DUCKDB_TYPE_STRUCT:
      return read_struct(array, type, slice);
    case DUCKDB_TYPE_UNION:
      return read_union(array, type, slice);
    default:
      return fill_moments(array, type, slice);
  }
}

}  // namespace penstock::duckdb
