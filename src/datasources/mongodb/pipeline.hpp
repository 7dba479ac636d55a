// A SELECT as the aggregation pipeline that answers it.
#pragma once

#include "penstock/query.hpp"

#include "datasources/mongodb/select.hpp"
#include "datasources/mongodb/statement.hpp"

namespace penstock::mongodb {

/// The command for a plan and the values of its parameters. Errors: `invalid_argument` for values that do not
/// fit.
[[nodiscard]] Result<BoundCommand> make_pipeline(const SelectPlan& plan, const Params& params);

}  // namespace penstock::mongodb
