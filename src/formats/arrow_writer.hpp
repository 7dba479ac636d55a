// The writer of Arrow IPC streams.
#pragma once

#include <memory>

#include "penstock/format.hpp"

namespace penstock {

[[nodiscard]] std::unique_ptr<ResultWriter> make_arrow_writer(ByteSink& sink);

}  // namespace penstock
