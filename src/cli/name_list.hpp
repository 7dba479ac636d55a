// Bare names, for scripts.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/session.hpp"

namespace penstock::cli {

/// One name a line; as JSON an object with the names under `key`. Names are as they are, made printable only
/// when standard output is a terminal.
[[nodiscard]] std::string name_list(std::span<const std::string> names, std::string_view key,
                                    ReportFormat format, const Console& console);

}  // namespace penstock::cli
