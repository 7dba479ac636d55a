#include "datasources/postgresql/types.hpp"
#include "datasources/postgresql/wire.hpp"

namespace penstock::postgresql {

namespace {

constexpr std::uint16_t kNegative = 0x4000;
constexpr std::uint16_t kNotANumber = 0xC000;
constexpr std::uint16_t kInfinity = 0xD000;
constexpr std::uint16_t kNegativeInfinity = 0xF000;
constexpr std::int16_t kMostScale = 16'383;

// Four decimal digits, as each base-10000 digit stands for.
void append_four(std::string& out, unsigned digit) {
  out += static_cast<char>('0' + digit / 1'000);
  out += static_cast<char>('0' + digit / 100 % 10);
  out += static_cast<char>('0' + digit / 10 % 10);
  out += static_cast<char>('0' + digit % 10);
}

}  // namespace

// numeric_send(): the number of base-10000 digits, the weight of the first, sign, digits after the point,
// digits.
bool append_numeric(std::string& out, std::string_view bytes) {
  WireReader reader(bytes);
  const auto count = reader.take<std::int16_t>();
  const auto weight = reader.take<std::int16_t>();
  const auto sign = reader.take<std::uint16_t>();
  const auto scale = reader.take<std::int16_t>();
  if (!count || !weight || !sign || !scale || *count < 0 || *scale < 0 || *scale > kMostScale) return false;
  if (reader.rest().size() != static_cast<std::size_t>(*count) * 2) return false;
  if (*sign == kNotANumber || *sign == kInfinity || *sign == kNegativeInfinity) {
    out += *sign == kNotANumber ? "NaN" : *sign == kInfinity ? "Infinity" : "-Infinity";
    return true;
  }
  if (*sign != 0 && *sign != kNegative) return false;

  const std::string_view digits = reader.rest();
  // The base-10000 digit that stands at 10000^power; zero where none was sent.
  const auto digit_at = [&](int power) -> unsigned {
    const int index = *weight - power;
    if (index < 0 || index >= *count) return 0;
    return from_big_endian<std::uint16_t>(digits.data() + static_cast<std::size_t>(index) * 2);
  };
  for (int i = 0; i < *count; ++i) {
    if (from_big_endian<std::uint16_t>(digits.data() + static_cast<std::size_t>(i) * 2) > 9'999) return false;
  }
  if (*sign == kNegative) out += '-';
  if (*weight < 0) {
    out += '0';
  } else {
    out += std::to_string(digit_at(*weight));
    for (int power = *weight - 1; power >= 0; --power)
      append_four(out, digit_at(power));
  }
  if (*scale == 0) return true;
  out += '.';
  const std::size_t point = out.size();
  for (int power = -1; out.size() - point < static_cast<std::size_t>(*scale); --power)
    append_four(out, digit_at(power));
  out.resize(point + static_cast<std::size_t>(*scale));
  return true;
}

}  // namespace penstock::postgresql
