#include "formats/scalar_text.hpp"

#include <array>
#include <cstring>

#include "core/number_text.hpp"

namespace penstock {

namespace {

template <typename T>
void append_number(std::string& text, T value) {
  std::array<char, kMaxNumberText> digits;
  text.append(digits.data(), write_number(digits.data(), value));
}

template <typename T>
T read_16_bytes(const ArrayData& array, std::int64_t index) noexcept {
  static_assert(sizeof(T) == 16);
  T value;
  std::memcpy(&value, array.values + index * 16, sizeof value);
  return value;
}

}  // namespace

bool is_numeric(TypeId type) noexcept {
  switch (type) {
    case TypeId::int64:
    case TypeId::uint64:
    case TypeId::float32:
    case TypeId::float64:
    case TypeId::decimal:
      return true;
    default:
      return false;
  }
}

bool is_scalar(TypeId type) noexcept {
  switch (type) {
    case TypeId::null:
    case TypeId::decimal:
    case TypeId::string:
    case TypeId::bytes:
    case TypeId::json:
    case TypeId::list:
    case TypeId::variant:
      return false;
    default:
      return true;
  }
}

std::string_view ScalarText::of(const ArrayData& array, std::int64_t index) {
  text_.clear();
  const auto integer = [&] { return array.values_as<std::int64_t>()[index]; };
  switch (array.type.id) {
    case TypeId::boolean:
      return array.bit(index) ? "true" : "false";
    case TypeId::int64:
      append_number(text_, integer());
      break;
    case TypeId::uint64:
      append_number(text_, array.values_as<std::uint64_t>()[index]);
      break;
    case TypeId::float32:
      append_number(text_, array.values_as<float>()[index]);
      break;
    case TypeId::float64:
      append_number(text_, array.values_as<double>()[index]);
      break;
    case TypeId::date:
      append_text(text_, Date{array.values_as<std::int32_t>()[index]});
      break;
    case TypeId::time:
      append_text(text_, Time{integer()});
      break;
    case TypeId::timestamp:
      append_text(text_, Timestamp{integer()});
      break;
    case TypeId::timestamp_tz:
      append_text(text_, TimestampTz{integer()});
      break;
    case TypeId::interval:
      append_text(text_, read_16_bytes<Interval>(array, index));
      break;
    case TypeId::uuid:
      append_text(text_, read_16_bytes<Uuid>(array, index));
      break;
    default:
      break;
  }
  return text_;
}

}  // namespace penstock
