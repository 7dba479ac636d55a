// Numbers as text, written to memory that the caller provides.
#pragma once

#include <cstddef>
#include <cstdint>

namespace penstock {

/// The most that any of these writes.
inline constexpr std::size_t kMaxNumberText = 32;

/// Decimal digits, with '-' when negative. Return the end of what was written, as all of these do.
char* write_number(char* out, std::int64_t value) noexcept;
char* write_number(char* out, std::uint64_t value) noexcept;
/// The fewest digits that read back as the same number; plain ("100000.0", "0.0001") from 1e-4 to below 1e16
/// (of a float, 1e7), with an exponent beyond ("1e+16", "1e-05"); "NaN", "Infinity", "-Infinity". Doubles
/// read as Python's repr() has them.
char* write_number(char* out, double value) noexcept;
char* write_number(char* out, float value) noexcept;
/// Hexadecimal digits in lower case, with leading zeros up to `least` (0 to 16) of them.
char* write_hex(char* out, std::uint64_t value, int least) noexcept;

}  // namespace penstock
