// MySQL and MariaDB, on a private MariaDB server.
#pragma once

#include "conformance/engine.hpp"

namespace penstock::conformance {

[[nodiscard]] Engine mysql_engine();

}  // namespace penstock::conformance
