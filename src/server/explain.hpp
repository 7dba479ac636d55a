// How an engine would run a statement.
#pragma once

#include <functional>
#include <string>

#include "penstock/manager.hpp"

#include "server/executor.hpp"

namespace penstock::server {

struct ExplainCall {
  QueryCall query;       ///< the statement itself, its parameters and options
  bool analyze = false;  ///< run it, and tell what came of the plan; only of what cannot write
  PlanFormat format = PlanFormat::text;
};

struct Plan {
  std::string database;
  std::string datasource;
  PlanFormat format = PlanFormat::text;
  std::string plan;  ///< lines without the last line end; or one JSON text
};

/// Asks the statement's engine, by the same analysis and policy as any statement. May be called on an event
/// loop; `answered` is called on a thread of the executor. `analyze_allowed`: the operator lets explanations
/// run statements. Errors: those of a query; `forbidden` for an `analyze` that is not allowed; `unsupported`
/// where the engine has no plans.
void explain(DataSourceManager& manager, Executor& executor, bool analyze_allowed, ExplainCall call,
             std::move_only_function<void(Result<Plan>)> answered);

}  // namespace penstock::server
