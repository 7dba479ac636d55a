// The text of values that every textual format writes alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "penstock/batch.hpp"

namespace penstock {

/// One value of an array; of a variant, the value of the child that holds it.
struct ValueAt {
  const ArrayData* array;
  std::int64_t index;

  ValueAt(const ArrayData& of, std::int64_t at) noexcept : array(&of), index(at) {
    if (of.type.id != TypeId::variant) return;
    array = &of.children[static_cast<std::size_t>(of.values_as<std::int8_t>()[at])];
    index = of.offsets[at];
  }
  [[nodiscard]] TypeId type() const noexcept { return array->type.id; }
  [[nodiscard]] bool is_null() const noexcept { return array->is_null(index); }
  /// Of a string, decimal, json or bytes.
  [[nodiscard]] std::string_view text() const noexcept { return array->text(index); }
};

/// Whether values of this type are shown as numbers: aligned right, and never taken for a formula.
[[nodiscard]] bool is_numeric(TypeId type) noexcept;
/// Whether ScalarText has the values' text: neither text of any length, nor bytes, null, a list or a variant.
[[nodiscard]] bool is_scalar(TypeId type) noexcept;

/// The text of scalar values, in memory that is used again. All are ASCII letters, digits, and + - . : alone.
class ScalarText {
 public:
  /// The text of a value that is not null and whose type is_scalar(); valid until the next call.
  [[nodiscard]] std::string_view of(const ArrayData& array, std::int64_t index);

 private:
  std::string text_;
};

}  // namespace penstock
