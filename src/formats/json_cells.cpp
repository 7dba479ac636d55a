#include "formats/json_cells.hpp"

#include <cmath>
#include <concepts>
#include <cstring>

#include "core/json_check.hpp"
#include "core/number_text.hpp"
#include "formats/hex_text.hpp"
#include "formats/json_text.hpp"

namespace penstock {

namespace {

template <typename T>
void write_numeric(JsonCells& cells, const ArrayData& array, std::int64_t index) {
  const T value = array.values_as<T>()[index];
  char* cursor = cells.out().reserve(kMaxNumberText + 2);
  if constexpr (std::floating_point<T>) {
    if (!std::isfinite(value)) [[unlikely]] {
      *cursor++ = '"';
      cursor = write_number(cursor, value);
      *cursor++ = '"';
      cells.out().commit(cursor);
      return;
    }
  }
  cells.out().commit(write_number(cursor, value));
}

void write_boolean(JsonCells& cells, const ArrayData& array, std::int64_t index) {
  cells.out().append(array.bit(index) ? std::string_view("true") : std::string_view("false"));
}

void write_decimal(JsonCells& cells, const ArrayData& array, std::int64_t index) {
  const std::string_view text = array.text(index);
  if (is_json_number(text)) {
    cells.out().append(text);
  } else {
    write_json_string(cells.out(), text);
  }
}

void write_text(JsonCells& cells, const ArrayData& array, std::int64_t index) {
  write_json_string(cells.out(), array.text(index));
}

void write_plain_text(JsonCells& cells, const ArrayData& array, std::int64_t index) {
  write_plain_json_string(cells.out(), array.text(index));
}

void write_bytes(JsonCells& cells, const ArrayData& array, std::int64_t index) {
  cells.out().append("\"\\\\x");
  write_hex(cells.out(), array.text(index));
  cells.out().append('"');
}

void write_json(JsonCells& cells, const ArrayData& array, std::int64_t index) {
  const std::string_view text = array.text(index);
  if (is_json(text)) {
    write_embedded_json(cells.out(), text);
  } else {
    write_json_string(cells.out(), text);
  }
}

void write_quoted_scalar(JsonCells& cells, const ArrayData& array, std::int64_t index) {
  const std::string_view text = cells.scalars().of(array, index);
  char* cursor = cells.out().reserve(text.size() + 2);
  *cursor++ = '"';
  std::memcpy(cursor, text.data(), text.size());
  cursor += text.size();
  *cursor++ = '"';
  cells.out().commit(cursor);
}

void write_null(JsonCells& cells, const ArrayData& /*array*/, std::int64_t /*index*/) {
  cells.out().append("null");
}

void write_list(JsonCells& cells, const ArrayData& array, std::int64_t index) {
  const ArrayData& elements = array.children.front();
  cells.out().append('[');
  for (std::int64_t i = array.offsets[index]; i < array.offsets[index + 1]; ++i) {
    if (i != array.offsets[index]) cells.out().append(',');
    cells.write(elements, i);
  }
  cells.out().append(']');
}

void write_variant(JsonCells& cells, const ArrayData& array, std::int64_t index) {
  const ValueAt value(array, index);
  cells.write(*value.array, value.index);
}

// The text of all the values, which lie one behind the other.
std::string_view whole_text(const ArrayData& array) noexcept {
  if (array.length == 0) return {};
  const auto first = static_cast<std::size_t>(array.offsets[0]);
  const auto last = static_cast<std::size_t>(array.offsets[array.length]);
  return std::string_view(reinterpret_cast<const char*>(array.values) + first, last - first);
}

JsonCells::Write writer_of(TypeId type) noexcept {
  switch (type) {
    case TypeId::null:
      return write_null;
    case TypeId::boolean:
      return write_boolean;
    case TypeId::int64:
      return write_numeric<std::int64_t>;
    case TypeId::uint64:
      return write_numeric<std::uint64_t>;
    case TypeId::float32:
      return write_numeric<float>;
    case TypeId::float64:
      return write_numeric<double>;
    case TypeId::decimal:
      return write_decimal;
    case TypeId::string:
      return write_text;
    case TypeId::bytes:
      return write_bytes;
    case TypeId::json:
      return write_json;
    case TypeId::list:
      return write_list;
    case TypeId::variant:
      return write_variant;
    case TypeId::date:
    case TypeId::time:
    case TypeId::timestamp:
    case TypeId::timestamp_tz:
    case TypeId::interval:
    case TypeId::uuid:
      break;
  }
  return write_quoted_scalar;
}

}  // namespace

JsonCells::Write JsonCells::choose(const ArrayData& array) {
  if (array.type.id == TypeId::string && is_plain_json(whole_text(array))) return write_plain_text;
  return writer_of(array.type.id);
}

void JsonCells::write(const ArrayData& array, std::int64_t index) {
  if (array.is_null(index)) {
    write_null(*this, array, index);
  } else {
    writer_of(array.type.id)(*this, array, index);
  }
}

}  // namespace penstock
