// Values of parameters in the text form that PostgreSQL's input functions read.
#pragma once

#include "penstock/query.hpp"

#include "datasources/postgresql/request.hpp"

namespace penstock::postgresql {

/// Errors: `invalid_argument` for named parameters, for text with a NUL byte and for lists whose parts differ
/// in depth; `limit_exceeded` beyond kMaxParameters.
[[nodiscard]] Result<TextParameters> to_text_parameters(const Params& params);

}  // namespace penstock::postgresql
