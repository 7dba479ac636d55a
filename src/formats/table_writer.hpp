// The writer of tables for a terminal.
#pragma once

#include <memory>

#include "penstock/format.hpp"

namespace penstock {

[[nodiscard]] std::unique_ptr<ResultWriter> make_table_writer(const TableOptions& options, ByteSink& sink);

}  // namespace penstock
