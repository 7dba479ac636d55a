// A JSON text as a tree that keeps the digits of its numbers and refuses members that are there twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string_view>

#include "penstock/error.hpp"

namespace penstock::protocol::rest {

enum class JsonKind : std::uint8_t { null, boolean, integer, fraction, string, array, object };

/// One value. What it refers to lies in the memory that it was read into.
struct JsonNode {
  JsonKind kind = JsonKind::null;
  bool truth = false;               ///< of a boolean
  std::string_view key;             ///< of a member of an object
  std::string_view text;            ///< of a string its text, of a number its digits as written
  std::span<const JsonNode> items;  ///< of an array or an object

  /// The member of that name; null when there is none.
  [[nodiscard]] const JsonNode* find(std::string_view name) const noexcept;
};

/// "a number", "a text", "null", ...
[[nodiscard]] std::string_view describe(JsonKind kind) noexcept;

inline constexpr std::size_t kMaxJsonNesting = 32;
inline constexpr std::size_t kMaxJsonNodes = 200'000;

/// Reads one JSON text (RFC 8259, UTF-8). `invalid_argument`, with the place, for anything else, for nesting
/// and values beyond the bounds, and for an object that has a member twice.
[[nodiscard]] Result<JsonNode> parse_json_tree(std::string_view text, std::pmr::memory_resource& memory);

/// The value as JSON text: the same value, not the same bytes.
void append_json(std::pmr::string& out, const JsonNode& node);

}  // namespace penstock::protocol::rest
