// Values that are written as text with their type beside them: on the command line, in requests, in
// tools.yaml.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "penstock/value.hpp"

namespace penstock {

/// One type that a value can be written as.
struct TypedText {
  std::string_view name;
  std::string_view meaning;  ///< with its article: "a date such as 2025-03-31"
  TypeId type = TypeId::string;
  std::optional<Value> (*parse)(std::string_view text);  ///< nothing when the text is none
};

/// All of them: text, int, uint, float, decimal, bool, date, time, timestamp, timestamptz, uuid, json, bytes
/// (hexadecimal digits, behind "\x" or not).
[[nodiscard]] std::span<const TypedText> typed_texts() noexcept;

/// By its name, or another that is in use for it ("string", "integer", "number", "boolean", "int64", ...), in
/// small letters; null when there is none.
[[nodiscard]] const TypedText* find_typed_text(std::string_view name) noexcept;

}  // namespace penstock
