#include "cli/quantity_text.hpp"

#include <fmt/format.h>

namespace penstock::cli {

std::string with_thousands(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string duration_text(std::chrono::microseconds duration) {
  const auto us = static_cast<double>(duration.count());
  if (us < 1000) return fmt::format("{} us", duration.count());
  if (us < 10'000) return fmt::format("{:.1f} ms", us / 1000);
  if (us < 1'000'000) return fmt::format("{:.0f} ms", us / 1000);
  return fmt::format("{:.1f} s", us / 1'000'000);
}

std::string counted(std::int64_t number, const char* noun) {
  return fmt::format("{} {}{}", with_thousands(number), noun, number == 1 ? "" : "s");
}

}  // namespace penstock::cli
