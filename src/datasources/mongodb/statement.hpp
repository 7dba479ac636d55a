// What a text asks of the server, ready to be bound and sent.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/data_source.hpp"

#include "datasources/mongodb/bson.hpp"
#include "datasources/mongodb/columns.hpp"

namespace penstock::mongodb {

/// One command, its parameters bound.
struct BoundCommand {
  BsonPtr document;
  std::string collection;
  std::vector<ColumnPlan> columns;  ///< empty: those that the documents have
  /// Of each column the path that it shows, or nothing.
  std::vector<std::string> column_fields{};
  /// The row that stands for no documents at all, of an aggregate over everything; null: none.
  BsonPtr empty_row{};
};

/// What is asked when a result turns out to be empty, and made no sooner.
struct EmptyQuestions {
  /// A command of the same columns whose documents show what the result would hold; null: none does.
  BsonPtr sample{};
  /// Paths that some document of the collection must have, lest a misspelt one be taken for one without
  /// values.
  std::vector<std::string> fields{};
};

/// A text that was understood: a native command, or SQL. Immutable, and so read by many threads.
class Statement {
 public:
  virtual ~Statement() = default;
  /// Translated from SQL; else it is a command as it was written.
  [[nodiscard]] virtual bool is_sql() const noexcept { return false; }
  /// The database that a name before the collection asks for, as written; empty: the query's own.
  [[nodiscard]] virtual std::string_view qualifier() const noexcept { return {}; }
  [[nodiscard]] virtual Result<BoundCommand> bind(const Params& params) const = 0;
  /// Of the command that bind() made with the same parameters.
  [[nodiscard]] virtual Result<EmptyQuestions> when_empty(const BoundCommand& command,
                                                          const Params& params) const = 0;
};
using StatementPtr = std::shared_ptr<const Statement>;

/// Understands a text, whichever it is. Errors: as DataSource::analyze() has them.
/// Without `check`, which only tests do, a native command is not held to the lists of guard.hpp.
[[nodiscard]] Result<StatementPtr> parse_statement(std::string_view text, bool check = true);

}  // namespace penstock::mongodb
