#include "datasources/sqlite/name_guard.hpp"

#include <optional>
#include <utility>

namespace penstock::sqlite {

namespace {

// No table is called so: the views that guard a name select from it, followed by that name.
constexpr std::string_view kNowhere = "penstock: not in this database: ";

// Names that could be taken for an unqualified table, folded.
std::set<std::string> bare_names(std::string_view sql) {
  std::set<std::string> names;
  Lexer lexer(sql);
  TokenKind before = TokenKind::end;
  for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
    if (token.is_name() && before != TokenKind::dot) names.insert(folded(token.unquoted()));
    before = token.kind;
  }
  return names;
}

// Whether the statement alters a table that is written with its database. It names no other table, and ALTER
// TABLE checks every view, those of the guard too.
bool alters_qualified_table(std::string_view sql) {
  Lexer lexer(sql);
  return lexer.next().is("ALTER") && lexer.next().is("TABLE") && lexer.next().is_name() &&
         lexer.next().kind == TokenKind::dot;
}

Error elsewhere(std::string_view table, std::string_view database, std::string_view main) {
  Error error;
  error.code = ErrorCode::not_found;
  error.sqlstate = "42P01";
  error.message = "table `" + std::string(table) + "` is not in " + std::string(main) + "; write " +
                  std::string(database) + "." + std::string(table);
  return error;
}

}  // namespace

NameGuard::Outcome NameGuard::guard(std::string_view sql, OwnStatements& own, const std::string& main,
                                    const std::vector<std::string>& attached) {
  refusal_.reset();
  if (attached.empty()) return Outcome::unchanged;
  const bool unguarded = alters_qualified_table(sql);
  const std::set<std::string> mentioned = bare_names(sql);
  std::map<std::string, std::string> wanted;
  const auto tables_of = [&](const std::string& database, const auto& each) {
    return own.run(
        "SELECT name FROM " + quote_name(database) + ".sqlite_schema WHERE type IN ('table', 'view')", {},
        [&](const OwnStatements::Row& row) {
          std::string name = folded(row.text(0));
          if (mentioned.contains(name)) each(std::move(name));
        });
  };
  for (const std::string& database : attached) {
    if (!tables_of(database, [&](std::string name) { wanted.emplace(std::move(name), database); })) {
      return Outcome::failed;
    }
  }
  std::set<std::string> in_main;
  if (!tables_of(main, [&](std::string name) { in_main.insert(std::move(name)); })) return Outcome::failed;

  Outcome outcome = Outcome::unchanged;
  const auto drop = [&](const std::string& name) { return own.run("DROP VIEW temp." + quote_name(name)); };
  for (auto view = views_.begin(); view != views_.end();) {
    // ALTER TABLE would stumble over any of them.
    if (!unguarded && !in_main.contains(view->first)) {
      ++view;
      continue;
    }
    if (!drop(view->first)) return Outcome::failed;
    view = views_.erase(view);
    outcome = Outcome::changed;
  }
  for (const auto& [name, database] : wanted) {
    if (unguarded || in_main.contains(name) || views_.contains(name)) continue;
    if (name.starts_with("sqlite_")) {
      refusal_ = elsewhere(name, database, main);
      continue;
    }
    if (!own.run("CREATE TEMP VIEW " + quote_name(name) + " AS SELECT * FROM temp." +
                 quote_name(std::string(kNowhere) + name))) {
      return Outcome::failed;
    }
    views_.emplace(name, database);
    outcome = Outcome::changed;
  }
  return outcome;
}

std::optional<Error> NameGuard::explain(const Failure& failure, std::string_view main) const {
  const std::size_t at = failure.message.find(kNowhere);
  if (at == std::string::npos) return std::nullopt;
  const std::string name = failure.message.substr(at + kNowhere.size());
  const auto view = views_.find(name);
  return elsewhere(name, view == views_.end() ? main : std::string_view(view->second), main);
}

}  // namespace penstock::sqlite
