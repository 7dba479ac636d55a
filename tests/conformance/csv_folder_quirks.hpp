// The out-of-tree type of examples/csv_folder.hpp, as the conformance suite sees it.
#pragma once

#include "conformance/engine.hpp"

namespace penstock::conformance {

[[nodiscard]] Engine csv_folder_engine();

}  // namespace penstock::conformance
