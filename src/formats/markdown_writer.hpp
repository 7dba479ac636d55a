// The writer of Markdown tables.
#pragma once

#include <memory>

#include "penstock/format.hpp"

namespace penstock {

[[nodiscard]] std::unique_ptr<ResultWriter> make_markdown_writer(ByteSink& sink);

}  // namespace penstock
