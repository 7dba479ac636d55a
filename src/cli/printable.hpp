// Foreign text that is safe to print.
#pragma once

#include <string>
#include <string_view>

namespace penstock::cli {

/// The text with everything that could move a terminal's cursor, change its state or reorder what is read
/// written as an escape such as \n or \x1b, and bytes that are no UTF-8 as "?". The ASCII characters in
/// `kept` stay as they are.
[[nodiscard]] std::string printable(std::string_view text, std::string_view kept = {});

}  // namespace penstock::cli
