#include "core/number_text.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string_view>

namespace penstock {

namespace {

constexpr std::array<char, 200> kDigitPairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

constexpr std::array<char, 512> kHexPairs = [] {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, 512> pairs{};
  for (std::size_t i = 0; i < 256; ++i) {
    pairs[2 * i] = kDigits[i / 16];
    pairs[2 * i + 1] = kDigits[i % 16];
  }
  return pairs;
}();

constexpr std::array<std::uint64_t, 20> kPowersOfTen = [] {
  std::array<std::uint64_t, 20> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i)
    powers[i] = powers[i - 1] * 10;
  return powers;
}();

int count_digits(std::uint64_t value) noexcept {
  // 1233 / 4096 is a little more than log10(2), so that the guess is right or one too many.
  value |= 1;  // zero has a digit too; no other count changes
  const int guess = static_cast<int>(std::bit_width(value) * 1233 >> 12);
  return guess + (value >= kPowersOfTen[static_cast<std::size_t>(guess)] ? 1 : 0);
}

// Exactly `count` digits, with leading zeros.
void write_digits(char* out, std::uint64_t value, int count) noexcept {
  while (count >= 2) {
    count -= 2;
    std::memcpy(out + count, &kDigitPairs[(value % 100) * 2], 2);
    value /= 100;
  }
  if (count == 1) *out = static_cast<char>('0' + value);
}

char* write_word(char* out, std::string_view word) noexcept {
  std::memcpy(out, word.data(), word.size());
  return out + word.size();
}

// Numbers of few decimals, such as amounts, without the search for the shortest digits: when `value` is the
// double nearest to n / 10^k, and n has at most 15 digits, those digits are the shortest, as doubles tell any
// two decimals of 15 digits apart. Null when `value`, which is at least 1e-4, is no such number.
char* write_short_decimal(char* out, double value) noexcept {
  constexpr double kLimit = 1e11;  // times 10^4 stays within 15 digits
  constexpr double kScale = 1e4;
  if (value >= kLimit) return nullptr;
  // NOLINTNEXTLINE(bugprone-incorrect-roundings): a number that this rounds wrongly is none of these
  const auto scaled = static_cast<std::uint64_t>(value * kScale + 0.5);
  if (static_cast<double>(scaled) / kScale != value) return nullptr;
  const std::uint64_t whole = scaled / 10'000;
  const std::uint64_t fraction = scaled % 10'000;
  out = write_number(out, whole);
  *out++ = '.';
  write_digits(out, fraction, 4);
  char* end = out + 4;
  while (end > out + 1 && end[-1] == '0')
    --end;
  return end;
}

template <typename T>
char* write_float(char* out, T value) noexcept {
  if (std::isnan(value)) return write_word(out, "NaN");
  if (std::signbit(value)) {
    *out++ = '-';
    value = -value;
  }
  if (std::isinf(value)) return write_word(out, "Infinity");
  if (value == 0) return write_word(out, "0.0");
  // Below these limits every whole number is a T, so that its digits are the fewest.
  constexpr T kPlainLimit = sizeof(T) == sizeof(double) ? static_cast<T>(1e16) : static_cast<T>(1e7);
  const bool plain = value >= static_cast<T>(1e-4) && value < kPlainLimit;
  if (!plain) return std::to_chars(out, out + kMaxNumberText - 1, value, std::chars_format::scientific).ptr;
  if constexpr (sizeof(T) == sizeof(double)) {
    if (char* end = write_short_decimal(out, value)) return end;
  }
  char* end = std::to_chars(out, out + kMaxNumberText - 1, value, std::chars_format::fixed).ptr;
  if (std::memchr(out, '.', static_cast<std::size_t>(end - out)) == nullptr) end = write_word(end, ".0");
  return end;
}

}  // namespace

char* write_number(char* out, std::uint64_t value) noexcept {
  const int count = count_digits(value);
  write_digits(out, value, count);
  return out + count;
}

char* write_number(char* out, std::int64_t value) noexcept {
  auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) {
    *out++ = '-';
    magnitude = 0 - magnitude;
  }
  return write_number(out, magnitude);
}

char* write_number(char* out, double value) noexcept {
  return write_float(out, value);
}
char* write_number(char* out, float value) noexcept {
  return write_float(out, value);
}

char* write_hex(char* out, std::uint64_t value, int least) noexcept {
  const int needed = (static_cast<int>(std::bit_width(value)) + 3) / 4;
  const int count = std::max(needed, least);
  char* const end = out + count;
  char* at = end;
  for (; at - out >= 2; value >>= 8U) {
    at -= 2;
    std::memcpy(at, &kHexPairs[(value & 0xFFU) * 2], 2);
  }
  if (at != out) *out = kHexPairs[(value & 0xFU) * 2 + 1];
  return end;
}

}  // namespace penstock
