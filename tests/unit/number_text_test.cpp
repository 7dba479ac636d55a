#include "core/number_text.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace penstock {
namespace {

template <typename T>
std::string text_of(T value) {
  std::array<char, kMaxNumberText> digits{};
  return {digits.data(), write_number(digits.data(), value)};
}

TEST(NumberText, AgreesWithTheStandardLibraryOnIntegers) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t value = random() >> (random() % 64);
    ASSERT_EQ(text_of(value), std::to_string(value));
    ASSERT_EQ(text_of(static_cast<std::int64_t>(value)), std::to_string(static_cast<std::int64_t>(value)));
  }
  std::uint64_t power = 1;
  for (int digits = 1; digits < 20; ++digits) {
    power *= 10;
    ASSERT_EQ(text_of(power), std::to_string(power));
    ASSERT_EQ(text_of(power - 1), std::to_string(power - 1));
  }
  EXPECT_EQ(text_of(std::uint64_t{0}), "0");
}

// The digits without sign, point, exponent and zeros at either end.
std::string significant(std::string text) {
  text = text.substr(0, text.find('e'));
  std::erase_if(text, [](char c) { return c == '.' || c == '-'; });
  while (!text.empty() && text.back() == '0')
    text.pop_back();
  return text.substr(std::min(text.find_first_not_of('0'), text.size()));
}

template <typename T>
void expect_shortest(T value) {
  const std::string text = text_of(value);
  T back{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), back);
  ASSERT_EQ(read.ptr, text.data() + text.size()) << text;
  ASSERT_EQ(back, value) << text;
  ASSERT_EQ(std::signbit(back), std::signbit(value)) << text;
  std::array<char, 64> shortest{};
  const auto end =
      std::to_chars(shortest.data(), shortest.data() + shortest.size(), value, std::chars_format::scientific)
          .ptr;
  ASSERT_EQ(significant(text), significant(std::string(shortest.data(), end))) << text;
}

TEST(NumberText, HexadecimalHasAtLeastSoManyDigits) {
  const auto hex = [](std::uint64_t value, int least) {
    std::array<char, kMaxNumberText> digits{};
    return std::string(digits.data(), write_hex(digits.data(), value, least));
  };
  EXPECT_EQ(hex(0, 0), "");
  EXPECT_EQ(hex(0, 1), "0");
  EXPECT_EQ(hex(0xF, 1), "f");
  EXPECT_EQ(hex(0x10, 1), "10");
  EXPECT_EQ(hex(0xABC, 1), "abc");
  EXPECT_EQ(hex(5, 3), "005");
  EXPECT_EQ(hex(0x2A0C, 8), "00002a0c");
  EXPECT_EQ(hex(0x123456789ABCDEF0, 16), "123456789abcdef0");
  EXPECT_EQ(hex(~std::uint64_t{0}, 1), "ffffffffffffffff");
}

TEST(NumberText, FloatsAreShortestAndReadBack) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 200'000; ++i) {
    const auto any = std::bit_cast<double>(random());
    if (std::isfinite(any)) expect_shortest(any);
    const auto any_float = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (std::isfinite(any_float)) expect_shortest(any_float);
    // Amounts: where the short path and the search for the shortest must agree.
    const auto cents = static_cast<double>(static_cast<std::int64_t>(random() >> (12 + random() % 40)));
    for (const double scale : {1.0, 10.0, 100.0, 1'000.0, 10'000.0, 100'000.0})
      expect_shortest(cents / scale);
    expect_shortest(std::nextafter(cents / 100, 0));
  }
}

TEST(NumberText, UsesAnExponentOnlyForTheVeryLargeAndSmall) {
  EXPECT_EQ(text_of(100000.0), "100000.0");
  EXPECT_EQ(text_of(123456789012.5), "123456789012.5");
  EXPECT_EQ(text_of(9999999999999998.0), "9999999999999998.0");
  EXPECT_EQ(text_of(1e16), "1e+16");
  EXPECT_EQ(text_of(0.0001), "0.0001");
  EXPECT_EQ(text_of(0.00012345678901234567), "0.00012345678901234567");
  EXPECT_EQ(text_of(0.00009), "9e-05");
  EXPECT_EQ(text_of(-0.0), "-0.0");
  EXPECT_EQ(text_of(-1.5F), "-1.5");
}

}  // namespace
}  // namespace penstock
