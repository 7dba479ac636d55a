// What read-only access to MariaDB and MySQL must stop, and what could leak between queries.
#pragma once

#include <vector>

#include "conformance/engine.hpp"

namespace penstock::conformance {

[[nodiscard]] std::vector<Attack> mysql_attacks();
[[nodiscard]] std::vector<Leak> mysql_leaks();

}  // namespace penstock::conformance
