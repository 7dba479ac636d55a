// Which of our types a BSON value becomes.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include <bson/bson.h>

#include "penstock/builder.hpp"
#include "penstock/value.hpp"

namespace penstock::mongodb {

/// The type of the value that `value` stands on, which is not null: scalars have their own, ObjectIds are
/// text, a binary of a subtype other than 0, 2 and UUID is extended JSON, as is all that has structure.
[[nodiscard]] TypeId type_of(const bson_iter_t& value) noexcept;
/// As MongoDB's `$type` names it: "objectId", "int", "date".
[[nodiscard]] std::string_view native_type(const bson_iter_t& value) noexcept;
/// Of a binary.
[[nodiscard]] std::span<const std::byte> bytes_of(const bson_iter_t& value) noexcept;
/// Appends a value of any type but string and json to a builder of type_of().
void append_scalar(ColumnBuilder& builder, const bson_iter_t& value);

}  // namespace penstock::mongodb
