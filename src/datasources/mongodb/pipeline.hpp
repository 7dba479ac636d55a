// A SELECT as the aggregation pipeline that answers it.
#pragma once

#include "penstock/query.hpp"

#include "datasources/mongodb/select.hpp"
#include "datasources/mongodb/statement.hpp"

namespace penstock::mongodb {

/// The command for a plan and the values of its parameters. Errors: `invalid_argument` for values that do not
/// fit.
[[nodiscard]] Result<BoundCommand> make_pipeline(const SelectPlan& plan, const Params& params);
/// A command of the same columns for some documents, whichever; null where those would tell nothing. Of
/// parameters that make_pipeline() took.
[[nodiscard]] Result<BsonPtr> make_sample(const SelectPlan& plan, const Params& params);

}  // namespace penstock::mongodb
