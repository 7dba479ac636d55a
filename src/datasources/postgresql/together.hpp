// Which statements may run together with others; how they do is in together.cpp.
#pragma once

#include "penstock/data_source.hpp"

namespace penstock::postgresql {

/// Whether a statement, whatever its names lead to, may share a transaction: it is a plain read, and neither
/// its text nor its parameters are large.
[[nodiscard]] bool is_shareable(const Execution& execution) noexcept;

}  // namespace penstock::postgresql
