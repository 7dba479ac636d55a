#include "datasources/duckdb/number_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace penstock::duckdb {

namespace {

constexpr std::uint64_t kBillion18 =
    1'000'000'000'000'000'000;  // 10^18, the most digits that 64 bits hold whole

}  // namespace

char* write_unsigned(char* out, UInt128 value) noexcept {
  if (value <= UINT64_MAX) return std::to_chars(out, out + 20, static_cast<std::uint64_t>(value)).ptr;
  out = write_unsigned(out, value / kBillion18);
  auto rest = static_cast<std::uint64_t>(value % kBillion18);
  for (int i = 17; i >= 0; --i) {
    out[i] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  return out + 18;
}

char* write_decimal(char* out, Int128 value, unsigned scale) noexcept {
  // Two's complement: the magnitude of the lowest value fits the unsigned type alone.
  const UInt128 magnitude =
      value < 0 ? UInt128{0} - static_cast<UInt128>(value) : static_cast<UInt128>(value);
  if (value < 0) *out++ = '-';
  std::array<char, kMaxDecimalText> digits;
  const auto count = static_cast<std::size_t>(write_unsigned(digits.data(), magnitude) - digits.data());
  if (scale == 0) return std::copy_n(digits.data(), count, out);
  if (count > scale) {
    out = std::copy_n(digits.data(), count - scale, out);
  } else {
    *out++ = '0';
  }
  *out++ = '.';
  if (count < scale) out = std::fill_n(out, scale - count, '0');
  return std::copy_n(digits.data() + (count > scale ? count - scale : 0), std::min<std::size_t>(count, scale),
                     out);
}

std::string bignum_text(std::string_view raw) {
  constexpr std::size_t kHeader = 3;
  constexpr std::size_t kMostBytes = 4'000;  // the time grows with the square
  if (raw.size() <= kHeader || raw.size() > kMostBytes) return {};
  const bool negative = (static_cast<unsigned char>(raw.front()) & 0x80U) == 0;
  std::vector<std::uint8_t> bytes;
  for (const char c : raw.substr(kHeader))
    bytes.push_back(static_cast<std::uint8_t>(negative ? ~c : c));
  std::string digits;
  std::size_t first = 0;
  while (first < bytes.size()) {
    unsigned rest = 0;
    for (std::size_t i = first; i < bytes.size(); ++i) {
      const unsigned value = rest * 256 + bytes[i];
      bytes[i] = static_cast<std::uint8_t>(value / 10);
      rest = value % 10;
    }
    digits += static_cast<char>('0' + rest);
    while (first < bytes.size() && bytes[first] == 0)
      ++first;
  }
  if (negative) digits += '-';
  std::ranges::reverse(digits);
  return digits;
}

std::string bit_text(std::string_view raw) {
  std::string out;
  if (raw.empty()) return out;
  const auto padding = static_cast<std::size_t>(static_cast<unsigned char>(raw.front()));
  for (std::size_t i = padding; i < (raw.size() - 1) * 8; ++i) {
    const auto byte = static_cast<unsigned char>(raw[1 + i / 8]);
    out += ((byte >> (7 - i % 8)) & 1U) != 0 ? '1' : '0';
  }
  return out;
}

}  // namespace penstock::duckdb
