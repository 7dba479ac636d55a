// Whether a text is JSON.
#pragma once

#include <cstddef>
#include <string_view>

namespace penstock {

/// JSON from a database is taken for JSON only when its arrays and objects nest no deeper, as readers have
/// limits of their own (128 in serde_json, for one).
inline constexpr std::size_t kMaxJsonDepth = 100;

/// Whether the text is one JSON value (RFC 8259) that is valid UTF-8, pairs its surrogate escapes, and nests
/// no deeper than kMaxJsonDepth.
[[nodiscard]] bool is_json(std::string_view text) noexcept;
/// Whether the text is one JSON number, without space around it.
[[nodiscard]] bool is_json_number(std::string_view text) noexcept;

}  // namespace penstock
