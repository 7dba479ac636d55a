// Values of an execution -> what COM_STMT_EXECUTE carries.
#pragma once

#include "penstock/query.hpp"

#include "datasources/mysql/request.hpp"

namespace penstock::mysql {

/// Errors: `invalid_argument`, naming the parameter: values by name, lists, what no type of the engine holds.
[[nodiscard]] Result<BoundParameters> bind_parameters(const Params& params);

}  // namespace penstock::mysql
