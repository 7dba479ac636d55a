// SQLSTATEs of Penstock's own: the standard leaves classes that begin with I to Z to implementations.
#pragma once

#include <string_view>

namespace penstock {

/// A server is there and is not what the configuration asks for, so that nobody may query it. It lasts until
/// the operator changes one of them.
inline constexpr std::string_view kMisconfiguredServer = "PS001";

}  // namespace penstock
