// How many bytes the buffers of an Arrow array have.
#pragma once

#include <cstdint>

#include "penstock/batch.hpp"

namespace penstock {

/// Of the validity bits, and of boolean values.
[[nodiscard]] constexpr std::int64_t bitmap_bytes(std::int64_t bits) noexcept {
  return (bits + 7) / 8;
}

/// Of one value; 0 for types whose values differ in width, have bits, or have children.
[[nodiscard]] constexpr std::size_t fixed_width(TypeId type) noexcept {
  switch (type) {
    case TypeId::int64:
    case TypeId::uint64:
    case TypeId::float64:
    case TypeId::time:
    case TypeId::timestamp:
    case TypeId::timestamp_tz:
      return 8;
    case TypeId::float32:
    case TypeId::date:
      return 4;
    case TypeId::interval:
    case TypeId::uuid:
      return 16;
    default:
      return 0;
  }
}

/// By looking at each value.
[[nodiscard]] inline std::int64_t count_nulls(const ArrayData& array) noexcept {
  if (array.type.id == TypeId::null) return array.length;
  if (array.validity == nullptr && array.type.id != TypeId::variant) return 0;
  std::int64_t nulls = 0;
  for (std::int64_t i = 0; i < array.length; ++i)
    nulls += array.is_null(i) ? 1 : 0;
  return nulls;
}

}  // namespace penstock
