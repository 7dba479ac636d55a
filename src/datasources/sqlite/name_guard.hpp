// Keeps an unqualified name from resolving into another database.
//
// SQLite looks for an unqualified table in temp, then in main, then in every attached database. Penstock
// promises that it means the query's own database. So for each table or view of an attached database that a
// statement mentions without a database before it, and that main does not have, a view of that name is put
// into temp. It selects from a table that does not exist, so whoever resolves to it gets an error that names
// it, and whoever does not (a name with its database, a CTE, an alias, a column) never sees it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/error.hpp"

#include "datasources/sqlite/errors.hpp"
#include "datasources/sqlite/lexer.hpp"
#include "datasources/sqlite/own_statement.hpp"

namespace penstock::sqlite {

/// The guard of one session. Nothing to do without attached databases.
class NameGuard {
 public:
  /// What became of the views when a statement was looked at.
  enum class Outcome : std::uint8_t { unchanged, changed, failed };

  /// Puts in place what `sql` needs, and takes away what main has got meanwhile. `failed`: the handle has the
  /// reason.
  [[nodiscard]] Outcome guard(std::string_view sql, OwnStatements& own, const std::string& main,
                              const std::vector<std::string>& attached);
  /// When `failure` or `sql` ran into a guarded name: the error to answer with.
  [[nodiscard]] std::optional<Error> explain(const Failure& failure, std::string_view main) const;
  /// A table of SQLite's own (sqlite_stat1, sqlite_sequence) that `sql` mentions unqualified and only an
  /// attached database has: no view can have such a name, so the statement is refused. Set by guard().
  [[nodiscard]] const std::optional<Error>& refusal() const noexcept { return refusal_; }

 private:
  std::map<std::string, std::string> views_;  // guarded name, folded -> the database that has it
  std::optional<Error> refusal_;
};

}  // namespace penstock::sqlite
