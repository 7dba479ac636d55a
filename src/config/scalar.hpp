// Numbers, durations, sizes and truth values as the configuration writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::config {

/// Decimal digits, with a leading `-` or without. Nothing for anything else, and beyond int64.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;

/// Milliseconds of a whole number with the unit ms, s, m, h or d, a space before it or not; a bare number is
/// seconds. Nothing for anything else, negative ones and those beyond int64 among them.
[[nodiscard]] std::optional<std::int64_t> parse_duration(std::string_view text) noexcept;

/// Bytes of a whole number with the unit B, kB or KB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (of
/// 1024), a space before it or not; a bare number is bytes. Nothing for anything else, as with durations.
[[nodiscard]] std::optional<std::int64_t> parse_size(std::string_view text) noexcept;

/// true, yes, on; false, no, off; in any case.
[[nodiscard]] std::optional<bool> parse_boolean(std::string_view text) noexcept;

/// As parse_duration reads it, in the largest unit that divides it: "10s", "1500ms", "0s".
[[nodiscard]] std::string format_duration(std::int64_t milliseconds);

/// As parse_size reads it, in the largest unit of 1024 that divides it: "64MiB", "1000B".
[[nodiscard]] std::string format_size(std::int64_t bytes);

}  // namespace penstock::config
