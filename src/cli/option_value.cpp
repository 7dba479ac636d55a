#include "cli/option_value.hpp"

#include <fmt/format.h>

#include "cli/printable.hpp"
#include "config/scalar.hpp"

namespace penstock::cli {

namespace {

std::unexpected<Error> wrong_value(std::string_view option, std::string_view wanted, std::string_view found) {
  return fail(ErrorCode::invalid_argument,
              fmt::format("{} wants {}, not '{}'", option, wanted, printable(found)));
}

}  // namespace

Result<std::int64_t> parse_count(std::string_view option, std::string_view text) {
  const auto number = config::parse_integer(text);
  if (!number || *number < 0) return wrong_value(option, "a whole number such as 100", text);
  return *number;
}

Result<std::int64_t> parse_byte_count(std::string_view option, std::string_view text) {
  const auto bytes = config::parse_size(text);
  if (!bytes) return wrong_value(option, "a size such as 10MB or 64KiB", text);
  return *bytes;
}

Result<std::chrono::milliseconds> parse_timeout(std::string_view text) {
  const auto milliseconds = config::parse_duration(text);
  if (!milliseconds || *milliseconds == 0) {
    return wrong_value("--timeout", "a duration beyond zero such as 500ms, 5s or 2m", text);
  }
  return std::chrono::milliseconds(*milliseconds);
}

}  // namespace penstock::cli
