// Numbers wider than 64 bits, and decimals, as exact text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace penstock::duckdb {

// DuckDB's 128-bit integers; g++ and Clang have them on every 64-bit machine.
__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

/// Room for the longest that write_decimal() makes: 39 digits, a sign, a point and a zero before it.
inline constexpr std::size_t kMaxDecimalText = 48;

/// The digits of `value` with `scale` of them behind the point, all of them written: "-12.50". Writes at
/// `out` and returns the end.
char* write_decimal(char* out, Int128 value, unsigned scale) noexcept;
char* write_unsigned(char* out, UInt128 value) noexcept;

/// The digits of a BIGNUM as it lies in a vector: three bytes of header, then the magnitude, big-endian; all
/// of it inverted when negative. Empty when it is no such number, or has more than 4,000 bytes.
[[nodiscard]] std::string bignum_text(std::string_view raw);

/// The bits of a BIT as it lies in a vector: how many are padding, then the bits.
[[nodiscard]] std::string bit_text(std::string_view raw);

}  // namespace penstock::duckdb
