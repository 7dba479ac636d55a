// What the analysis of a text cannot see: which names of a database lead to code that its users wrote.
//
// A view, a policy, an operator or a function of the same name as a built-in can do whatever its author
// could: take an advisory lock, keep a value in the session, ask for a setting. The READ ONLY transaction and
// its ROLLBACK undo most of that; clearing the session does the rest, and costs its time. CodeMap says when
// it is owed, from a copy of the catalogue that one query reads.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
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

  /// Whether a statement with this search path (the schema of its database, then extension_schemas) may run
  /// code of the database's users, so that the session must be cleared after it. `forbidden`: it would read a
  /// table beside its database, found without a schema in another one than the first; or it would call, in
  /// the notation of a field, a function of the users' that nobody allowed.
  [[nodiscard]] Result<bool> reaches_code(const Analysis& analysis, std::span<const std::string> path) const;

 private:
  using Place = std::pair<std::string_view, std::string_view>;  // a schema, and a name there
  struct PlaceHash {
    using is_transparent = void;
    [[nodiscard]] std::size_t operator()(const Place& place) const noexcept {
      const std::hash<std::string_view> hash;
      return hash(place.first) * 31 + hash(place.second);
    }
  };
  struct PlaceEqual {
    using is_transparent = void;
    [[nodiscard]] bool operator()(const Place& one, const Place& other) const noexcept {
      return one == other;
    }
  };
  using Names = std::unordered_set<std::pair<std::string, std::string>, PlaceHash, PlaceEqual>;

  [[nodiscard]] bool calls_function(const CatalogName& name, std::span<const std::string> path) const;
  [[nodiscard]] Result<bool> name_reaches_code(const CatalogName& name,
                                               std::span<const std::string> path) const;
  [[nodiscard]] Result<bool> relation_reaches_code(const CatalogName& name,
                                                   std::span<const std::string> path) const;
  [[nodiscard]] Result<bool> field_reaches_code(const CatalogName& name,
                                                std::span<const std::string> path) const;

  Names plain_;      // relations that run nothing
  Names code_;       // relations that may
  Names functions_;  // the users' own
  Names callable_;   // of these, what a field may be mistaken for, and no column is
  std::set<std::string, std::less<>> operators_;  // schemas with operators of the users' own
  bool everywhere_ = false;                       // a cast, a domain or the like that any statement may touch
};

}  // namespace penstock::postgresql
