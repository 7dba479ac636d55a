// The writers of JSON and JSON lines.
#pragma once

#include <memory>

#include "penstock/format.hpp"

namespace penstock {

[[nodiscard]] std::unique_ptr<ResultWriter> make_json_writer(const JsonOptions& options, ByteSink& sink);
[[nodiscard]] std::unique_ptr<ResultWriter> make_json_lines_writer(const JsonOptions& options,
                                                                   ByteSink& sink);

}  // namespace penstock
