// Quantities as a person reads them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace penstock::cli {

/// 1234567 as "1,234,567".
[[nodiscard]] std::string with_thousands(std::int64_t number);
/// With a unit that keeps it short: "340 us", "1.2 ms", "45 ms", "2.5 s".
[[nodiscard]] std::string duration_text(std::chrono::microseconds duration);
/// "1 table", "3 tables", "1,200 rows".
[[nodiscard]] std::string counted(std::int64_t number, const char* noun);

}  // namespace penstock::cli
