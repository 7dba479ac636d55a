// Statements that a read-only door to PostgreSQL must stop, and statements that would leave something behind.
#pragma once

#include <vector>

#include "conformance/engine.hpp"

namespace penstock::conformance {

[[nodiscard]] std::vector<Attack> postgresql_attacks();
[[nodiscard]] std::vector<Leak> postgresql_leaks();

}  // namespace penstock::conformance
