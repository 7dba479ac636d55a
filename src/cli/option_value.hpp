// The values of options that are numbers.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "penstock/error.hpp"

namespace penstock::cli {

/// A whole number that is not negative. `invalid_argument`, naming the option, for anything else.
[[nodiscard]] Result<std::int64_t> parse_count(std::string_view option, std::string_view text);
/// A number of bytes, with a unit as in the configuration ("10MB", "64KiB").
[[nodiscard]] Result<std::int64_t> parse_byte_count(std::string_view option, std::string_view text);
/// --timeout: a duration beyond zero, with a unit as in the configuration; a bare number is seconds.
[[nodiscard]] Result<std::chrono::milliseconds> parse_timeout(std::string_view text);

}  // namespace penstock::cli
