// What the analysis of a text cannot see: which names of a database lead to code that its users wrote.
//
// A view, a policy, an operator or a function of the same name as a built-in can do whatever its author
// could: take an advisory lock, keep a value in the session, ask for a setting. The READ ONLY transaction and
// its ROLLBACK undo most of that; DISCARD ALL clears the rest, and costs a round trip. CodeMap says when it
// is owed, from a copy of the catalogue that one query reads.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "penstock/data_source.hpp"

namespace penstock::postgresql {

/// A database's names, as they were when they were read. Immutable once filled, so thread-safe then.
///
/// A copy can be old: a view made since then is not in it and counts as code; a table that was dropped and
/// made anew as a view is taken for the table until the next copy. Read it again after every statement that
/// defines something, and every minute.
class CodeMap {
 public:
  /// One SELECT whose rows go to add(), as text: kind, schema, name. Parameters: $1 the schemas (text[]):
  /// those of all logical databases and extension_schemas; $2 trusted_extensions() (text[]). It names
  /// everything with its schema, so that no search path can mislead it.
  [[nodiscard]] static std::string_view probe_sql() noexcept;
  [[nodiscard]] static std::vector<std::string> trusted_extensions();

  /// One row of the probe. False when the kind is none that the probe returns.
  bool add(std::string_view kind, std::string_view schema, std::string_view name);

  struct Verdict {
    /// The statement may run code of the database's users: the session must be cleared after it.
    bool reaches_code = false;
    /// A relation, named without its schema, that was found in a schema of the search path other than the
    /// first and belongs to no extension: the statement must be refused, as it would read beside its
    /// database. Empty: none.
    std::string strayed;
  };
  /// Of a statement with this search path: the schema of its database, then extension_schemas.
  [[nodiscard]] Verdict judge(const Analysis& analysis, std::span<const std::string> path) const;

 private:
  using Names = std::unordered_set<std::string>;  // schema, NUL, name: neither can hold a NUL

  [[nodiscard]] bool calls_function(const CatalogName& name, std::span<const std::string> path) const;
  void judge_relation(const CatalogName& name, std::span<const std::string> path, Verdict& verdict) const;

  Names plain_;                                   // relations that run nothing
  Names code_;                                    // relations that may
  Names functions_;                               // the users' own
  std::set<std::string, std::less<>> operators_;  // schemas with operators of the users' own
  bool everywhere_ = false;                       // a cast, a domain or the like that any statement may touch
};

}  // namespace penstock::postgresql
