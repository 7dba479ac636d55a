#include "datasources/postgresql/analysis.hpp"

#include <memory>
#include <utility>

#include "datasources/pg_query/parser.hpp"
#include "datasources/postgresql/analysis_tree.hpp"

namespace penstock::postgresql {

struct Analyzer::State {
  explicit State(Policy policy) : rules(std::move(policy)) {}
  const NameRules rules;
  const pg_query::Parser parser;
};

Analyzer::Analyzer(Policy policy) : state_(std::make_unique<State>(std::move(policy))) {}
Analyzer::~Analyzer() = default;

const NameRules& Analyzer::rules() const noexcept {
  return state_->rules;
}

Result<Analysis> Analyzer::analyze(const AnalysisRequest& request) const {
  Result<Analysis> analysis = fail(ErrorCode::internal, "the statement was not analysed");
  const auto check = [&](const PgQuery__RawStmt& statement) {
    analysis = TreeCheck(state_->rules, request).check(statement);
  };
  if (auto parsed = state_->parser.parse(request.sql, check); !parsed) return pass_error(parsed);
  return analysis;
}

}  // namespace penstock::postgresql
