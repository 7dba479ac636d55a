// MongoDB, as the conformance suite sees it.
#pragma once

#include "conformance/engine.hpp"

namespace penstock::conformance {

[[nodiscard]] Engine mongodb_engine();
/// What read-only access must stop, native and SQL.
[[nodiscard]] std::vector<Attack> mongodb_attacks();

}  // namespace penstock::conformance
