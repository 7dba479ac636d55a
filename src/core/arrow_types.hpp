// Which Arrow type each of ours is, for the C data interface and the IPC format.
#pragma once

#include <string>
#include <string_view>

#include "penstock/value.hpp"

namespace penstock {

/// The format string of the C data interface; a list is "+l", its element a child.
[[nodiscard]] std::string_view arrow_format(TypeId type) noexcept;

inline constexpr std::string_view kExtensionName = "ARROW:extension:name";
inline constexpr std::string_view kExtensionMetadata = "ARROW:extension:metadata";

}  // namespace penstock
