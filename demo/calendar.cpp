#include "demo/calendar.hpp"

#include <cstddef>

namespace penstock::demo {

std::string money_text(std::int64_t cents) {
  const std::int64_t size = cents < 0 ? -cents : cents;
  std::string text = cents < 0 ? "-" : "";
  text += std::to_string(size / 100);
  text += '.';
  text += static_cast<char>('0' + size / 10 % 10);
  text += static_cast<char>('0' + size % 10);
  return text;
}

std::string numbered(const char* prefix, int digits, std::int64_t number) {
  const std::string text = std::to_string(number);
  std::string result = prefix;
  if (text.size() < static_cast<std::size_t>(digits))
    result.append(static_cast<std::size_t>(digits) - text.size(), '0');
  return result + text;
}

}  // namespace penstock::demo
