// PostgreSQL's parser, within bounds: for every driver whose SQL is PostgreSQL's.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include <pg_query/pg_query.pb-c.h>

#include "penstock/error.hpp"

namespace penstock::pg_query {

/// Bounds of a statement. Beyond them it is `limit_exceeded`.
inline constexpr std::size_t kMaxStatementBytes = std::size_t{1} << 20;
/// Tokens that can nest one inside the other: all but comments, commas, and literals and parameters that
/// stand alone between commas or parentheses, so that a list of a hundred thousand values counts for nothing.
inline constexpr std::size_t kMaxNestingTokens = 10'000;

/// Parses statements on threads of its own, which it needs for their stacks (ParserThreads) and makes with
/// the first statement. Thread-safe.
class Parser {
 public:
  using Use = std::function<void(const PgQuery__RawStmt& statement)>;

  Parser();
  ~Parser();

  /// Calls `use`, which must not throw, with the tree of the one statement in the text, on a thread with a
  /// large stack, and returns when it has. Errors: `invalid_argument` (no statement, several, no UTF-8, a NUL
  /// byte), `syntax_error`, `limit_exceeded`.
  [[nodiscard]] Result<void> parse(std::string_view text, const Use& use) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace penstock::pg_query
