// What a PostgreSQL statement is and names, found with PostgreSQL's own parser before the statement runs.
//
// docs/security.md tells what this layer stops, and what only the others do.
#pragma once

#include <cstddef>
#include <memory>

#include "penstock/data_source.hpp"

#include "datasources/postgresql/policy.hpp"

namespace penstock::postgresql {

/// Bounds of a statement. Beyond them it is `limit_exceeded`.
inline constexpr std::size_t kMaxStatementBytes = std::size_t{1} << 20;
/// Tokens that can nest one inside the other: all but comments, commas, and literals and parameters that
/// stand alone between commas or parentheses, so that a list of a hundred thousand values counts for nothing.
inline constexpr std::size_t kMaxNestingTokens = 10'000;

/// Analyses statements under one policy. Thread-safe; pure, apart from threads of its own, which it needs for
/// their stacks (AnalysisThreads) and makes with the first statement.
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
