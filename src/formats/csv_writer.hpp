// The writer of CSV, and of TSV, which is CSV with tabs.
#pragma once

#include <memory>

#include "penstock/format.hpp"

namespace penstock {

[[nodiscard]] std::unique_ptr<ResultWriter> make_csv_writer(const CsvOptions& options, ByteSink& sink);

}  // namespace penstock
