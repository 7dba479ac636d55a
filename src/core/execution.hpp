// An execution of another text in the place of one.
#pragma once

#include <string_view>

#include "penstock/data_source.hpp"

namespace penstock {

/// The execution of `sql` in the place of `execution`: who it runs as and all its bounds stay, whatever is
/// added to them. The result refers to its arguments, and to what `execution` refers to.
[[nodiscard]] Execution with_statement(const Execution& execution, std::string_view sql, const Params& params,
                                       const Analysis& analysis);

}  // namespace penstock
