// What a PostgreSQL statement is and names, found with PostgreSQL's own parser before the statement runs.
//
// docs/security.md tells what this layer stops, and what only the others do.
#pragma once

#include <memory>

#include "penstock/data_source.hpp"

#include "datasources/pg_query/parser.hpp"
#include "datasources/postgresql/policy.hpp"

namespace penstock::postgresql {

using pg_query::kMaxNestingTokens;
using pg_query::kMaxStatementBytes;

/// Analyses statements under one policy. Thread-safe; pure, apart from threads of its own, which it needs for
/// their stacks (pg_query::Parser) and makes with the first statement.
class Analyzer {
 public:
  explicit Analyzer(Policy policy);
  ~Analyzer();

  /// The errors of DataSource::analyze(), and `limit_exceeded`. A SELECT that passes under read_only access
  /// contains nothing but what is known to be harmless; what its views, operators, casts and shadowed
  /// functions do is not known here, which is why Analysis::names goes to CodeMap and why the driver's
  /// transaction is READ ONLY.
  [[nodiscard]] Result<Analysis> analyze(const AnalysisRequest& request) const;

  [[nodiscard]] const NameRules& rules() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace penstock::postgresql
