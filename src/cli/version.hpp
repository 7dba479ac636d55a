// Which Penstock this is.
#pragma once

#include <string>

namespace penstock::cli {

/// "penstock 0.1.0".
[[nodiscard]] std::string version_text();
/// "0.1.0".
[[nodiscard]] std::string version_number();

}  // namespace penstock::cli
